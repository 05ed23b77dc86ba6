/** Screen "Ringkasan": is all well, what is not, and what to do first. */

import { html } from "htm/preact";
import { ClientPicker } from "../../components/client-picker.js";
import { Loaded } from "../../components/loaded.js";
import { instances, servers } from "../../state/fleet.js";
import { useHealth } from "../../state/health.js";
import { t } from "../../state/words.js";
import { FirstRun } from "../numbers/first-run.js";
import { HealthPanel } from "./health-panel.js";
import { ServerTable } from "./server-table.js";
import { StatusCounts } from "./status-counts.js";
import { ToDo } from "./to-do.js";
import { Traffic } from "./traffic.js";

/** @typedef {import("../../types.js").HealthCheck} HealthCheck */

export function Overview() {
  const health = useHealth();
  return html`
    <div class="screen-head">
      <h1>${t("nav.overview")}</h1>
      <${ClientPicker} beside />
    </div>
    ${instances.value?.length === 0 && html`<${FirstRun} />`}
    ${servers.value?.length !== 0 && html`<${Loaded} of=${health}>${(/** @type {HealthCheck} */ seen) => html`<${Panels} health=${seen} />`}<//>`}
  `;
}

/** @param {{ health: HealthCheck }} props */
function Panels({ health }) {
  return html`
    <${HealthPanel} health=${health} />
    <${StatusCounts} />
    <div class="overview-columns">
      <${ToDo} health=${health} />
      <div class="overview-side"><${ServerTable} health=${health} /><${Traffic} /></div>
    </div>
  `;
}
