/** The last hour of one measure as a line in a row; a cross where nothing answered, and the same in words. */

import { html } from "htm/preact";
import { strokes } from "../core/chart.js";

const BOX = { width: 96, height: 20 };

/** @param {{ values: readonly (number | null)[], label: string }} props label: what the line shows, in words */
export function Sparkline({ values, label }) {
  const { lines, gaps } = strokes(values, BOX);
  return html`
    <svg class="sparkline" role="img" aria-label=${label} viewBox=${`-2 -2 ${BOX.width + 4} ${BOX.height + 4}`} preserveAspectRatio="none">
      <title>${label}</title>
      ${lines.map((points) => html`<polyline points=${points} />`)}
      ${gaps.map((x) => html`<path class="sparkline-gap" d=${`M${x} ${BOX.height - 6}v6`} />`)}
    </svg>
  `;
}
