/** One server: does it answer, what does it hold, what does it still need. */

import { html } from "htm/preact";
import { Badge } from "../../components/badge.js";
import { Button } from "../../components/button.js";
import { Notice } from "../../components/notice.js";
import { RelativeTime } from "../../components/relative-time.js";
import { say } from "../../components/said.js";
import { useTask } from "../../components/use-task.js";
import { checkServer } from "../../state/actions.js";
import { openDialog } from "../../state/dialogs.js";
import { allowed } from "../../state/fleet.js";
import { t } from "../../state/words.js";
import { ServerSetup } from "./server-setup.js";

/** @typedef {import("../../types.js").Server} Server */

/** @param {{ server: Server }} props */
export function ServerCard({ server }) {
  const check = useTask(async () => {
    const seen = await checkServer(server.id);
    if (seen.reachable) say(t("said.reachable"));
    else say(t("said.unreachable"), "warn");
  });
  return html`
    <li class="card" id=${`row-${server.id}`} data-server=${server.name}>
      <div class="card-head">
        <div><h2>${server.name}</h2><p class="address">${server.base_url}</p></div>
        <${Reachable} server=${server} />
      </div>
      <dl class="card-facts">
        ${fact(t("server.version"), server.version ? `${t(`server.kind.${server.kind}`)} ${server.version}` : t(`server.kind.${server.kind}`))}
        ${fact(t("server.latency"), server.latency_ms === null ? "–" : `${Math.round(server.latency_ms)} ms`)}
        ${fact(t("server.instances"), server.instance_count)}
        ${fact(t("server.checked"), html`<${RelativeTime} at=${server.last_checked_at} none=${t("server.never")} />`)}
      </dl>
      ${server.last_error && html`<${Notice} fault=${server.last_error} />`}
      ${server.enabled && server.reachable === false && allowed("admin") && html`<p class="hint">${t("server.moved")}</p>`}
      ${check.problem && html`<${Notice} live fault=${check.problem} />`}
      <${ServerSetup} server=${server} />
      <div class="card-buttons">
        <div class="buttons">
          ${allowed("operator") && html`<${Button} icon="refresh" busy=${check.busy} label=${`${t("action.check_server")}: ${server.name}`} onClick=${check.run}>${t("action.check_server")}<//>`}
          <${Button} icon="list" label=${`${t("action.list")}: ${server.name}`} onClick=${() => openDialog({ name: "server-instances", serverId: server.id })}>${t("action.list")}<//>
        </div>
        ${allowed("admin") && html`<div class="buttons"><${Button} kind="quiet" label=${`${t("server.edit")}: ${server.name}`}
          onClick=${() => openDialog({ name: "edit-server", serverId: server.id })}>${t("server.edit")}<//></div>`}
        ${allowed("admin") && html`<${Button} icon="trash" kind="danger-quiet" label=${`${t("server.delete")}: ${server.name}`}
          onClick=${() => openDialog({ name: "delete-server", serverId: server.id })}>${t("server.delete")}<//>`}
      </div>
    </li>
  `;
}

/** @param {{ server: Server }} props */
function Reachable({ server }) {
  if (server.enabled === false) return html`<${Badge} tone="mute">${t("server.disabled")}<//>`;
  if (server.reachable === null) return html`<${Badge} tone="mute">${t("server.unknown")}<//>`;
  return html`<${Badge} tone=${server.reachable ? "good" : "bad"}>${t(server.reachable ? "server.reachable" : "server.unreachable")}<//>`;
}

/**
 * @param {string} term
 * @param {any} value
 */
function fact(term, value) {
  return html`<div class="fact"><dt>${term}</dt><dd>${value}</dd></div>`;
}
