/**
 * The rules of the QR dialog as one value and its steps, so that they can be tested without a clock or a server.
 *
 * Two sources feed it: our store, read every second and for as long as the dialog is open, and the server itself,
 * asked every 10 s at most 6 times because a code must appear even when no webhook arrives.
 */

import { parseTime } from "./time.js";

/** @typedef {import("../types.js").Qr} Qr */
/** @typedef {import("../types.js").QrReason} QrReason */
/** @typedef {import("../types.js").Problem} Problem */

/**
 * @typedef {object} QrSession
 * @property {"waiting" | "showing" | "connected"} phase
 * @property {boolean} automatic asks by itself; off for good in pairing mode and after the last ask
 * @property {number} asked times the server was asked by itself
 * @property {boolean} asking an answer is awaited
 * @property {number | null} nextAskAt ms
 * @property {Qr | null} qr the newest code seen
 * @property {number | null} shownSince ms, when this code was first seen here
 * @property {boolean} replaced this code took the place of an earlier one in this dialog
 * @property {QrReason} reason why there is none
 * @property {Problem | null} problem of the last ask
 */

export const ASK_EVERY_MS = 10_000;
export const MOST_ASKS = 6;
/** A code without an expiry lives about this long (webhooks of the gateways carry none). */
const DEFAULT_LIFE_MS = 45_000;

/**
 * A new dialog. With a code in hand the first ask waits its turn, else it is due at once.
 * @param {number} now ms
 * @param {Qr | null} [qr]
 * @returns {QrSession}
 */
export function start(now, qr = null) {
  /** @type {QrSession} */
  const empty = {
    phase: "waiting",
    automatic: true,
    asked: 0,
    asking: false,
    nextAskAt: qr ? now + ASK_EVERY_MS : now,
    qr: null,
    shownSince: null,
    replaced: false,
    reason: null,
    problem: null,
  };
  return qr ? withQr(empty, qr, now) : empty;
}

/**
 * @param {QrSession} session
 * @param {number} now ms
 */
export function askDue(session, now) {
  return session.automatic && !session.asking && session.nextAskAt !== null && now >= session.nextAskAt;
}

/**
 * @param {QrSession} session
 * @param {number} now ms
 * @param {"automatic" | "manual"} by a manual ask neither counts nor moves the automatic ones
 * @returns {QrSession}
 */
export function askStarted(session, now, by) {
  if (by === "manual") return { ...session, asking: true };
  const asked = session.asked + 1;
  const last = asked >= MOST_ASKS;
  return { ...session, asking: true, asked, nextAskAt: last ? null : now + ASK_EVERY_MS };
}

/**
 * @param {QrSession} session
 * @param {{ qr: Qr | null, reason: QrReason, already_connected: boolean, status: string }} answer
 * @param {number} now ms
 * @returns {QrSession}
 */
export function askAnswered(session, answer, now) {
  if (session.phase === "connected") return session;
  if (answer.already_connected || answer.status === "connected") return connected(session);
  const settled = afterAsk({ ...session, reason: answer.reason, problem: null });
  return answer.qr ? withQr(settled, answer.qr, now) : settled;
}

/**
 * A failed ask keeps the code on show and the later asks: the next one may succeed.
 * @param {QrSession} session
 * @param {Problem} problem
 * @returns {QrSession}
 */
export function askFailed(session, problem) {
  return session.phase === "connected" ? session : afterAsk({ ...session, problem });
}

/**
 * What our store says, every second.
 * @param {QrSession} session
 * @param {{ qr: Qr | null, reason: QrReason }} stored
 * @param {number} now ms
 * @returns {QrSession}
 */
export function storeRead(session, stored, now) {
  if (session.phase === "connected") return session;
  if (stored.reason === "connected") return connected(session);
  if (stored.qr) return withQr({ ...session, reason: null }, stored.qr, now);
  return session.reason === stored.reason ? session : { ...session, reason: stored.reason };
}

/**
 * The number is open: nothing is asked any more and no code may stay on the screen.
 * @param {QrSession} session
 * @returns {QrSession}
 */
export function connected(session) {
  return {
    ...session, phase: "connected", automatic: false, asking: false, nextAskAt: null, qr: null, replaced: false, reason: null,
    problem: null,
  };
}

/**
 * Pairing by number logs out first where needed, so nothing may ask by itself beside it.
 * @param {QrSession} session
 * @returns {QrSession}
 */
export function pairByNumber(session) {
  return { ...session, automatic: false, nextAskAt: null };
}

/**
 * @param {QrSession} session
 * @param {number} now ms
 * @returns {number | null} whole seconds until the next ask, null when none will come
 */
export function secondsToAsk(session, now) {
  if (session.nextAskAt === null) return null;
  // `now` ticks once a second and so lags; nobody should read 11 of 10.
  return Math.ceil(Math.min(Math.max(session.nextAskAt - now, 0), ASK_EVERY_MS) / 1000);
}

/**
 * @param {QrSession} session
 * @param {number} now ms
 */
export function expired(session, now) {
  const until = end(session);
  return until !== null && now >= until;
}

/**
 * @param {QrSession} session
 * @param {number} now ms
 * @returns {number | null} whole seconds the code on show is still good for; null without one
 */
export function secondsLeft(session, now) {
  const until = end(session);
  return until === null ? null : Math.max(0, Math.ceil((until - now) / 1000));
}

/** @param {QrSession} session */
function end({ qr, shownSince }) {
  if (!qr) return null;
  return parseTime(qr.expires_at) ?? (shownSince === null ? null : shownSince + DEFAULT_LIFE_MS);
}

/**
 * @param {string} code as the gateway gives it
 * @returns {string} XXXX-XXXX, or what came when it is no such code
 */
export function pairingCode(code) {
  const plain = code.replaceAll("-", "");
  return plain.length === 8 ? `${plain.slice(0, 4)}-${plain.slice(4)}` : code;
}

/**
 * @param {QrSession} session
 * @returns {QrSession}
 */
function afterAsk(session) {
  return { ...session, asking: false, automatic: session.automatic && session.nextAskAt !== null };
}

/**
 * A code older than the one on show (an answer that was overtaken by a webhook) is dropped.
 * @param {QrSession} session
 * @param {Qr} qr
 * @param {number} now ms
 * @returns {QrSession}
 */
function withQr(session, qr, now) {
  const shown = session.qr;
  if (shown && older(qr, shown)) return session;
  if (shown && sameCode(qr, shown)) return { ...session, phase: "showing", qr };
  return { ...session, phase: "showing", qr, shownSince: now, replaced: shown !== null };
}

/**
 * @param {Qr} one
 * @param {Qr} other
 */
function older(one, other) {
  const [a, b] = [parseTime(one.received_at), parseTime(other.received_at)];
  return a !== null && b !== null && a < b;
}

/**
 * One code can come with a picture from one source and without from the other.
 * @param {Qr} one
 * @param {Qr} other
 */
function sameCode(one, other) {
  if (one.code !== null && other.code !== null) return one.code === other.code;
  if (one.image !== null && other.image !== null) return one.image === other.image;
  return one.pairing_code === other.pairing_code;
}
