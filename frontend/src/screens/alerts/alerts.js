/** Screen "Peringatan": what went wrong while nobody looked, who takes care of it, and who is told. */

import { html } from "htm/preact";
import { EmptyState } from "../../components/empty-state.js";
import { Choice } from "../../components/field.js";
import { GrowingList } from "../../components/growing-list.js";
import { Notice } from "../../components/notice.js";
import { useResource } from "../../state/resource.js";
import { place, setQuery } from "../../state/route.js";
import { t } from "../../state/words.js";
import { AlertRow } from "./alert-row.js";
import { Channels } from "./channels.js";
import { SyncMetrics } from "./sync-metrics.js";

/** @typedef {import("../../types.js").Alert} Alert */

const STATES = ["active", "open", "acknowledged", "resolved"];

export function Alerts() {
  const wanted = place.value.query.state ?? "";
  const state = STATES.includes(wanted) ? wanted : "active";
  return html`
    <div class="screen-head"><h1>${t("nav.alerts")}</h1></div>
    <div class="filters">
      <${Choice} label=${t("alerts.which")} value=${state} options=${STATES.map((one) => [one, t(`alerts.state.${one}`)])}
        onInput=${(/** @type {string} */ one) => setQuery({ state: one === "active" ? null : one })} />
    </div>
    <${List} key=${state} state=${state} />
    <div class="panels"><${SyncMetrics} /><${Channels} /></div>
  `;
}

/** @param {{ state: string }} props */
function List({ state }) {
  const seen = /** @type {import("../../state/resource.js").Resource<{ items: Alert[] }>} */ (useResource(`/api/alerts?limit=200&state=${state}`));
  const page = seen.value.value;
  if (page === null) {
    return seen.problem.value
      ? html`<${Notice} fault=${seen.problem.value} />`
      : html`<p class="loading" role="status">${t("page.loading")}</p>`;
  }
  if (page.items.length === 0) return html`<${EmptyState} title=${t(`alerts.none.${state}`)} text=${t("alerts.none.text")} />`;
  return html`<${GrowingList} name="alerts" items=${page.items} row=${(/** @type {Alert} */ alert) => html`<${AlertRow} key=${alert.id} alert=${alert} onChanged=${seen.look} />`} />`;
}
