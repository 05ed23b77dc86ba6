/** One step of the wizard: what it is for, its own button, and how it ended with the reason and the proof. */

import { html } from "htm/preact";
import { Badge } from "../../components/badge.js";
import { Button } from "../../components/button.js";
import { Evidence } from "../../components/evidence.js";
import { withCode } from "../../components/notice.js";
import { lang } from "../../state/preferences.js";
import { t } from "../../state/words.js";

/** @typedef {import("../../types.js").StepTaken} StepTaken */

/** @type {Record<StepTaken["outcome"], import("../../types.js").Tone>} */
const TONES = { ok: "good", failed: "bad", skipped: "mute", waiting: "wait" };

/**
 * @param {{ step: import("../../types.js").StepName, state: import("../../core/wizard.js").StepState, running: boolean, idle: boolean, run: () => void }} props
 * idle: nothing else runs
 */
export function WizardStep({ step, state, running, idle, run }) {
  const { taken, problem } = state;
  const name = t(`wizard.step.${step}`);
  const words = t(taken || problem ? "wizard.again" : "wizard.run");
  return html`
    <li class="wizard-step" data-step=${step} data-outcome=${running ? "running" : (taken?.outcome ?? (problem ? "failed" : "idle"))}>
      <div class="wizard-step-main">
        <h3>${name} <${Outcome} taken=${taken} problem=${problem} running=${running} /></h3>
        ${taken
          ? html`<p class="wizard-why"><strong>${taken.title}.</strong> ${withCode(taken.detail)}</p>
              <${Evidence} evidence=${taken.evidence} summary=${`${t("diagnosis.evidence")} · ${took(taken)}`} />`
          : html`<p class="wizard-about">${problem ? `${problem.title}. ${problem.detail}` : t(`wizard.about.${step}`)}</p>`}
      </div>
      <${Button} busy=${running} disabled=${!idle && !running} label=${`${words}: ${name}`} onClick=${run}>${running ? t("wizard.running") : words}<//>
    </li>
  `;
}

/** @param {{ taken: StepTaken | null, problem: import("../../types.js").Problem | null, running: boolean }} props */
function Outcome({ taken, problem, running }) {
  if (running) return html`<${Badge} tone="wait">${t("wizard.running")}<//>`;
  if (problem) return html`<${Badge} tone="bad">${t("wizard.outcome.failed")}<//>`;
  if (!taken) return null;
  return html`<${Badge} tone=${TONES[taken.outcome]}>${t(`wizard.outcome.${taken.outcome}`)}<//>`;
}

/** @param {StepTaken} taken */
function took({ duration_ms: ms }) {
  return t("wizard.took", { seconds: new Intl.NumberFormat(lang.value, { maximumFractionDigits: 1 }).format(ms / 1000) });
}
