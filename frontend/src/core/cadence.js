/** How often the page asks, so that it is fresh while one looks and quiet while nobody does. */

const WATCHING_MS = 1_000;
const SEEN_MS = 5_000;
const HIDDEN_MS = 30_000;

/**
 * @param {{ hidden: boolean, watching: boolean, every?: number }} page watching: a QR or an operation is open;
 *   every: ms between questions about what changes seldom
 * @returns {number} ms to the next question
 */
export function cadence({ hidden, watching, every = SEEN_MS }) {
  if (watching) return WATCHING_MS;
  return hidden ? Math.max(every, HIDDEN_MS) : every;
}
