/** The last 24 hours of a number in one line of columns, and the same in words. */

import { html } from "htm/preact";
import { shareParts } from "../core/shares.js";
import { columns, sharesOf } from "../core/strip.js";
import { inPercent } from "../state/percent.js";
import { t } from "../state/words.js";

const HEIGHT = 16;

/** @param {{ runs: import("../types.js").Runs | undefined }} props */
export function StatusStrip({ runs }) {
  if (!runs) return html`<span class="strip strip-empty" aria-hidden="true"></span>`;
  const cells = runs.reduce((sum, [width]) => sum + width, 0);
  const parts = shareParts(sharesOf(runs)).map(({ status, share }) => t(`strip.${status}`, { share: inPercent(share) }));
  const words = t("strip.words", { parts: parts.join(", ") });
  return html`
    <svg class="strip" role="img" aria-label=${words} viewBox=${`0 0 ${cells} ${HEIGHT}`} preserveAspectRatio="none">
      <title>${words}</title>
      ${columns(runs, HEIGHT).map(({ status, ...box }) => html`<rect class=${`strip-${status}`} ...${box} />`)}
    </svg>
  `;
}
