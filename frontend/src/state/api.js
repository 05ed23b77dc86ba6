/** The one way to the API: deadline, language, token, and every failure as a Problem. */

import { RequestFailed, readProblem, silence } from "../core/problem.js";
import { learn } from "./clock.js";
import { lang } from "./preferences.js";
import { config, expire, session } from "./session.js";
import { describe } from "./words.js";

/** @typedef {import("../types.js").Page<any>} AnyPage */

const READ_MS = 10_000;
/** The gateway in front of the API gives up after 30 s. */
const ACTION_MS = 32_000;
const OPERATION_ENDS = new Set(["succeeded", "failed", "needs_operator", "cancelled", "unknown"]);

/** The last answer of each list with its ETag, in the language it was asked in. @type {Map<string, { etag: string, body: any }>} */
const remembered = new Map();
/** The keys of requests whose answer never came: asked again, they must not be done twice. @type {Map<string, string>} */
const unanswered = new Map();

/** Another person may log in next. */
export function forgetAnswers() {
  remembered.clear();
  unanswered.clear();
}

/**
 * @param {string} path
 * @returns {Promise<any>}
 */
export async function read(path) {
  const key = `${lang.peek()} ${path}`;
  const before = remembered.get(key);
  /** @type {Record<string, string>} */
  const headers = before ? { "if-none-match": before.etag } : {};
  const response = await send("GET", path, { headers, deadline: READ_MS });
  if (response.status === 304 && before) return before.body;
  const body = await json(response);
  const etag = response.headers.get("etag");
  if (etag) remembered.set(key, { etag, body });
  return body;
}

/**
 * Every page of a list. Unchanged pages keep their identity, so an unchanged list is recognised by its parts.
 * @param {string} path with its query, without cursor
 * @returns {Promise<any[]>}
 */
export async function readAll(path) {
  /** @type {any[]} */
  const items = [];
  /** @type {string | null} */
  let cursor = null;
  do {
    const joint = path.includes("?") ? "&" : "?";
    /** @type {AnyPage} */
    const page = await read(cursor === null ? path : `${path}${joint}cursor=${encodeURIComponent(cursor)}`);
    items.push(...page.items);
    cursor = page.next_cursor ?? null;
  } while (cursor !== null);
  return items;
}

/**
 * @param {"POST" | "PATCH" | "DELETE" | "PUT"} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {(operation: import("../types.js").Operation) => void} [onSeen] told each second of an action that takes longer
 * @returns {Promise<any>} the answer, or of an action that took longer the finished operation
 */
export async function act(method, path, body, onSeen) {
  const text = JSON.stringify(body);
  const request = `${method} ${path} ${text}`;
  const key = unanswered.get(request) ?? crypto.randomUUID();
  unanswered.set(request, key);
  /** @type {Record<string, string>} */
  const headers = { "idempotency-key": key };
  if (text !== undefined) headers["content-type"] = "application/json";
  const response = await send(method, path, { headers, body: text, deadline: ACTION_MS }).catch((error) => {
    if (!(error instanceof RequestFailed) || error.problem.status !== 0) unanswered.delete(request);
    throw error;
  });
  unanswered.delete(request);
  const answer = response.status === 204 ? null : await json(response);
  return response.status === 202 && answer?.operation_id ? finished(answer.operation_id, onSeen) : answer;
}

/**
 * It goes on whether this page hears of it or not: an answer that does not come is asked for again.
 * @param {string} operationId
 * @param {(operation: import("../types.js").Operation) => void} [onSeen]
 * @returns {Promise<any>}
 */
async function finished(operationId, onSeen) {
  for (;;) {
    const operation = await read(`/api/operations/${operationId}`).catch(unlessUnheard);
    if (operation) onSeen?.(operation);
    if (operation && OPERATION_ENDS.has(operation.state)) return { ...operation, ok: operation.state === "succeeded" };
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

/** @param {unknown} error */
function unlessUnheard(error) {
  const unheard = error instanceof RequestFailed && (error.problem.status === 0 || error.problem.status === 401 || error.problem.status >= 429);
  if (!unheard) throw error;
  return null;
}

/**
 * Save a file of the API's under the name it gives.
 * @param {string} path
 */
export async function download(path) {
  const response = await send("GET", path, { deadline: ACTION_MS });
  const name = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "")?.[1] ?? "sambung.txt";
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {{ headers?: Record<string, string>, body?: string, deadline: number }} options
 * @returns {Promise<Response>}
 */
async function send(method, path, { headers = {}, body, deadline }) {
  const { api } = await config();
  const token = session.peek()?.token;
  const response = await fetch(`${api.replace(/\/$/, "")}${path}`, {
    method,
    body,
    cache: "no-store",
    headers: { ...headers, accept: "application/json", "accept-language": lang.peek(), authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(deadline),
  }).catch(noAnswer);
  learn(response.headers.get("date"));
  if (response.ok || response.status === 304) return response;
  const problem = readProblem(response.status, await response.json().catch(() => null), describe);
  // A token taken over by a later login must not end that one.
  if (response.status === 401 && token === session.peek()?.token) expire();
  throw new RequestFailed(problem);
}

/**
 * @param {Response} response
 * @returns {Promise<any>}
 */
async function json(response) {
  return response.json().catch(() => {
    throw new RequestFailed(silence("unreadable", describe));
  });
}

/**
 * @param {unknown} error
 * @returns {never}
 */
function noAnswer(error) {
  const slow = error instanceof DOMException && error.name === "TimeoutError";
  throw new RequestFailed(silence(slow ? "too_slow" : "network", describe));
}
