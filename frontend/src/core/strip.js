/** A day of one number as runs of equal cells, drawn as columns whose height tells the state as well as their colour does. */

/** @typedef {import("../types.js").Runs} Runs */

/** Of the strip's height. @type {Record<string, { from: number, to: number }>} */
const COLUMNS = {
  connected: { from: 0, to: 1 },
  connecting: { from: 0, to: 0.66 },
  error: { from: 0, to: 0.4 },
  disconnected: { from: 0, to: 0.25 },
  // Nobody looked: neither up nor down.
  unknown: { from: 0.42, to: 0.54 },
};

/**
 * @param {Runs} runs oldest first
 * @param {number} height
 * @returns {{ status: string, x: number, y: number, width: number, height: number }[]} a cell is 1 wide
 */
export function columns(runs, height) {
  let x = 0;
  return runs.map(([width, status]) => {
    const { from, to } = COLUMNS[status] ?? { from: 0, to: 0 };
    const column = { status, x, y: height * (1 - to), width, height: height * (to - from) };
    x += width;
    return column;
  });
}

/**
 * @param {Runs} runs
 * @returns {Record<string, number>} which part of the whole each state had
 */
export function sharesOf(runs) {
  const cells = runs.reduce((sum, [width]) => sum + width, 0);
  /** @type {Record<string, number>} */
  const shares = {};
  for (const [width, status] of runs) shares[status] = (shares[status] ?? 0) + width / cells;
  return shares;
}
