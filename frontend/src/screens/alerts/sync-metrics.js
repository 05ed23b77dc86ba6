/** The three figures of sessions that move: how often, whether they were found, and how many Sambung found by itself. */

import { html } from "htm/preact";
import { useResource } from "../../state/resource.js";
import { t } from "../../state/words.js";

/** @typedef {import("../../types.js").SyncMetrics} Figures */

const EVERY_MS = 30_000;

export function SyncMetrics() {
  const hour = /** @type {import("../../state/resource.js").Resource<Figures>} */ (useResource("/api/metrics/sync?window=1h", { every: EVERY_MS })).value.value;
  const week = /** @type {import("../../state/resource.js").Resource<Figures>} */ (useResource("/api/metrics/sync?window=7d", { every: EVERY_MS })).value.value;
  if (hour === null || week === null) return null;
  const { ok, of, rate, needed, target } = week.success;
  const counted = of >= needed && rate !== null ? `${rate.toFixed(1)} %` : t("sync-metrics.of", { n: ok, m: of });
  return html`
    <section class="panel" aria-labelledby="sync-metrics">
      <h2 id="sync-metrics">${t("sync-metrics.title")}</h2>
      <p class="hint">${t("sync-metrics.text")}</p>
      <dl class="figures">
        ${figure(t("sync-metrics.events"), String(hour.sync_events), t("sync-metrics.events.limit"))}
        ${figure(t("sync-metrics.success"), counted, t("sync-metrics.success.limit", { target: Math.round(target), needed }))}
        ${figure(t("sync-metrics.auto"), t("sync-metrics.of", { n: week.auto_syncs, m: week.sync_events }), t("sync-metrics.auto.limit"))}
      </dl>
    </section>
  `;
}

/**
 * @param {string} name
 * @param {string} value
 * @param {string} limit
 */
function figure(name, value, limit) {
  return html`<div class="figure"><dt>${name}</dt><dd>${value}</dd><dd class="hint">${limit}</dd></div>`;
}
