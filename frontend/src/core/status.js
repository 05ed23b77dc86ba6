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
 * Whole minutes without a QR of a number that hangs, or null while it does not.
 * @param {Instance} instance
 * @param {number} now ms
 */
export function stuckMinutes(instance, now) {
  const since = parseTime(instance.status_since);
  return instance.view.stuck && since !== null ? Math.floor((now - since) / 60_000) : null;
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

/** @type {Record<WebhookState | "unproven", Tone>} */
const WEBHOOK_TONES = {
  ok: "good", unproven: "warn", incomplete: "warn", elsewhere: "warn", missing: "bad", disabled: "bad", unknown: "mute",
};

/**
 * Green is ours and proven, yellow ours but unproven, incomplete or elsewhere, red missing or disabled.
 * @param {Instance} instance
 * @returns {{ key: WebhookState | "unproven", tone: Tone }}
 */
export function webhookBadge({ webhook, view }) {
  const key = webhook.state === "ok" && !webhook.proven ? "unproven" : webhook.state;
  const quiet = view.stale || (key === "elsewhere" && webhook.policy !== "ours");
  return { key, tone: quiet ? "mute" : (WEBHOOK_TONES[key] ?? "mute") };
}
