/** Runs the rules of the QR dialog against the clock and the API, until it is closed or the number is connected. */

import { signal } from "@preact/signals";
import { RequestFailed } from "../../core/problem.js";
import * as rules from "../../core/qr-session.js";
import { connect, storedQr } from "../../state/actions.js";
import { onLocalClock } from "../../state/clock.js";
import { ended } from "../../state/session.js";

/** @typedef {import("../../types.js").Qr} Qr */

const STEP_MS = 250;
const STORE_EVERY_MS = 1_000;

/**
 * @param {string} instanceId
 * @param {Qr | null} [first] a code the caller has already
 */
export function runQr(instanceId, first) {
  const session = signal(rules.start(Date.now(), localised(first ?? null)));
  let reading = false;
  let readAt = 0;
  let closed = false;

  /** @param {(before: rules.QrSession) => rules.QrSession} next */
  const advance = (next) => {
    if (!closed) session.value = next(session.peek());
  };

  /**
   * @param {"automatic" | "manual"} by
   * @param {string} [number]
   */
  async function ask(by, number) {
    advance((before) => rules.askStarted(before, Date.now(), by));
    await answered(connect(instanceId, number), (answer) => (before) => rules.askAnswered(before, { ...answer, qr: localised(answer.qr) }, Date.now()));
  }

  async function readStore() {
    reading = true;
    readAt = Date.now();
    try {
      const stored = await storedQr(instanceId);
      advance((before) => rules.storeRead(before, { ...stored, qr: localised(stored.qr) }, Date.now()));
    } catch (error) {
      // The page's own banner tells of a lost network; the next second tries again.
      if (!(error instanceof RequestFailed)) throw error;
    } finally {
      reading = false;
    }
  }

  /**
   * @template T
   * @param {Promise<T>} asked
   * @param {(answer: T) => (before: rules.QrSession) => rules.QrSession} next
   */
  async function answered(asked, next) {
    try {
      advance(next(await asked));
    } catch (error) {
      if (!(error instanceof RequestFailed)) throw error;
      const { problem } = error;
      advance((before) => rules.askFailed(before, problem));
    }
  }

  function step() {
    const current = session.peek();
    if (current.phase === "connected" || ended.peek()) return;
    if (!reading && Date.now() - readAt >= STORE_EVERY_MS) void readStore();
    if (rules.askDue(current, Date.now())) void ask("automatic");
  }

  step();
  const timer = setInterval(step, STEP_MS);
  return {
    session,
    askNow: () => void ask("manual"),
    /** @param {string} number */
    pair: async (number) => {
      advance(rules.pairByNumber);
      await ask("manual", number);
    },
    sawConnected: () => advance(rules.connected),
    identify: () => void connect(instanceId).catch(ignoreFailure),
    close: () => {
      closed = true;
      clearInterval(timer);
    },
  };
}

/**
 * Countdowns run on this computer's clock, so a code's end is told on it too.
 * @param {Qr | null} qr
 */
function localised(qr) {
  return qr && { ...qr, expires_at: onLocalClock(qr.expires_at) };
}

/**
 * The number stays unknown until the next look; the connection itself is not in doubt.
 * @param {unknown} error
 */
function ignoreFailure(error) {
  if (!(error instanceof RequestFailed)) throw error;
}
