/** Who is logged in. The token lives in this tab only; when it ends, login is asked again and the page stays as it is. */

import { signal } from "@preact/signals";
import { RequestFailed, readProblem, silence } from "../core/problem.js";
import { describe } from "./words.js";

/** @typedef {{ api: string, issuer: string, client_id: string, auth_url: string }} Config */
/** @typedef {{ token: string, username: string }} Session */
/** @typedef {{ name: string, session: string, username: string }} Challenge a step Cognito asks for before the token */

const KEPT = "sambung.session";
const LOGIN_MS = 15_000;

/** @type {import("@preact/signals").Signal<Session | null>} */
export const session = signal(readKept());
/** The token ended while the page was in use: login comes over the page instead of in its place. */
export const ended = signal(false);

/** @type {Promise<Config> | null} */
let loading = null;

/** @returns {Promise<Config>} */
export function config() {
  loading ??= loadConfig().catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

/**
 * @param {string} username
 * @param {string} password
 * @returns {Promise<Challenge | null>} what is still asked, null when logged in
 */
export async function login(username, password) {
  loading = null; // the local stack's accounts are new at each of its starts
  const { client_id } = await config();
  const answer = await cognito("InitiateAuth", {
    AuthFlow: "USER_PASSWORD_AUTH",
    ClientId: client_id,
    AuthParameters: { USERNAME: username, PASSWORD: password },
  });
  return settle(answer, username);
}

/**
 * An account made by an admin must choose its own password at the first login.
 * @param {Challenge} challenge
 * @param {string} password
 * @returns {Promise<Challenge | null>}
 */
export async function chooseFirstPassword(challenge, password) {
  const { client_id } = await config();
  const answer = await cognito("RespondToAuthChallenge", {
    ClientId: client_id,
    ChallengeName: challenge.name,
    Session: challenge.session,
    ChallengeResponses: { USERNAME: challenge.username, NEW_PASSWORD: password },
  });
  return settle(answer, challenge.username);
}

export function logout() {
  keep(null);
  ended.value = false;
}

/** The API no longer takes the token. */
export function expire() {
  if (session.peek()) ended.value = true;
}

/**
 * @param {any} answer
 * @param {string} username
 * @returns {Challenge | null}
 */
function settle(answer, username) {
  const token = answer.AuthenticationResult?.IdToken;
  if (token) {
    keep({ token, username });
    ended.value = false;
    return null;
  }
  if (answer.ChallengeName === "NEW_PASSWORD_REQUIRED") {
    return { name: answer.ChallengeName, session: answer.Session, username };
  }
  throw new RequestFailed(silence("login_refused", describe));
}

/**
 * @param {string} operation
 * @param {object} body
 * @returns {Promise<any>}
 */
async function cognito(operation, body) {
  const { auth_url } = await config();
  const response = await fetch(auth_url, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AWSCognitoIdentityProviderService.${operation}`,
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(LOGIN_MS),
  }).catch(noAnswer);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new RequestFailed(silence(refusal(answer), describe));
  return answer;
}

/** @returns {Promise<Config>} */
async function loadConfig() {
  const response = await fetch("config.json", { signal: AbortSignal.timeout(LOGIN_MS), cache: "no-cache" }).catch(noAnswer);
  const body = await response.json().catch(() => null);
  if (!response.ok || body === null) throw new RequestFailed(readProblem(response.status, body, describe));
  return body;
}

/**
 * Cognito names its refusals; a person needs three of them.
 * @param {{ __type?: string, message?: string }} answer
 * @returns {"login_wrong" | "login_weak_password" | "login_often" | "login_refused"}
 */
function refusal(answer) {
  const type = answer.__type ?? "";
  if (type.endsWith("InvalidPasswordException")) return "login_weak_password";
  if (/Attempts|TooManyRequests|LimitExceeded/i.test(`${type} ${answer.message ?? ""}`)) return "login_often";
  if (/NotAuthorized|UserNotFound/.test(type)) return "login_wrong";
  return "login_refused";
}

/** @returns {never} */
function noAnswer() {
  throw new RequestFailed(silence("network", describe));
}

/** @param {Session | null} value */
function keep(value) {
  session.value = value;
  if (value) sessionStorage.setItem(KEPT, JSON.stringify(value));
  else sessionStorage.removeItem(KEPT);
}

/** @returns {Session | null} */
function readKept() {
  const text = sessionStorage.getItem(KEPT);
  return text ? JSON.parse(text) : null;
}
