/** "Apakah saya melakukan kesalahan?": whose side it is, each cause with its proof and its one button. */

import { html } from "htm/preact";
import { Badge } from "../../components/badge.js";
import { Button } from "../../components/button.js";
import { Evidence } from "../../components/evidence.js";
import { Icon } from "../../components/icon.js";
import { Notice, withCode } from "../../components/notice.js";
import { ProblemAction } from "../../components/problem-action.js";
import { RelativeTime } from "../../components/relative-time.js";
import { say } from "../../components/said.js";
import { useTask } from "../../components/use-task.js";
import { servers } from "../../state/fleet.js";
import { copy } from "../../state/clipboard.js";
import { t } from "../../state/words.js";
import { diagnosisText } from "./diagnosis-text.js";

/** @typedef {import("../../types.js").Diagnosis} Diagnosis */
/** @typedef {import("../../types.js").Finding} Finding */
/** @typedef {import("../../types.js").Instance} Instance */

/** @type {Record<Finding["severity"], import("../../types.js").Tone>} */
const TONES = { critical: "bad", warning: "warn", info: "mute" };

/**
 * @param {{ instance: Instance, detail: import("../../types.js").InstanceDetail,
 *   diagnosis: import("../../state/resource.js").Resource<Diagnosis> }} props
 */
export function DiagnosisCard({ instance, detail, diagnosis }) {
  const seen = diagnosis.value.value;
  const problem = diagnosis.problem.value;
  return html`
    <section class="card card-diagnosis" aria-labelledby="diagnosis-title">
      <div class="card-head">
        <h2 id="diagnosis-title">${t("blame.question")}</h2>
        ${seen && html`<div class="card-tools">
          <p class="hint">${t("diagnosis.checked")} <${RelativeTime} at=${seen.checked_at} /></p>
          <${Copy} diagnosis=${seen} instance=${instance} detail=${detail} />
        </div>`}
      </div>
      ${problem && html`<${Notice} fault=${problem} tone="warn"><${Button} onClick=${() => void diagnosis.look()}>${t("action.retry")}<//><//>`}
      ${seen ? html`<${Findings} diagnosis=${seen} instance=${instance} />` : !problem && html`<p class="loading" role="status">${t("diagnosis.checking")}</p>`}
    </section>
  `;
}

/** @param {{ diagnosis: Diagnosis, instance: Instance }} props */
function Findings({ diagnosis, instance }) {
  const [first] = diagnosis.findings;
  if (!first) return html`<p class="blame tone-good"><${Icon} name="check" /> <strong>${t("blame.none")}</strong></p>`;
  const tone = first.severity === "info" ? "good" : TONES[first.severity];
  return html`
    <p class=${`blame tone-${tone}`}><${Icon} name=${first.severity === "info" ? "check" : "alert"} />
      <strong>${t(first.severity === "info" ? "blame.none" : `blame.${first.side}`)}</strong></p>
    <ol class="findings">
      ${diagnosis.findings.map((finding, place) => html`<${FindingItem} key=${finding.code} finding=${finding} instance=${instance} first=${place === 0} />`)}
    </ol>
  `;
}

/** @param {{ finding: Finding, instance: Instance, first: boolean }} props */
function FindingItem({ finding, instance, first }) {
  return html`
    <li class="finding" data-code=${finding.code}>
      <div class="finding-text">
        <h3>${finding.title}</h3>
        <p>${withCode(finding.detail)}</p>
        <p class="finding-tags">
          <${Badge} tone=${TONES[finding.severity]}>${t(`severity.${finding.severity}`)}<//>
          <${Badge} tone="mute">${t(`side.${finding.side}`)}<//>
        </p>
        <${Evidence} evidence=${finding.evidence} summary=${t("diagnosis.evidence")} />
      </div>
      <div class="finding-action">
        ${instance.desired === "online" && html`<${ProblemAction} fault=${finding} kind=${first && finding.severity !== "info" ? "primary" : "plain"} instanceId=${instance.id} serverId=${instance.server_id} />`}
      </div>
    </li>
  `;
}

/** @param {{ diagnosis: Diagnosis, instance: Instance, detail: import("../../types.js").InstanceDetail }} props */
function Copy({ diagnosis, instance, detail }) {
  const server = servers.value?.find(({ id }) => id === instance.server_id);
  const task = useTask(async () => {
    await copy(diagnosisText(diagnosis, detail, server));
    say(t("said.diagnosis"));
  });
  return html`<${Button} icon="copy" kind="small" onClick=${task.run}>${t("act.copy")}<//>`;
}
