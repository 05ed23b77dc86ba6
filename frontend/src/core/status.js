/** What a number's state is called and how loud it looks, in one table. */

import { parseTime } from "./time.js";

/** @typedef {import("../types.js").Instance} Instance */
/** @typedef {import("../types.js").Tone} Tone */
/** @typedef {import("../types.js").ViewLabel} ViewLabel */
/** @typedef {import("../types.js").WebhookState} WebhookState */

const QUIET_AFTER_MS = 6 * 3_600_000;

/** @type {Record<ViewLabel, Tone>} */
export const STATUS_TONES = {
  connected: "good",
  waiting_qr: "wait",
  connecting: "wait",
  reconnecting: "warn",
  disconnected: "bad",
  error: "bad",
  stale: "mute",
  parked: "mute",
};

/**
 * The badge of an instance. A stale one is never green: it only says what was last known.
 * @param {Instance} instance
 * @returns {{ label: ViewLabel, tone: Tone, since: number | null }}
 */
export function badge(instance) {
  const label = instance.view.stuck ? "error" : instance.view.label;
  return { label, tone: STATUS_TONES[label] ?? "mute", since: parseTime(instance.status_since) };
}

/**
 * Hours without any event of a connected number, or null while it is not worth saying. Quiet is no fault.
 * @param {Instance} instance
 * @param {number} now ms
 */
export function quietHours(instance, now) {
  const last = parseTime(instance.last_webhook_event_at);
  if (instance.view.label !== "connected" || last === null || now - last < QUIET_AFTER_MS) return null;
  return Math.floor((now - last) / 3_600_000);
}

/**
 * Green is ours and proven, yellow ours but unproven, incomplete or elsewhere, red missing or disabled.
 * @param {Instance["webhook"]} webhook
 * @returns {{ key: WebhookState | "unproven", tone: Tone }}
 */
export function webhookBadge(webhook) {
  if (webhook.state === "ok") return webhook.proven ? { key: "ok", tone: "good" } : { key: "unproven", tone: "warn" };
  /** @type {Record<Exclude<WebhookState, "ok">, Tone>} */
  const tones = { missing: "bad", disabled: "bad", incomplete: "warn", elsewhere: "warn", unknown: "mute" };
  return { key: webhook.state, tone: tones[webhook.state] ?? "mute" };
}
