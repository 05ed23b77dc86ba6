/** The runbook: which steps apply now, and to what. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { runbook } from "../../../frontend/src/core/runbook.js";
import { NOW, ago, down, health, number, server } from "./fleet.mjs";

const steps = (/** @type {any} */ seen) => Object.fromEntries(runbook(seen, NOW).map((step) => [step.key, step]));
const applying = (/** @type {any} */ seen) => runbook(seen, NOW).filter(({ applies }) => applies).map(({ key }) => key);
const wrong = (/** @type {string} */ code, /** @type {string} */ side) => number(code, { code, side, status: "connecting", action: "connect", reason: code });

test("nothing applies to a healthy fleet that was looked at a moment ago", () => {
  assert.deepEqual(applying(health([server("a")], [number("1")])), []);
});

test("a look that is older than two minutes, or never was, comes first", () => {
  assert.deepEqual(applying({ ...health([server("a")], []), checked_at: ago(121) }), ["check"]);
  assert.deepEqual(applying(health([], [])), ["check"]);
});

test("each trouble stands in one step, in the runbook's order", () => {
  const seen = health([server("a"), down("b")], [
    wrong("webhook_missing", "webhook"), wrong("stuck_connecting", "server"), wrong("qr_limit_reached", "number"), wrong("account_banned", "number"),
  ]);
  assert.deepEqual(applying(seen), ["server", "webhook", "stuck", "no-qr", "rest"]);
  assert.deepEqual(steps(seen).stuck?.troubles.map(({ name }) => name), ["stuck_connecting"]);
  assert.deepEqual(steps(seen).rest?.troubles.map(({ name }) => name), ["account_banned"]);
});
