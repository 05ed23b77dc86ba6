/** Runs the rules of the QR dialog against the clock and the API, until it is closed or the number is connected. */

import { signal } from "@preact/signals";
import { RequestFailed } from "../core/problem.js";
import * as rules from "../core/qr-session.js";
import { connect, storedQr } from "./actions.js";
import { moment } from "./clock.js";
import { ended } from "./session.js";

/** @typedef {import("../types.js").Qr} Qr */

const STEP_MS = 250;
const STORE_EVERY_MS = 1_000;

/**
 * @param {string} instanceId
 * @param {Qr | null} [first] a code the caller has already
 */
export function runQr(instanceId, first) {
  const session = signal(rules.start(moment(), first));
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
    advance((before) => rules.askStarted(before, moment(), by));
    await answered(connect(instanceId, number), (answer) => (before) => rules.askAnswered(before, answer, moment()));
  }

  async function readStore() {
    reading = true;
    readAt = moment();
    try {
      const stored = await storedQr(instanceId);
      advance((before) => rules.storeRead(before, stored, moment()));
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
    if (!reading && moment() - readAt >= STORE_EVERY_MS) void readStore();
    if (rules.askDue(current, moment())) void ask("automatic");
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
