/** How a number and its webhook are, as badges that every screen shows alike. */

import { computed } from "@preact/signals";
import { html } from "htm/preact";
import { useMemo } from "preact/hooks";
import { badge, quietHours, webhookBadge } from "../core/status.js";
import { parseTime } from "../core/time.js";
import { now } from "../state/clock.js";
import { allowed } from "../state/fleet.js";
import { t } from "../state/words.js";
import { Badge } from "./badge.js";
import { ProblemAction } from "./problem-action.js";
import { RelativeTime } from "./relative-time.js";

/** @typedef {import("../types.js").Instance} Instance */

/** @param {{ instance: Instance }} props */
export function StatusBadge({ instance }) {
  const { label, tone, since } = badge(instance);
  // An hour changes it, not a second.
  const quiet = useMemo(() => computed(() => quietHours(instance, now.value)), [instance]).value;
  if (label === "stale") {
    return html`
      <${Badge} tone=${tone}>${t("status.stale")}<//>
      <span class="row-age"><span class="sr-only">, </span>${t("status.stale.last", { status: t(`status.${instance.status}`) })} <${RelativeTime} at=${lastSeen(instance)} /></span>
    `;
  }
  return html`
    <${Badge} tone=${tone}>${t(`status.${label}`)}<//>
    <span class="row-age"><span class="sr-only">${t("instance.since")} </span><${RelativeTime} at=${since} form="for" /></span>
    ${quiet !== null && html`<span class="row-quiet">${t("status.quiet", { n: quiet })}</span>`}
  `;
}

/**
 * When anybody, its server or an event of its own, last said how it is.
 * @param {Instance} instance
 */
function lastSeen({ last_read_at, last_webhook_event_at, status_since }) {
  const times = [last_read_at, last_webhook_event_at, status_since].map(parseTime);
  return times.reduce((a, b) => Math.max(a ?? 0, b ?? 0), 0);
}

/** @param {{ instance: Instance }} props */
export function WebhookBadge({ instance }) {
  const { key, tone } = webhookBadge(instance);
  return html`<${Badge} tone=${tone}>${t(`webhook.${key}`, { host: instance.webhook.url_host ?? "?" })}<//>`;
}

/**
 * The button that mends the webhook, unless the number's own problem has it already.
 * @param {{ instance: Instance, kind?: "plain" | "small" }} props
 */
export function WebhookRepair({ instance, kind = "small" }) {
  const { state, policy } = instance.webhook;
  if (!allowed("operator")) return null;
  if (policy !== "ours" || !["missing", "incomplete", "disabled", "elsewhere"].includes(state) || instance.last_error?.action === "set_webhook") return null;
  /** @type {import("../types.js").Fault} */
  const fault = { code: state === "elsewhere" ? "webhook_elsewhere" : "webhook_missing", title: "", detail: "", action: "set_webhook", side: "webhook" };
  return html`<${ProblemAction} fault=${fault} kind=${kind} instanceId=${instance.id} />`;
}
