/** A day as columns: told apart by height as well as colour, and summed up rightly. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { columns, sharesOf } from "../../../frontend/src/core/strip.js";

test("every state has a shape of its own", () => {
  const states = ["connected", "connecting", "error", "disconnected", "unknown"];
  const shapes = columns(/** @type {any} */ (states.map((status) => [1, status])), 100).map(({ y, height }) => `${y} ${height}`);
  assert.equal(new Set(shapes).size, states.length);
});

test("runs stand side by side, as wide as they lasted", () => {
  const drawn = columns([[90, "connected"], [6, "unknown"]], 10);
  assert.deepEqual(drawn.map(({ x, width }) => [x, width]), [[0, 90], [90, 6]]);
});

test("shares of a state that came twice are added", () => {
  assert.deepEqual(sharesOf([[1, "connected"], [2, "error"], [1, "connected"]]), { connected: 0.5, error: 0.5 });
});

test("no day, no shares", () => {
  assert.deepEqual(sharesOf([]), {});
});
