/** The four questions of an operator, answered for the whole fleet in one line each, with the colour of its badge and its age. */

import { parseTime } from "./time.js";
import { troubles } from "./troubles.js";

/** @typedef {import("../types.js").HealthCheck} HealthCheck */
/** @typedef {import("../types.js").InstanceHealth} InstanceHealth */
/** @typedef {import("../types.js").ServerHealth} ServerHealth */
/** @typedef {import("../types.js").Said} Said */
/** @typedef {import("../types.js").Tone} Tone */

/**
 * @typedef {object} Answer
 * @property {"evolution" | "webhook" | "qr" | "next"} question
 * @property {Tone} tone
 * @property {Said[]} says
 * @property {number | null} at ms, how old what it rests on is
 * @property {import("./troubles.js").Trouble} [trouble] what to do about it
 */

const SLOW_MS = 5_000;
const OLD_MS = 120_000;
/** One look that fails may be the network's hiccup. */
const CERTAIN = 2;

/**
 * @param {HealthCheck} health
 * @param {number} now ms
 * @returns {Answer[]}
 */
export function fourAnswers(health, now) {
  return [evolution(health, now), webhook(health), qr(health), next(health)];
}

/**
 * Green < 5 s, yellow slow or last look > 2 min ago, red failed twice.
 * @param {HealthCheck} health
 * @param {number} now
 * @returns {Answer}
 */
function evolution({ servers, checked_at }, now) {
  const asked = servers.filter(({ enabled }) => enabled);
  const at = parseTime(checked_at);
  const question = "evolution";
  if (asked.length === 0) return { question, tone: "mute", says: [{ key: "answer.evolution.none" }], at };
  if (at === null) return { question, tone: "mute", says: [{ key: "answer.unknown" }], at };
  const wrong = asked.filter(({ code }) => code !== null).sort(worstServer);
  const counts = { n: asked.length - wrong.length, all: asked.length };
  const [worst] = wrong;
  if (worst) {
    const certain = wrong.some(({ failures_in_row, evolution_reachable }) => evolution_reachable !== false || failures_in_row >= CERTAIN);
    return {
      question, at, tone: certain ? "bad" : "warn",
      says: [{ key: "answer.evolution.some", params: counts }, { key: "answer.first", params: { name: worst.name, reason: worst.reason ?? "" } }, ...more(wrong.length - 1)],
    };
  }
  const slow = asked.filter(({ latency_ms }) => (latency_ms ?? 0) > SLOW_MS);
  const [slowest] = slow;
  if (slowest) {
    return { question, at, tone: "warn", says: [{ key: "answer.evolution.slow", params: { name: slowest.name, s: Math.round((slowest.latency_ms ?? 0) / 1000) } }, ...more(slow.length - 1)] };
  }
  return { question, at, tone: now - at > OLD_MS ? "warn" : "good", says: [{ key: "answer.evolution.all", params: counts }] };
}

/** @type {[key: string, tone: Tone][]} */
const WEBHOOKS = [
  ["missing", "bad"], ["disabled", "bad"], ["elsewhere", "warn"], ["incomplete", "warn"], ["unproven", "warn"], ["ok", "good"],
  ["left", "mute"], ["unknown", "mute"],
];

/**
 * What people chose to leave is nothing to mend; the server's global webhook is judged by its events alone.
 * @param {InstanceHealth} one
 */
function webhookOf({ webhook_state: state, webhook_policy: policy, webhook_proven: proven }) {
  if (policy === "leave") return "left";
  if (state !== "ok" && policy === "ours") return state;
  return proven ? "ok" : "unproven";
}

/**
 * Green ours and proven, yellow ours but unproven, incomplete or elsewhere, red missing or disabled.
 * @param {HealthCheck} health
 * @returns {Answer}
 */
function webhook({ instances }) {
  const at = latest(instances.map(({ last_webhook_event_at }) => last_webhook_event_at));
  const asked = instances.filter(({ view }) => view !== "parked");
  const counted = WEBHOOKS.map(([key, tone]) => ({ key, tone, n: asked.filter((one) => webhookOf(one) === key).length })).filter(({ n }) => n > 0);
  const says = counted.map(({ key, n }) => ({ key: `answer.webhook.${key}`, params: { n } }));
  return { question: "webhook", tone: counted[0]?.tone ?? "mute", says: says.length > 0 ? says : [{ key: "answer.numbers.none" }], at };
}

/** @type {[key: string, readiness: InstanceHealth["qr_readiness"], tone: Tone][]} */
const CODES = [
  ["stuck", "stuck_connecting", "bad"],
  ["limit", "qr_limit_reached", "bad"],
  ["waiting", "qr_not_ready", "warn"],
  ["expired", "qr_expired", "warn"],
  ["ready", "ready", "good"],
];

/**
 * Green younger than its life, yellow waiting, red stuck or at the limit.
 * @param {HealthCheck} health
 * @returns {Answer}
 */
function qr({ instances }) {
  const pairing = instances.filter(({ stale, view }) => !stale && view !== "parked");
  const counted = CODES.map(([key, readiness, tone]) => ({ key, tone, found: pairing.filter(({ qr_readiness }) => qr_readiness === readiness) }))
    .filter(({ found }) => found.length > 0);
  const at = latest(instances.map(({ last_qr_event_at }) => last_qr_event_at));
  if (counted.length === 0) return { question: "qr", tone: "good", says: [{ key: "answer.qr.none" }], at };
  const says = counted.map(({ key, found }) => ({ key: `answer.qr.${key}`, params: { n: found.length, name: found[0]?.instance_name ?? "" } }));
  return { question: "qr", tone: counted[0]?.tone ?? "mute", says, at };
}

/**
 * @param {HealthCheck} health
 * @returns {Answer}
 */
function next(health) {
  const at = parseTime(health.checked_at);
  const [first, ...rest] = troubles(health);
  const question = "next";
  if (first) {
    const says = [{ key: "answer.first", params: { name: first.name, reason: first.fault.title } }, ...more(rest.length)];
    return { question, tone: first.kind === "server" || first.fault.action !== "wait" ? "bad" : "warn", says, at, trouble: first };
  }
  if (health.servers.length === 0) return { question, tone: "wait", says: [{ key: "answer.next.begin" }], at };
  if (health.instances.length === 0) return { question, tone: "wait", says: [{ key: "answer.next.number" }], at };
  return { question, tone: "good", says: [{ key: "answer.next.none" }], at };
}

/**
 * @param {number} n
 * @returns {Said[]}
 */
function more(n) {
  return n > 0 ? [{ key: "answer.more", params: { n } }] : [];
}

/**
 * @param {ServerHealth} a
 * @param {ServerHealth} b
 */
function worstServer(a, b) {
  return Number(a.evolution_reachable !== false) - Number(b.evolution_reachable !== false) || a.name.localeCompare(b.name);
}

/** @param {(string | null)[]} times */
function latest(times) {
  const known = times.map(parseTime).filter((time) => time !== null);
  return known.length > 0 ? known.reduce((a, b) => Math.max(a, b)) : null;
}
