/** Counts over time as columns, with the largest named and both ends of the time told; the same in words for who cannot see it. */

import { html } from "htm/preact";

const HEIGHT = 48;
const GAP = 0.25;

/** @param {{ values: readonly number[], label: string, first: string, last: string, top: string }} props label: all of it in words */
export function Bars({ values, label, first, last, top }) {
  const most = Math.max(1, ...values);
  return html`
    <figure class="bars">
      <p class="bars-top" aria-hidden="true">${top}</p>
      <svg role="img" aria-label=${label} viewBox=${`0 0 ${values.length} ${HEIGHT}`} preserveAspectRatio="none">
        ${values.map((value, place) => value > 0 && html`<rect key=${place} x=${place + GAP / 2} width=${1 - GAP} y=${HEIGHT * (1 - value / most)} height=${(HEIGHT * value) / most} />`)}
      </svg>
      <figcaption aria-hidden="true"><span>${first}</span><span>${last}</span></figcaption>
    </figure>
  `;
}
