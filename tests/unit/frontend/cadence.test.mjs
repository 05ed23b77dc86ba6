/** How often the page asks. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { cadence } from "../../../frontend/src/core/cadence.js";

test("every 5 s while one looks, every 30 s while the page is hidden", () => {
  assert.equal(cadence({ hidden: false, watching: false }), 5_000);
  assert.equal(cadence({ hidden: true, watching: false }), 30_000);
});

test("every second while a QR or an operation is open", () => {
  assert.equal(cadence({ hidden: false, watching: true }), 1_000);
});

test("what changes seldom is asked for less often, and never more often for being hidden", () => {
  assert.equal(cadence({ hidden: false, watching: false, every: 60_000 }), 60_000);
  assert.equal(cadence({ hidden: true, watching: false, every: 60_000 }), 60_000);
  assert.equal(cadence({ hidden: true, watching: false, every: 15_000 }), 30_000);
});
