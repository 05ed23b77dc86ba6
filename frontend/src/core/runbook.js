/** The runbook as steps in their order: which of them apply now, and to what. */

import { parseTime } from "./time.js";
import { troubles } from "./troubles.js";

/** @typedef {import("./troubles.js").Trouble} Trouble */

/**
 * @typedef {object} Step
 * @property {"check" | "server" | "webhook" | "stuck" | "no-qr" | "rest"} key
 * @property {boolean} applies
 * @property {Trouble[]} troubles
 */

const OLD_MS = 120_000;
const NO_QR = new Set(["qr_not_ready", "qr_expired", "qr_limit_reached", "pairing_failed", "upstream_pairing_outage"]);

/** Each trouble belongs to the first step that takes it. @type {[key: Step["key"], takes: (trouble: Trouble) => boolean][]} */
const STEPS = [
  ["server", ({ kind }) => kind === "server"],
  ["webhook", ({ fault }) => fault.side === "webhook"],
  ["stuck", ({ fault }) => fault.code === "stuck_connecting"],
  ["no-qr", ({ fault }) => NO_QR.has(fault.code)],
  ["rest", () => true],
];

/**
 * @param {import("../types.js").HealthCheck} health
 * @param {number} now ms
 * @returns {Step[]}
 */
export function runbook(health, now) {
  const checked = parseTime(health.checked_at);
  let left = troubles(health);
  const steps = STEPS.map(([key, takes]) => {
    const taken = left.filter(takes);
    left = left.filter((trouble) => !takes(trouble));
    return { key, applies: taken.length > 0, troubles: taken };
  });
  return [{ key: "check", applies: checked === null || now - checked > OLD_MS, troubles: [] }, ...steps];
}
