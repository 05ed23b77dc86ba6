/** Counting by badge: what hangs needs action, and what nobody sees is counted as nothing else. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { COUNTED, statusCounts } from "../../../frontend/src/core/counts.js";
import { STATUS_TONES } from "../../../frontend/src/core/status.js";

const seen = (/** @type {string} */ label, stuck = false) => /** @type {any} */ ({ view: { label, stuck, stale: label === "stale" }, status_since: null });

test("every state of the lists has its place among the counts", () => {
  assert.deepEqual([...COUNTED].sort(), Object.keys(STATUS_TONES).sort());
});

test("numbers are counted by the badge they wear, in the order of the tiles", () => {
  const fleet = [seen("stale"), seen("connected"), seen("connecting", true), seen("connected"), seen("connecting")];
  assert.deepEqual(statusCounts(fleet), [{ label: "connected", n: 2 }, { label: "error", n: 1 }, { label: "connecting", n: 1 }, { label: "stale", n: 1 }]);
});

test("that nobody is connected is said", () => {
  assert.deepEqual(statusCounts([seen("disconnected")]), [{ label: "connected", n: 0 }, { label: "disconnected", n: 1 }]);
});
