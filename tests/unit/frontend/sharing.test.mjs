/** What was read again: equal parts stay the objects they were, and nothing that changed is missed. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { shared } from "../../../frontend/src/core/sharing.js";

const copy = (/** @type {any} */ value) => JSON.parse(JSON.stringify(value));
const ROWS = [
  { id: "a", view: { label: "connected" }, tags: ["x"] },
  { id: "b", view: { label: "error" }, tags: [] },
];

test("the same answer read twice is the same object", () => {
  assert.equal(shared(ROWS, copy(ROWS)), ROWS);
});

test("of a list only the changed row is another object", () => {
  const after = copy(ROWS);
  after[1].view.label = "connected";
  const kept = shared(ROWS, after);
  assert.deepEqual(kept, after);
  assert.equal(kept[0], ROWS[0]);
  assert.notEqual(kept[1], ROWS[1]);
  assert.equal(kept[1].tags, ROWS[1]?.tags);
});

test("rows in another order, with one new and one gone, stay themselves", () => {
  const after = [{ id: "c", view: { label: "stale" }, tags: [] }, copy(ROWS[0])];
  const kept = shared(ROWS, after);
  assert.deepEqual(kept, after);
  assert.equal(kept[1], ROWS[0]);
});

test("whatever changes shape is taken as it came", () => {
  for (const [before, after] of [[null, { a: 1 }], [[1], { 0: 1 }], [{ a: 1 }, {}], [{ a: null }, { b: null }], [[1, 2], [1]], ["x", null]]) {
    assert.deepEqual(shared(before, after), after);
  }
});
