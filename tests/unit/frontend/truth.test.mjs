import assert from "node:assert/strict";
import { test } from "node:test";
import { told } from "../../../frontend/src/core/truth.js";

const AT = "2026-01-01T00:00:00Z";
const fact = (/** @type {unknown} */ value) => ({ value, at: AT, age_s: 0 });
const detail = { transitions: [], last_webhook_event_at: null, status_since: AT };
const diagnosis = (/** @type {object} */ facts, disagreements = []) => ({ facts, disagreements });
const row = (/** @type {any[]} */ rows, /** @type {string} */ source) => rows.find((one) => one.source === source);

test("every source has its line, also one that said nothing", () => {
  const rows = told(diagnosis({ registry: fact("connected") }), detail);
  assert.deepEqual(rows.map(({ source }) => source), ["memory", "list", "event", "registry", "webhook", "places"]);
  assert.deepEqual(rows.filter(({ says }) => says !== null).map(({ source }) => source), ["registry"]);
});

test("a contradiction is named beside everyone who takes part in it", () => {
  const rows = told(
    diagnosis(
      { memory: fact("disconnected"), list: fact({ says: "connected", close_reason: 401 }) },
      [{ name: "ghost_open", says: { memory: "disconnected", list: "connected" } }],
    ),
    detail,
  );
  assert.deepEqual(row(rows, "memory").disagrees, ["ghost_open"]);
  assert.deepEqual(row(rows, "list").disagrees, ["ghost_open"]);
  assert.deepEqual(row(rows, "registry").disagrees, []);
  assert.equal(row(rows, "list").more.reason, "401");
});

test("a session that moved is named beside our registry and the place where it is", () => {
  const rows = told(
    diagnosis(
      { elsewhere: fact({ asked: 2, answered: 2, seen: [{ server: "VPS 2", says: "connected" }] }) },
      [{ name: "moved", says: { assigned: "VPS 1", found: "VPS 2" } }],
    ),
    detail,
  );
  assert.deepEqual(row(rows, "places").disagrees, ["moved"]);
  assert.deepEqual(row(rows, "registry").disagrees, ["moved"]);
  assert.equal(row(rows, "places").more.servers, "VPS 2");
});

test("the last webhook says what the last change it brought was, with its own age", () => {
  const transitions = [{ source: "read", new_status: "connecting" }, { source: "webhook", new_status: "connected" }];
  const rows = told(diagnosis({}), { ...detail, transitions, last_webhook_event_at: AT });
  assert.equal(row(rows, "event").says, "connected");
  assert.equal(row(rows, "event").at, AT);
  assert.equal(row(told(diagnosis({}), { ...detail, last_webhook_event_at: AT }), "event").says, "heard");
});

test("where the webhook points is told with its host", () => {
  const rows = told(diagnosis({ webhook: fact({ state: "elsewhere", host: "bot.example.com", missing_events: [] }) }), detail);
  assert.equal(row(rows, "webhook").says, "webhook_elsewhere");
  assert.equal(row(rows, "webhook").more.host, "bot.example.com");
});
