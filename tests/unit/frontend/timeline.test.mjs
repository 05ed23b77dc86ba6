import assert from "node:assert/strict";
import { test } from "node:test";
import { timeline } from "../../../frontend/src/core/timeline.js";

const at = (/** @type {number} */ second) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const event = (/** @type {number} */ second, name = "messages.upsert", outcome = "applied") => ({ event: name, outcome, received_at: at(second) });
const transition = (/** @type {number} */ second) => ({ old_status: "connecting", new_status: "connected", reason: "open", source: "webhook", server_id: null, event_time: at(second), operation_id: null });
const operation = (/** @type {number} */ second) => ({ id: `o${second}`, action: "connect", state: "succeeded", actor: "budi", error: null, created_at: at(second), ended_at: at(second + 1) });

const move = (/** @type {number} */ second) => ({ old_server: "VPS 1", new_server: "VPS 2", found_by: /** @type {const} */ ("reconcile"), moved_at: at(second) });

test("four journals become one story, newest first", () => {
  const found = timeline({ transitions: [transition(2)], operations: [operation(1)], events: [event(3)], moves: [move(4)] });
  assert.deepEqual(found.map(({ kind }) => kind), ["move", "event", "transition", "operation"]);
});

test("the same event many times in a row is one line with its last time", () => {
  const found = timeline({ transitions: [], operations: [], events: [event(9), event(8), event(7)], moves: [] });
  assert.equal(found.length, 1);
  assert.equal(found[0].times, 3);
  assert.equal(found[0].at, Date.parse(at(9)));
});

test("what happened between them keeps them apart, and so does what came of them", () => {
  const apart = timeline({ transitions: [transition(8)], operations: [], events: [event(9), event(7)], moves: [] });
  assert.equal(apart.length, 3);
  assert.equal(timeline({ transitions: [], operations: [], events: [event(9), event(8, "messages.upsert", "late")], moves: [] }).length, 2);
});
