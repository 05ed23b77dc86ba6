import assert from "node:assert/strict";
import { test } from "node:test";
import { ALL, joined, logQuery } from "../../../frontend/src/core/log-query.js";

const NOW = Date.parse("2026-03-02T12:00:00Z");

test("the filter that nobody changed asks for the last day only", () => {
  assert.equal(logQuery(ALL, NOW), "from=2026-03-01T12%3A00%3A00.000Z");
});

test("each part of the filter is a part of the question, and all of time has no start", () => {
  const asked = new URLSearchParams(logQuery({ ...ALL, number: "i-1", action: "set-webhook", result: "failed", hours: "all" }, NOW));
  assert.deepEqual(Object.fromEntries(asked), { instance_id: "i-1", action: "set-webhook", status: "failed" });
});

test("a span that somebody typed into the address means no start", () => {
  assert.equal(logQuery({ ...ALL, hours: "yesterday" }, NOW), "");
});

test("newer lines come before the shown ones, each once and as it is now", () => {
  const shown = [{ id: 2, status: "unknown" }, { id: 1, status: "ok" }];
  const newest = [{ id: 3, status: "ok" }, { id: 2, status: "ok" }];
  assert.deepEqual(joined(newest, shown), [{ id: 3, status: "ok" }, { id: 2, status: "ok" }, { id: 1, status: "ok" }]);
});
