/** How often the page asks, so that it is fresh while one looks and quiet while nobody does. */

const WATCHING_MS = 1_000;
const SEEN_MS = 5_000;
const HIDDEN_MS = 30_000;

/**
 * @param {{ hidden: boolean, watching: boolean }} page watching: a QR or an operation is open
 * @returns {number} ms to the next question
 */
export function cadence({ hidden, watching }) {
  if (watching) return WATCHING_MS;
  return hidden ? HIDDEN_MS : SEEN_MS;
}
