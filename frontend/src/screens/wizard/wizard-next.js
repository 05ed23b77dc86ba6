/** Where the wizard leaves the person: always with the one thing to do now. */

import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import { Button } from "../../components/button.js";
import { Notice } from "../../components/notice.js";
import { ProblemAction } from "../../components/problem-action.js";
import { closeDialog } from "../../state/dialogs.js";
import { t } from "../../state/words.js";
import { WizardQr } from "./wizard-qr.js";

/** @typedef {import("../../types.js").Instance} Instance */
/** @typedef {import("../../types.js").StepName} StepName */

/** @typedef {{ ending: import("../../core/wizard.js").Ending, instance: Instance, run: (step: StepName) => void }} Props */

/** @param {Props} props */
export function WizardNext(props) {
  const place = useRef(/** @type {HTMLDivElement | null} */ (null));
  // The steps are longer than a phone: what to do now must not be below its edge.
  useEffect(() => place.current?.scrollIntoView({ block: "nearest" }), [props.ending.kind]);
  return html`<div ref=${place}><${Next} ...${props} /></div>`;
}

/** @param {Props} props */
function Next({ ending, instance, run }) {
  if (ending.kind === "scan") return html`<${WizardQr} instance=${instance} />`;
  if (ending.kind === "done") return html`<${Notice} live tone="good" fault=${{ title: t("wizard.next.done"), detail: "" }}>
    <${Button} kind="primary" onClick=${closeDialog}>${t("dialog.done")}<//><//>`;
  if (ending.kind === "action") return html`<${Notice} live tone="warn" fault=${{ title: t("wizard.next"), detail: t(`wizard.then.${ending.fault.action}`) }}>
    <${ProblemAction} kind="primary" fault=${ending.fault} instanceId=${instance.id} serverId=${instance.server_id} retry=${() => run(ending.step)} /><//>`;
  const step = t(`wizard.step.${ending.step}`);
  const again = html`<${Button} kind="primary" onClick=${() => run(ending.step)}>${`${t(ending.kind === "step" ? "wizard.run" : "wizard.again")}: ${step}`}<//>`;
  if (ending.kind === "again") return said("wait", "wizard.next.again", step, again);
  if (ending.kind === "step") return said("wait", "wizard.next.step", step, again);
  return said("warn", ending.problem.status === 401 ? "wizard.next.login" : "wizard.next.problem", step, again);
}

/**
 * @param {"wait" | "warn"} tone
 * @param {string} key
 * @param {string} step
 * @param {any} button
 */
function said(tone, key, step, button) {
  return html`<${Notice} live tone=${tone} fault=${{ title: t("wizard.next"), detail: t(key, { step }) }}>${button}<//>`;
}
