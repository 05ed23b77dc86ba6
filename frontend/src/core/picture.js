/** The QR as dark modules on white with the quiet zone that phones need, from its text. */

import { encode } from "uqr";

/** Modules of white around the code; with less many phones do not find it. */
export const QUIET_ZONE = 4;

/**
 * The largest modules for the text: low correction, since a screen is neither torn nor stained.
 * @param {string} code
 * @returns {{ size: number, path: string }} size in modules with the quiet zone; path: an SVG path of the dark ones
 */
export function drawQr(code) {
  const { size, data } = encode(code, { ecc: "L", boostEcc: false, border: QUIET_ZONE });
  const path = data.flatMap((row, y) => runs(row).map(([x, length]) => `M${x} ${y}h${length}v1h-${length}z`)).join("");
  return { size, path };
}

/**
 * Whole pixels per module, since a half pixel blurs edges.
 * @param {number} modules
 * @param {number} space px
 * @returns {number} px
 */
export function crispWidth(modules, space) {
  return Math.max(1, Math.floor(space / modules)) * modules;
}

/**
 * @param {boolean[]} row
 * @returns {[start: number, length: number][]} neighbouring dark modules as one stroke, so that no hairline shows between
 */
function runs(row) {
  /** @type {[number, number][]} */
  const found = [];
  row.forEach((dark, x) => {
    if (!dark) return;
    const last = found.at(-1);
    if (last && last[0] + last[1] === x) last[1] += 1;
    else found.push([x, 1]);
  });
  return found;
}
