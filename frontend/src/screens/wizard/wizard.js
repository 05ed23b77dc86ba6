/** Dialog "Reconnect Cepat": four steps from the lightest on, one by one or all, never without a next step. */

import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { Button } from "../../components/button.js";
import { Dialog } from "../../components/dialog.js";
import { StatusBadge } from "../../components/number-status.js";
import { useClosedWithout } from "../../components/use-closed-without.js";
import { nameOf } from "../../core/matching.js";
import { ending, STEPS } from "../../core/wizard.js";
import { closeDialog } from "../../state/dialogs.js";
import { instances, lost } from "../../state/fleet.js";
import { t } from "../../state/words.js";
import { ConnectionBanner } from "../shell/connection-banner.js";
import { runWizard } from "./wizard-run.js";
import { WizardNext } from "./wizard-next.js";
import { WizardStep } from "./wizard-step.js";

/** @typedef {import("../../types.js").StepName} StepName */

/**
 * What an eye sees at the steps, for those who listen.
 * @param {import("../../core/wizard.js").Wizard} wizard
 */
function progress({ steps, running }) {
  if (running) return `${t(`wizard.step.${running}`)}: ${t("wizard.running")}`;
  const last = STEPS.findLast((step) => steps[step].taken !== null);
  return last ? `${t(`wizard.step.${last}`)}: ${t(`wizard.outcome.${steps[last].taken?.outcome}`)}` : "";
}

/** @param {{ instanceId: string, from?: StepName }} props from: the step that runs at once, and those after it */
export function Wizard({ instanceId, from }) {
  const instance = useClosedWithout(instances.value?.find(({ id }) => id === instanceId));
  const [run, setRun] = useState(/** @type {ReturnType<typeof runWizard> | null} */ (null));
  useEffect(() => {
    const started = runWizard(instanceId);
    setRun(started);
    if (from) started.runFrom(from);
    return started.close;
  }, [instanceId]);
  if (!instance || !run) return null;
  const wizard = run.wizard.value;
  const end = ending(wizard);
  const idle = wizard.running === null;
  const begun = STEPS.some((step) => wizard.steps[step].taken !== null || wizard.steps[step].problem !== null);
  return html`
    <${Dialog} title=${t("wizard.title", { name: nameOf(instance) })} onClose=${closeDialog} wide>
      ${lost.value && html`<${ConnectionBanner} />`}
      <div class=${end?.kind === "scan" ? "wizard wizard-over" : "wizard"} data-ending=${end?.kind}>
        <div class="wizard-head">
          <p>${t("wizard.text")}</p>
          <div class="row-status"><${StatusBadge} instance=${instance} /></div>
        </div>
        <p class="sr-only" role="status">${progress(wizard)}</p>
        <ol class="wizard-steps">
          ${STEPS.map((step) => html`<${WizardStep} key=${step} step=${step} state=${wizard.steps[step]} running=${wizard.running === step} idle=${idle}
            run=${() => run.run(step)} />`)}
        </ol>
        ${end && html`<${WizardNext} ending=${end} instance=${instance} run=${run.run} />`}
        <div class="form-end">
          <${Button} onClick=${closeDialog}>${t("dialog.close")}<//>
          <${Button} kind=${begun && idle ? "plain" : "primary"} icon="play" busy=${wizard.all || !idle} onClick=${() => run.runFrom("check")}>${t(begun ? "wizard.all-again" : "wizard.all")}<//>
        </div>
      </div>
    <//>
  `;
}
