/** The head of a number's screen: what it is, how it is, what is being done to it, and its harmless buttons. */

import { html } from "htm/preact";
import { Button } from "../../components/button.js";
import { Notice } from "../../components/notice.js";
import { StatusBadge } from "../../components/number-status.js";
import { ProblemAction } from "../../components/problem-action.js";
import { RelativeTime } from "../../components/relative-time.js";
import { say } from "../../components/said.js";
import { useTask } from "../../components/use-task.js";
import { WatchAgain } from "../../components/watch-again.js";
import { nameOf } from "../../core/matching.js";
import { download } from "../../state/api.js";
import { openDialog } from "../../state/dialogs.js";
import { allowed, clients, servers } from "../../state/fleet.js";
import { recheck } from "../../state/instance-actions.js";
import { backTo } from "../../state/route.js";
import { t } from "../../state/words.js";
import { actionWords } from "./words-of.js";

/** @typedef {import("../../types.js").Instance} Instance */

/** @param {{ instance: Instance, operations: import("../../types.js").Operation[] }} props */
export function InstanceHead({ instance, operations }) {
  const server = servers.value?.find(({ id }) => id === instance.server_id);
  const client = clients.value?.find(({ id }) => id === instance.client_id);
  const name = nameOf(instance);
  const facts = [
    instance.phone_number ?? instance.expected_number ?? t("instance.no-number"),
    name === instance.instance_name ? null : instance.instance_name,
    server && t("detail.server", { server: server.name }),
    (clients.value?.length ?? 0) > 1 ? client?.name : null,
  ];
  return html`
    <header class="instance-head">
      <p class="crumbs"><a href=${backTo("nomor")}>‹ ${t("detail.back")}</a></p>
      <div class="instance-title">
        <h1>${name}</h1>
        <div class="row-status"><${StatusBadge} instance=${instance} /></div>
      </div>
      <p class="instance-facts">${facts.filter(Boolean).join(" · ")}</p>
      <${Running} instance=${instance} operations=${operations} />
      <${HeadButtons} instance=${instance} />
    </header>
  `;
}

/** @param {{ instance: Instance, operations: import("../../types.js").Operation[] }} props */
function Running({ instance, operations }) {
  const open = instance.open_operation;
  const known = operations.find(({ id }) => id === open?.id);
  return html`
    <div role="status">
      ${open && html`<p class="running tone-wait">
        <span class="spinner" aria-hidden="true"></span>
        <span><strong>${t("detail.running", { action: actionWords(open.action) })}</strong>
          ${known && html` ${t("detail.running.by", { actor: known.actor })} · <span aria-live="off"><${RelativeTime} at=${known.created_at} form="for" /></span>`}</span>
      </p>`}
    </div>
  `;
}

/** @param {{ instance: Instance }} props */
function HeadButtons({ instance }) {
  const instanceId = instance.id;
  const connected = instance.status === "connected";
  const parked = instance.desired === "parked";
  const check = useTask(async () => {
    await recheck(instance);
    say(t("said.checked"));
  });
  const log = useTask(() => download(`/api/ops-logs/export?format=txt&instance_id=${instanceId}`));
  const problem = check.problem ?? log.problem;
  if (!allowed("operator")) return null;
  return html`
    <div class="buttons" role="group" aria-label=${t("act.label")}>
      ${parked && html`<${WatchAgain} instance=${instance} kind="accent" />`}
      ${!connected && !parked && html`<${Button} icon="qr" kind="accent" onClick=${() => openDialog({ name: "qr", instanceId })}>${t("action.connect")}<//>`}
      <${Button} icon="wand" onClick=${() => openDialog({ name: "wizard", instanceId })}>${t("act.wizard")}<//>
      <${Button} icon="check" busy=${check.busy} onClick=${check.run}>${t("action.check_server")}<//>
      <${Button} icon="refresh" onClick=${() => openDialog(connected ? { name: "restart", instanceId } : { name: "wizard", instanceId, from: "restart" })}>${t(connected ? "act.restart" : "act.restart-qr")}<//>
      <${Button} icon="send" disabled=${!connected} onClick=${() => openDialog({ name: "send-test", instanceId })}>${t("act.send-test")}<//>
      <${Button} icon="download" busy=${log.busy} onClick=${log.run}>${t("act.export")}<//>
    </div>
    ${problem && html`<${Notice} live fault=${problem}><${ProblemAction} fault=${problem} instanceId=${instanceId} serverId=${instance.server_id} retry=${check.run} /><//>`}
  `;
}
