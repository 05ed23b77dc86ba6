import assert from "node:assert/strict";
import { test } from "node:test";
import { shareParts } from "../../../frontend/src/core/shares.js";

test("parts come in one order, whatever order the API has, without those that are nothing", () => {
  assert.deepEqual(shareParts({ unknown: 0.25, connected: 0.75, error: 0 }), [
    { status: "connected", share: 0.75 },
    { status: "unknown", share: 0.25 },
  ]);
});
