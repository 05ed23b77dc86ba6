/** Runs the rules of the QR dialog against the clock and the API, until it is closed or the number is connected. */

import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { RequestFailed } from "../../core/problem.js";
import * as rules from "../../core/qr-session.js";
import { connect, storedQr } from "../../state/actions.js";
import { onLocalClock } from "../../state/clock.js";
import { ended } from "../../state/session.js";

/** @typedef {import("../../types.js").Qr} Qr */
/** @typedef {ReturnType<typeof runQr>} QrRun */

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
 * A run for as long as the component is on the screen; null before it has begun.
 * @param {import("../../types.js").Instance | undefined} instance
 * @param {Qr | null} [qr] a code the caller has already
 * @returns {QrRun | null}
 */
export function useQrRun(instance, qr) {
  const [run, setRun] = useState(/** @type {QrRun | null} */ (null));
  const id = instance?.id;
  const open = instance?.view.label === "connected";
  // Started in the effect that ends it: a dialog closed before it was drawn must leave nothing running.
  useEffect(() => {
    if (id === undefined) return undefined;
    const started = runQr(id, qr);
    setRun(started);
    return started.close;
  }, [id]);
  useEffect(() => {
    if (open) run?.sawConnected();
  }, [open, run]);
  return run;
}
