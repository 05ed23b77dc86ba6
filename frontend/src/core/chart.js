/** Numbers as strokes in a box, so that every small picture of the page is drawn by the same few rules. */

/**
 * A line through the values, broken where one is missing. The scale begins at 0: a flat line at the top is slow, not steady.
 * @param {readonly (number | null)[]} values oldest first
 * @param {{ width: number, height: number }} box
 * @returns {{ lines: string[], gaps: number[] }} SVG points of each unbroken piece; x of each missing value
 */
export function strokes(values, { width, height }) {
  const top = Math.max(1, ...values.map((value) => value ?? 0));
  const step = width / Math.max(values.length - 1, 1);
  /** @type {string[][]} */
  const pieces = [[]];
  /** @type {number[]} */
  const gaps = [];
  for (const [place, value] of values.entries()) {
    const x = rounded(place * step);
    if (value === null) {
      gaps.push(x);
      pieces.push([]);
    } else pieces.at(-1)?.push(`${x},${rounded(height - (value / top) * height)}`);
  }
  return { lines: pieces.filter((piece) => piece.length > 0).map(drawable), gaps };
}

/**
 * @param {readonly (number | null)[]} values
 * @returns {{ least: number, most: number, last: number, missing: number } | null} null when nothing was measured
 */
export function span(values) {
  const known = values.filter((value) => value !== null);
  const last = known.at(-1);
  if (last === undefined) return null;
  return { least: Math.min(...known), most: Math.max(...known), last, missing: values.length - known.length };
}

/**
 * One point alone draws nothing; as a short stroke it is seen.
 * @param {string[]} points
 */
function drawable(points) {
  return points.length === 1 ? `${points[0]} ${points[0]}` : points.join(" ");
}

/** @param {number} value */
function rounded(value) {
  return Math.round(value * 10) / 10;
}
