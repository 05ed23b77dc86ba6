/** Screen "Bantuan Cepat": the runbook as live steps, each saying whether it applies now, with its button. */

import { html } from "htm/preact";
import { Loaded } from "../../components/loaded.js";
import { runbook } from "../../core/runbook.js";
import { now } from "../../state/clock.js";
import { useHealth } from "../../state/health.js";
import { t } from "../../state/words.js";
import { HelpStep } from "./help-step.js";
import { Sides } from "./sides.js";

/** @typedef {import("../../types.js").HealthCheck} HealthCheck */

export function Help() {
  const health = useHealth();
  return html`
    <div class="screen-head"><h1>${t("nav.help")}</h1></div>
    <p class="screen-lead">${t("help.lead")}</p>
    <${Loaded} of=${health}>${(/** @type {HealthCheck} */ seen) => html`<${Steps} health=${seen} />`}<//>
    <${Sides} />
  `;
}

/** @param {{ health: HealthCheck }} props */
function Steps({ health }) {
  const steps = runbook(health, now.value);
  const begin = steps.findIndex(({ applies }) => applies);
  return html`
    <ol class="panel runbook">
      ${steps.map((step, place) => html`<${HelpStep} key=${step.key} step=${step} number=${place + 1} begin=${place === begin} checkedAt=${health.checked_at} />`)}
    </ol>
  `;
}
