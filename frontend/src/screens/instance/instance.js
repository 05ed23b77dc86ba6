/** Screen "Instance": everything known of one number, why it does not work, and every button it has. */

import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import { EmptyState } from "../../components/empty-state.js";
import { Notice } from "../../components/notice.js";
import { aged, instances } from "../../state/fleet.js";
import { DIAGNOSE_EVERY_MS, detailPath, diagnosisPath } from "../../state/instance-actions.js";
import { useResource } from "../../state/resource.js";
import { backTo, goTo } from "../../state/route.js";
import { t } from "../../state/words.js";
import { DangerCard } from "./danger-card.js";
import { DiagnosisCard } from "./diagnosis-card.js";
import { History } from "./history.js";
import { InstanceHead } from "./instance-head.js";
import { QrCard } from "./qr-card.js";
import { SendingCard } from "./sending-card.js";
import { SettingsCard } from "./settings-card.js";
import { TruthPanel } from "./truth-panel.js";
import { UptimeCard } from "./uptime-card.js";
import { WebhookCard } from "./webhook-card.js";

/** @typedef {import("../../types.js").Diagnosis} Diagnosis */
/** @typedef {import("../../types.js").InstanceDetail} InstanceDetail */
/** @template T @typedef {import("../../state/resource.js").Resource<T>} Resource */

/** @param {{ id: string }} props */
export function InstanceScreen({ id }) {
  const listed = instances.value?.find((one) => one.id === id);
  const busy = Boolean(listed?.open_operation);
  /** @type {Resource<InstanceDetail>} */
  const detail = useResource(detailPath(id), { watching: busy });
  /** @type {Resource<Diagnosis>} */
  const diagnosis = useResource(diagnosisPath(id), { every: DIAGNOSE_EVERY_MS });
  const seen = detail.value.value;
  useLookAgain(diagnosis, seen);
  useWayBack(listed !== undefined);
  if (detail.problem.value?.status === 404) return html`<${Gone} />`;
  if (!seen) return html`
    <p class="crumbs"><a href=${backTo("nomor")}>‹ ${t("detail.back")}</a></p>
    ${detail.problem.value ? html`<${Notice} live fault=${detail.problem.value} />` : html`<p class="loading" role="status">${t("page.loading")}</p>`}
  `;
  const instance = withWebhook({ ...seen, ...listed }, diagnosis.value.value);
  return html`
    <article class=${aged.value ? "instance rows-aged" : "instance"} data-instance=${instance.instance_name}>
      <${InstanceHead} instance=${instance} operations=${seen.operations} />
      <div class="instance-columns">
        <div class="instance-main">
          <${DiagnosisCard} instance=${instance} diagnosis=${diagnosis} detail=${seen} />
          <${TruthPanel} diagnosis=${diagnosis.value.value} detail=${seen} />
          <${History} detail=${seen} />
        </div>
        <div class="instance-side">
          <${QrCard} instance=${instance} />
          <${WebhookCard} instance=${instance} />
          <${SendingCard} instance=${instance} />
          <${UptimeCard} instanceId=${id} />
          <${SettingsCard} instance=${instance} />
          <${DangerCard} instance=${instance} />
        </div>
      </div>
    </article>
  `;
}

/**
 * A diagnosis reads the webhook itself; our registry looks at it now and then.
 * @template {import("../../types.js").Instance} I
 * @param {I} instance
 * @param {Diagnosis | null} diagnosis
 * @returns {I}
 */
function withWebhook(instance, diagnosis) {
  const fact = diagnosis?.facts.webhook;
  if (!fact?.value) return instance;
  const { state, host } = /** @type {{ state: import("../../types.js").WebhookState, host: string | null }} */ (fact.value);
  return { ...instance, webhook: { ...instance.webhook, state, url_host: host } };
}

/**
 * A diagnosis of what was is none: each change of the number asks for a new one.
 * @param {Resource<Diagnosis>} diagnosis
 * @param {InstanceDetail | null} seen
 */
function useLookAgain(diagnosis, seen) {
  const known = seen && [seen.status, seen.webhook.state, seen.webhook.policy, seen.desired, seen.expected_number, seen.open_operation?.id].join(" ");
  const before = useRef(known);
  useEffect(() => {
    if (before.current && before.current !== known) void diagnosis.look();
    before.current = known;
  }, [known]);
}

/**
 * A number that is deleted or released while one looks at it leaves nothing to look at.
 * @param {boolean} listed
 */
function useWayBack(listed) {
  const was = useRef(listed);
  useEffect(() => {
    if (was.current && !listed && instances.peek() !== null) goTo("nomor");
    was.current = listed;
  }, [listed]);
}

function Gone() {
  return html`<h1 class="sr-only">${t("nav.instance")}</h1><${EmptyState} title=${t("detail.gone")} text=${t("detail.gone.text")}><a href=${backTo("nomor")}>${t("detail.back")}</a><//>`;
}
