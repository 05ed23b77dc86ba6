/** The four questions: what is said, how loud, and what to do about it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { fourAnswers } from "../../../frontend/src/core/answers.js";
import { NOW, ago, down, health, number, server } from "./fleet.mjs";

/**
 * @param {string} question
 * @param {any} seen
 */
function answer(question, seen) {
  const found = fourAnswers(seen, NOW).find((one) => one.question === question);
  assert.ok(found);
  return { ...found, keys: found.says.map(({ key }) => key) };
}

test("a fleet without faults answers green four times", () => {
  assert.deepEqual(fourAnswers(health([server("a")], [number("x")]), NOW).map(({ tone }) => tone), ["good", "good", "good", "good"]);
});

test("a server is red once it failed twice, yellow after once", () => {
  assert.equal(answer("evolution", health([server("b"), down("a")], [])).tone, "bad");
  assert.equal(answer("evolution", health([{ ...down("a"), failures_in_row: 1 }], [])).tone, "warn");
});

test("a slow server and an old look are yellow", () => {
  assert.equal(answer("evolution", health([server("a", { latency_ms: 6_000 })], [])).tone, "warn");
  assert.equal(answer("evolution", { ...health([server("a")], []), checked_at: ago(121) }).tone, "warn");
});

test("a server that was switched off on purpose is no fault", () => {
  assert.equal(answer("evolution", health([server("b"), { ...down("a"), enabled: false }], [])).tone, "good");
});

test("webhooks are as loud as the worst of them, and each kind is counted", () => {
  const seen = health([server("a")], [number("1"), number("2", { webhook_proven: false }), number("3", { webhook_state: "elsewhere" })]);
  assert.deepEqual([answer("webhook", seen).tone, answer("webhook", seen).keys], ["warn", ["answer.webhook.elsewhere", "answer.webhook.unproven", "answer.webhook.ok"]]);
  seen.instances.push(number("4", { webhook_state: "disabled" }));
  assert.equal(answer("webhook", seen).tone, "bad");
});

test("a webhook that was left alone on purpose is counted and worries nobody; the server's global one is judged by its events", () => {
  const left = number("2", { webhook_state: "elsewhere", webhook_policy: "leave", webhook_proven: false });
  const global = number("3", { webhook_state: "elsewhere", webhook_policy: "global" });
  const seen = answer("webhook", health([server("a")], [number("1"), left, global]));
  assert.deepEqual([seen.tone, seen.keys], ["good", ["answer.webhook.ok", "answer.webhook.left"]]);
});

test("the webhook of a parked number is nobody's worry", () => {
  assert.equal(answer("webhook", health([server("a")], [number("1"), number("2", { webhook_state: "missing", view: "parked" })])).tone, "good");
});

test("a QR is green when it can be scanned, yellow awaited, red stuck or at the limit", () => {
  const tones = { ready: "good", qr_not_ready: "warn", qr_expired: "warn", stuck_connecting: "bad", qr_limit_reached: "bad", none: "good" };
  for (const [qr_readiness, tone] of Object.entries(tones)) {
    assert.equal(answer("qr", health([server("a")], [number("1", { qr_readiness })])).tone, tone, qr_readiness);
  }
});

test("the next step is the worst trouble, with its button", () => {
  const seen = health([server("a"), down("b")], [number("1", { server_id: "b" }), number("2", { code: "qr_expired", status: "connecting", reason: "QR" })]);
  const next = answer("next", seen);
  assert.equal(next.trouble?.id, "b");
  assert.deepEqual(next.keys, ["answer.first", "answer.more"]);
});

test("an empty fleet is told how to begin", () => {
  assert.deepEqual(answer("next", health([], [])).keys, ["answer.next.begin"]);
  assert.deepEqual(answer("next", health([server("a")], [])).keys, ["answer.next.number"]);
});
