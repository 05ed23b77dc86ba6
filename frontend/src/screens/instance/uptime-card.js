/** For how much of the last day, week and month the number was connected, as far as anybody could see it. */

import { html } from "htm/preact";
import { shareParts } from "../../core/shares.js";
import { useResource } from "../../state/resource.js";
import { inPercent } from "../../state/percent.js";
import { t } from "../../state/words.js";

const WINDOWS = ["24h", "7d", "30d"];
const EVERY_MS = 60_000;

/** @param {{ instanceId: string }} props */
export function UptimeCard({ instanceId }) {
  return html`
    <section class="card" aria-labelledby="uptime-title">
      <div class="card-head"><h2 id="uptime-title">${t("uptime.title")}</h2></div>
      <dl class="uptime">${WINDOWS.map((span) => html`<${Span} key=${span} span=${span} instanceId=${instanceId} />`)}</dl>
    </section>
  `;
}

/** @param {{ span: string, instanceId: string }} props */
function Span({ span, instanceId }) {
  /** @type {import("../../state/resource.js").Resource<import("../../types.js").Uptime>} */
  const seen = useResource(`/api/metrics/uptime?window=${span}&instance_id=${instanceId}`, { every: EVERY_MS });
  const found = seen.value.value?.items[0];
  return html`
    <div>
      <dt>${t(`uptime.${span}`)}</dt>
      <dd>
        <span class="uptime-share">${found?.uptime == null ? "–" : inPercent(found.uptime)}</span>
        ${found && html`<span class="uptime-bar" aria-hidden="true">
            ${shareParts(found.shares).map(({ status, share }) => html`<i key=${status} class=${`part-${status}`} ref=${wide(share)}></i>`)}
          </span>
          <span class="uptime-rest">${rest(found.shares)}</span>`}
      </dd>
    </div>
  `;
}

/**
 * Set on the element: the page's policy allows no style in its markup.
 * @param {number} share
 */
function wide(share) {
  return (/** @type {HTMLElement | null} */ part) => {
    if (part) part.style.flexGrow = String(share);
  };
}

/** @param {Record<string, number>} shares */
function rest(shares) {
  return shareParts(shares)
    .filter(({ status }) => status !== "connected")
    .map(({ status, share }) => t(`uptime.part.${status}`, { share: inPercent(share) }))
    .join(", ");
}
