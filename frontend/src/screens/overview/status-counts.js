/** How many numbers are in which state, each leading to those numbers; the unseen ones grey and apart. */

import { html } from "htm/preact";
import { statusCounts } from "../../core/counts.js";
import { STATUS_TONES } from "../../core/status.js";
import { instances } from "../../state/fleet.js";
import { clientId, linkTo } from "../../state/route.js";
import { t } from "../../state/words.js";

export function StatusCounts() {
  const all = instances.value;
  if (all === null || all.length === 0) return null;
  const shown = clientId.value === null ? all : all.filter(({ client_id }) => client_id === clientId.value);
  const counted = statusCounts(shown);
  return html`
    <section aria-labelledby="counts">
      <h2 id="counts" class="sr-only">${t("counts.title")}</h2>
      <ul class="counts">
        ${counted.map(({ label, n }) => html`<li key=${label} class=${label === "stale" ? "counts-apart" : undefined}>
          <a class="tile" href=${linkTo("nomor", { status: label })} data-count=${label}>
            <span class="tile-number">${n}</span>
            <span class=${`tile-label tone-${STATUS_TONES[label]}`}><span class="badge-dot" aria-hidden="true"></span>${t(`count.${label}`)}</span>
          </a>
        </li>`)}
      </ul>
    </section>
  `;
}
