import assert from "node:assert/strict";
import { test } from "node:test";
import { lines } from "../../../frontend/src/core/evidence.js";

test("each thing is what it is: a span, a number of ms, yes or no, a list", () => {
  const found = lines({ connecting_s: 180, latency_ms: 12.6, code_440: true, same_number_on: ["a", "b"], http: 503 });
  assert.deepEqual(found, [
    { name: "connecting_s", kind: "span", value: 180_000 },
    { name: "latency_ms", kind: "ms", value: 13 },
    { name: "code_440", kind: "yes", value: "" },
    { name: "same_number_on", kind: "text", value: "a, b" },
    { name: "http", kind: "text", value: "503" },
  ]);
});

test("nothing is said of what is empty, and what is nested is told with the rest", () => {
  assert.deepEqual(lines({ cause: null, said: "", missing_events: [], registry: { reason: 401 } }), [
    { name: "reason", kind: "text", value: "401" },
  ]);
});
