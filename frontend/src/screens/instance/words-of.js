/** Words for what the API names by codes of its own; one it names before the page knows it is shown as it is. */

import { describe, known, t } from "../../state/words.js";

/** @param {string} action of an operation */
export function actionWords(action) {
  return worded(`log.action.${action.replaceAll("-", "_")}`) ?? action;
}

/** @param {string} reason of a transition: what was seen, a close with its code, or a code of the catalogue */
export function reasonWords(reason) {
  const closed = /^(?:close|session_disconnected)_(\w+)$/.exec(reason);
  if (closed) return t("story.close", { code: closed[1] ?? "" });
  return worded(`seen.${reason}`) ?? faultWords(reason) ?? reason;
}

/**
 * @param {string} code
 * @returns {string | null} null for one that is not in the catalogue
 */
export function faultWords(code) {
  const { title } = describe(code);
  return title === describe("internal").title && code !== "internal" ? null : title;
}

/**
 * @param {string} key
 * @returns {string | null}
 */
export function worded(key) {
  return known(key) ? t(key) : null;
}
