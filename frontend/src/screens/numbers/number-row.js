/** One number: what it is, how it is, and its buttons, the destructive one apart from the others. */

import { html } from "htm/preact";
import { Button } from "../../components/button.js";
import { Notice } from "../../components/notice.js";
import { StatusBadge, WebhookBadge, WebhookRepair } from "../../components/number-status.js";
import { ProblemAction } from "../../components/problem-action.js";
import { RelativeTime } from "../../components/relative-time.js";
import { nameOf } from "../../core/matching.js";
import { stuckMinutes } from "../../core/status.js";
import { now } from "../../state/clock.js";
import { openDialog } from "../../state/dialogs.js";
import { allowed, clients, servers } from "../../state/fleet.js";
import { linkTo } from "../../state/route.js";
import { describe, t } from "../../state/words.js";

/** @typedef {import("../../types.js").Instance} Instance */

/** @param {{ instance: Instance }} props */
export function NumberRow({ instance }) {
  const name = nameOf(instance);
  const server = servers.value?.find(({ id }) => id === instance.server_id);
  const fault = instance.last_error ?? stuck(instance);
  return html`
    <li class="row" data-instance=${instance.instance_name} data-status=${instance.view.label}>
      <div class="row-line">
        <div class="row-status"><${StatusBadge} instance=${instance} /></div>
        <div class="row-name">
          <h2><a href=${linkTo(`nomor/${instance.id}`)}>${name}</a></h2>
          <p>${[instance.phone_number ?? instance.expected_number, name === instance.instance_name ? null : instance.instance_name, clientName(instance)]
            .filter(Boolean).join(" · ") || t("instance.no-number")}</p>
        </div>
        <dl class="row-facts">
          ${fact(t("instance.server"), server ? html`<button type="button" class="link" aria-label=${`${t("action.list")}: ${server.name}`}
            onClick=${() => openDialog({ name: "server-instances", serverId: server.id })}>${server.name}</button>` : "–")}
          ${fact(t("instance.webhook"), html`<${WebhookBadge} instance=${instance} /> <${WebhookRepair} instance=${instance} />`)}
          ${fact(t("instance.last-event"), html`<${RelativeTime} at=${instance.last_webhook_event_at} none=${t("instance.no-event")} />`)}
        </dl>
        <${RowButtons} instance=${instance} name=${name} />
      </div>
      ${fault && html`<${Notice} fault=${fault} tone=${fault.side === "upstream" ? "warn" : "bad"}>
        <${ProblemAction} fault=${fault} instanceId=${instance.id} serverId=${instance.server_id} />
      <//>`}
    </li>
  `;
}

/** @param {{ instance: Instance, name: string }} props */
function RowButtons({ instance, name }) {
  const instanceId = instance.id;
  return html`
    <div class="row-buttons">
      ${allowed("operator") && instance.status !== "connected" && html`<${Button} icon="qr" kind="accent" label=${`${t("action.connect")}: ${name}`}
        onClick=${() => openDialog({ name: "qr", instanceId })}>${t("action.connect")}<//>
        <${Button} icon="wand" label=${`${t("act.wizard")}: ${name}`} onClick=${() => openDialog({ name: "wizard", instanceId })}>${t("act.wizard")}<//>`}
    </div>
    ${allowed("admin") && html`<div class="row-apart"><${Button} icon="trash" kind="danger-quiet" label=${`${t("instance.delete")}: ${name}`}
      onClick=${() => openDialog({ name: "delete-instance", instanceId })}>${t("instance.delete")}<//></div>`}
  `;
}

/**
 * Nobody stores that a number hangs; it is seen from its age.
 * @param {Instance} instance
 * @returns {import("../../types.js").Fault | null}
 */
function stuck(instance) {
  const minutes = stuckMinutes(instance, now.value);
  if (minutes === null) return null;
  const code = "stuck_connecting";
  return { code, ...describe(code, { minutes }), action: "open_wizard", side: "server" };
}

/**
 * @param {string} term
 * @param {any} value
 */
function fact(term, value) {
  return html`<div class="fact"><dt>${term}</dt><dd>${value}</dd></div>`;
}

/** @param {Instance} instance */
function clientName(instance) {
  const known = clients.value ?? [];
  return known.length > 1 ? known.find(({ id }) => id === instance.client_id)?.name : null;
}
