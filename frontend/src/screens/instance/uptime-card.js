/** For how much of the last day, week and month the number was connected, as far as anybody could see it. */

import { html } from "htm/preact";
import { shareParts } from "../../core/shares.js";
import { useResource } from "../../state/resource.js";
import { lang } from "../../state/preferences.js";
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
        <span class="uptime-share">${found?.uptime == null ? "–" : percent(found.uptime)}</span>
        ${found && html`<span class="uptime-bar" aria-hidden="true">
            ${shareParts(found.shares).map(({ status, share }) => html`<i key=${status} class=${`part-${status}`} style=${{ flexGrow: share }}></i>`)}
          </span>
          <span class="uptime-rest">${rest(found.shares)}</span>`}
      </dd>
    </div>
  `;
}

/** @param {Record<string, number>} shares */
function rest(shares) {
  return shareParts(shares)
    .filter(({ status }) => status !== "connected")
    .map(({ status, share }) => t(`uptime.part.${status}`, { share: percent(share) }))
    .join(", ");
}

/** @param {number} share */
function percent(share) {
  // 99.96 is not 100: what was not whole must not look whole.
  const floored = Math.floor(share * 1000) / 1000;
  return new Intl.NumberFormat(lang.value, { style: "percent", maximumFractionDigits: 1 }).format(share > 0 && share < 0.001 ? 0.001 : floored);
}
