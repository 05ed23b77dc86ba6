import assert from "node:assert/strict";
import { test } from "node:test";
import * as rules from "../../../frontend/src/core/wizard.js";

/** @param {string} step @param {string} next */
function taken(step, next, more = {}) {
  return { step, ok: true, outcome: "ok", code: null, title: step, detail: "", evidence: {}, next_step: next, duration_ms: 1, ...more };
}

/** Runs on by itself as the page does; the steps that were taken, and how it stood then. */
function runAll(answers, wizard = rules.begun(rules.start(), "check", { all: true })) {
  const order = [];
  while (wizard.running) {
    order.push(wizard.running);
    wizard = rules.ended(wizard, answers[wizard.running]);
    const next = rules.due(wizard);
    if (next) wizard = rules.begun(wizard, next, { all: true });
  }
  return { order, wizard, ending: rules.ending(wizard) };
}

const WELL = { check: taken("check", "webhook"), webhook: taken("webhook", "restart"), restart: taken("restart", "qr"), qr: taken("qr", "scan") };

test("run all takes every step in its order and ends at the code", () => {
  const { order, ending } = runAll(WELL);
  assert.deepEqual(order, ["check", "webhook", "restart", "qr"]);
  assert.deepEqual(ending, { kind: "scan" });
});

test("what is skipped or only waits does not stop it", () => {
  const answers = {
    ...WELL,
    webhook: taken("webhook", "restart", { outcome: "waiting" }),
    restart: taken("restart", "qr", { outcome: "skipped" }),
    qr: taken("qr", "done"),
  };
  assert.deepEqual(runAll(answers).ending, { kind: "done" });
});

test("the first failure stops it, with what its action names", () => {
  const failed = taken("webhook", "check_server", { ok: false, outcome: "failed", code: "server_error", title: "T", detail: "D" });
  const { order, ending } = runAll({ ...WELL, webhook: failed });
  assert.deepEqual(order, ["check", "webhook"]);
  assert.equal(ending.kind, "action");
  assert.equal(ending.fault.action, "check_server");
  assert.equal(ending.fault.code, "server_error");
});

test("a failure that an earlier step helps against leads there, and does not run there by itself", () => {
  const { order, ending } = runAll({ ...WELL, qr: taken("qr", "restart", { ok: false, outcome: "failed", code: "qr_limit_reached" }) });
  assert.deepEqual(order.length, 4);
  assert.deepEqual(ending, { kind: "step", step: "restart" });
});

test("never in circles, whatever the API answers", () => {
  for (const next of ["check", "webhook", "restart"]) {
    const { order } = runAll({ ...WELL, restart: taken("restart", next) });
    assert.deepEqual(order, ["check", "webhook", "restart"]);
  }
});

test("an instance somebody else works on is waited for: the same step is offered again", () => {
  const busy = taken("check", "wait", { outcome: "waiting", code: "instance_busy" });
  const { order, ending } = runAll({ ...WELL, check: busy });
  assert.deepEqual(order, ["check"]);
  assert.deepEqual(ending, { kind: "again", step: "check" });
});

test("a step run again forgets what later steps had found, and keeps what earlier ones did", () => {
  const { wizard } = runAll(WELL);
  const again = rules.begun(wizard, "webhook", { all: false });
  assert.equal(again.steps.check.taken?.step, "check");
  assert.equal(again.steps.restart.taken, null);
  assert.equal(again.steps.qr.taken, null);
  assert.equal(rules.ending(again), null);
});

test("one step alone ends with the next one as the person's choice", () => {
  const one = rules.ended(rules.begun(rules.start(), "check", { all: false }), WELL.check);
  assert.equal(rules.due(one), null);
  assert.deepEqual(rules.ending(one), { kind: "step", step: "webhook" });
});

test("a request that fails ends the run and is told with its step", () => {
  const problem = { code: "network" };
  const broken = rules.broken(rules.begun(rules.start(), "check", { all: true }), "check", problem);
  assert.equal(rules.due(broken), null);
  assert.deepEqual(rules.ending(broken), { kind: "problem", problem, step: "check" });
});

test("before the first step nothing has ended", () => {
  assert.equal(rules.ending(rules.start()), null);
});
