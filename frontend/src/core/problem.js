/**
 * Every way a request can fail, read into one shape, so that no browser or gateway wording reaches a person.
 *
 * Three tellers: our functions (problem+json), the HTTP API in front of them ({"message"}), and silence.
 */

/** @typedef {import("../types.js").Problem} Problem */
/** @typedef {import("../types.js").Action} Action */
/** @typedef {(code: string) => { title: string, detail: string }} Describe texts of a code in the chosen language */

/** Thrown by every request that did not succeed. */
export class RequestFailed extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.code);
    this.name = "RequestFailed";
    this.problem = problem;
  }
}

/** What the HTTP API itself answers, by status. @type {Record<number, [code: string, action: Action]>} */
const GATEWAY_ANSWERS = {
  401: ["unauthorized", "none"],
  403: ["forbidden", "none"],
  404: ["not_found", "none"],
  413: ["body_too_large", "none"],
  429: ["overloaded", "wait"],
  503: ["too_slow", "wait"],
  504: ["too_slow", "wait"],
};

/**
 * @param {number} status
 * @param {unknown} body parsed JSON, or null when it was none
 * @param {Describe} describe
 * @returns {Problem}
 */
export function readProblem(status, body, describe) {
  const said = /** @type {Record<string, unknown>} */ (body !== null && typeof body === "object" ? body : {});
  if (typeof said.code === "string") return fromCatalogue(status, said.code, said, describe);
  const [code, action] = GATEWAY_ANSWERS[status] ?? ["internal", "wait"];
  return { ...blank(code, describe), status, action };
}

/**
 * @param {string} code one of the page's own: network, too_slow, unreadable, login_..
 * @param {Describe} describe
 * @returns {Problem}
 */
export function silence(code, describe) {
  return { ...blank(code, describe), action: "wait" };
}

/**
 * @param {number} status
 * @param {string} code
 * @param {Record<string, unknown>} said
 * @param {Describe} describe
 * @returns {Problem}
 */
function fromCatalogue(status, code, said, describe) {
  const known = blank(code, describe);
  return {
    ...known,
    status,
    title: text(said.title) ?? known.title,
    detail: text(said.detail) ?? known.detail,
    action: /** @type {Action} */ (text(said.action) ?? "none"),
    side: /** @type {Problem["side"]} */ (text(said.side) ?? "us"),
    correlationId: text(said.correlation_id),
    fields: readFields(said.errors),
  };
}

/**
 * @param {string} code
 * @param {Describe} describe
 * @returns {Problem}
 */
function blank(code, describe) {
  const { title, detail } = describe(code);
  return { code, title, detail, action: "none", side: "us", status: 0, correlationId: null, fields: {} };
}

/** @param {unknown} value */
function text(value) {
  return typeof value === "string" && value !== "" ? value : null;
}

/**
 * @param {unknown} errors [{field, reason}] of problem+json; a field of the body is named body.x
 * @returns {Record<string, string>}
 */
function readFields(errors) {
  if (!Array.isArray(errors)) return {};
  const named = errors.filter((error) => typeof error?.field === "string" && typeof error.reason === "string");
  return Object.fromEntries(named.map(({ field, reason }) => [field.split(".").at(-1), reason]));
}
