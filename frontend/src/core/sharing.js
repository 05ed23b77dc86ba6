/** Keeps what did not change the same object, so that of a thousand rows only the changed ones are drawn again. */

/** @typedef {Record<string, unknown>} Tree */

/**
 * @template T
 * @param {unknown} before what is shown
 * @param {T} after what was read, plain JSON
 * @returns {T} equal to `after`, made of the parts of `before` that are equal to its own
 */
export function shared(before, after) {
  if (Object.is(before, after)) return after;
  if (Array.isArray(before) && Array.isArray(after)) return /** @type {any} */ (sharedList(before, after));
  if (!isTree(before) || !isTree(after)) return after;
  const names = Object.keys(after);
  let same = names.length === Object.keys(before).length;
  /** @type {Tree} */
  const parts = {};
  for (const name of names) {
    parts[name] = shared(before[name], after[name]);
    same &&= name in before && Object.is(parts[name], before[name]);
  }
  return /** @type {any} */ (same ? before : parts);
}

/**
 * Rows are recognised by their id, since a list may come in another order.
 * @param {unknown[]} before
 * @param {unknown[]} after
 */
function sharedList(before, after) {
  const byId = new Map(before.map((item, place) => [idOf(item) ?? place, item]));
  const parts = after.map((item, place) => shared(byId.get(idOf(item) ?? place), item));
  const same = parts.length === before.length && parts.every((part, place) => Object.is(part, before[place]));
  return same ? before : parts;
}

/** @param {unknown} item */
function idOf(item) {
  return isTree(item) && typeof item.id === "string" ? item.id : undefined;
}

/**
 * @param {unknown} value
 * @returns {value is Tree}
 */
function isTree(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
