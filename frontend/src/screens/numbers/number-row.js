/** One number in the list: what it is, how it is and was, and the button that helps; what destroys is on its own screen. */

import { computed } from "@preact/signals";
import { html } from "htm/preact";
import { useMemo } from "preact/hooks";
import { Button } from "../../components/button.js";
import { memo } from "../../components/memo.js";
import { Notice } from "../../components/notice.js";
import { StatusBadge, WebhookBadge, WebhookRepair } from "../../components/number-status.js";
import { ProblemAction } from "../../components/problem-action.js";
import { RelativeTime } from "../../components/relative-time.js";
import { StatusStrip } from "../../components/status-strip.js";
import { WatchAgain } from "../../components/watch-again.js";
import { nameOf } from "../../core/matching.js";
import { stuckMinutes } from "../../core/status.js";
import { now } from "../../state/clock.js";
import { openDialog } from "../../state/dialogs.js";
import { allowed, clients, servers } from "../../state/fleet.js";
import { linkTo } from "../../state/route.js";
import { runsOf } from "../../state/strips.js";
import { describe, t } from "../../state/words.js";

/** @typedef {import("../../types.js").Instance} Instance */

export const NumberRow = memo(Row);

/** @param {{ instance: Instance }} props */
function Row({ instance }) {
  const name = nameOf(instance);
  const server = servers.value?.find(({ id }) => id === instance.server_id);
  // A minute changes it, not a second: thousands of rows must not be drawn for a tick of the clock.
  const minutes = useMemo(() => computed(() => stuckMinutes(instance, now.value)), [instance]).value;
  const fault = instance.last_error ?? stuck(minutes);
  return html`
    <div class="row" role="listitem" id=${`row-${instance.id}`} data-instance=${instance.instance_name} data-status=${instance.view.label}>
      <div class="row-line">
        <div class="row-status"><${StatusBadge} instance=${instance} /></div>
        <div class="row-name">
          <h2><a class="link-plain" href=${linkTo(`nomor/${instance.id}`)}>${name}</a></h2>
          <p>${[instance.phone_number ?? instance.expected_number, name === instance.instance_name ? null : instance.instance_name, clientName(instance)]
            .filter(Boolean).join(" · ") || t("instance.no-number")}</p>
        </div>
        <dl class="row-facts">
          ${fact(t("instance.server"), server?.name ?? (servers.value && "–"))}
          ${fact(t("instance.webhook"), html`<${WebhookBadge} instance=${instance} /> <${WebhookRepair} instance=${instance} />`)}
          ${fact(t("instance.last-event"), html`<${RelativeTime} at=${instance.last_webhook_event_at} none=${t("instance.no-event")} />`)}
          ${fact(t("uptime.24h"), html`<${StatusStrip} runs=${runsOf.value.get(instance.id)} />`)}
        </dl>
        <${RowButtons} instance=${instance} name=${name} told=${fault?.action} />
      </div>
      ${fault && html`<${Notice} fault=${fault} tone=${fault.side === "upstream" ? "warn" : "bad"}>
        <${ProblemAction} fault=${fault} instanceId=${instance.id} serverId=${instance.server_id} />
      <//>`}
    </div>
  `;
}

/** @param {{ instance: Instance, name: string, told?: string }} props told: the problem below has this button itself */
function RowButtons({ instance, name, told }) {
  const instanceId = instance.id;
  const parked = instance.desired === "parked";
  const needed = instance.status !== "connected" && !parked && allowed("operator");
  return html`
    <div class="row-buttons">
      ${parked && allowed("operator") && html`<${WatchAgain} instance=${instance} label=${`${t("parked.end")}: ${name}`} />`}
      ${needed && told !== "connect" && html`<${Button} icon="qr" kind="accent" label=${`${t("action.connect")}: ${name}`}
        onClick=${() => openDialog({ name: "qr", instanceId })}>${t("action.connect")}<//>`}
      ${needed && told !== "open_wizard" && html`<${Button} icon="wand" kind="quiet" label=${`${t("act.wizard")}: ${name}`} onClick=${() => openDialog({ name: "wizard", instanceId })}>${t("act.wizard")}<//>`}
    </div>
  `;
}

/**
 * Nobody stores that a number hangs; it is seen from its age.
 * @param {number | null} minutes
 * @returns {import("../../types.js").Fault | null}
 */
function stuck(minutes) {
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
