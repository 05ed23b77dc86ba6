import assert from "node:assert/strict";
import { test } from "node:test";
import { cadence } from "../../../frontend/src/core/cadence.js";
import { age, exact, parseTime } from "../../../frontend/src/core/time.js";

const S = 1000;
const M = 60 * S;
const H = 60 * M;
const D = 24 * H;

test("an age is told in its largest whole unit, at each border", () => {
  const cases = [
    [0, "now", 0], [4.9 * S, "now", 0], [5 * S, "s", 5], [M - 1, "s", 59], [M, "m", 1], [H - 1, "m", 59], [H, "h", 1],
    [D - 1, "h", 23], [D, "d", 1], [40 * D, "d", 40],
  ];
  for (const [passed, unit, n] of cases) assert.deepEqual(age(1_000_000, 1_000_000 + passed), { unit, n }, `${passed} ms`);
});

test("a time in the future counts as now, since clocks differ", () => {
  assert.deepEqual(age(9_000_000, 1_000_000), { unit: "now", n: 0 });
});

test("an exact time names Indonesia's own zones", () => {
  const then = Date.UTC(2026, 10, 21, 7, 3, 5);
  assert.match(exact(then, "id", "Asia/Jakarta"), /21 Nov 2026.* 14\.03\.05 WIB$/);
  assert.match(exact(then, "id", "Asia/Makassar"), / 15\.03\.05 WITA$/);
  assert.match(exact(then, "en", "Asia/Jayapura"), / 16:03:05 WIT$/);
  assert.match(exact(then, "en", "Europe/Berlin"), / 08:03:05 (CET|GMT\+1)$/);
});

test("what is absent or no time is null", () => {
  assert.equal(parseTime(null), null);
  assert.equal(parseTime(""), null);
  assert.equal(parseTime("yesterday"), null);
  assert.equal(parseTime("1970-01-01T00:00:01Z"), 1000);
});

test("the page asks every second for a QR, every 5 s while seen, every 30 s while hidden", () => {
  assert.equal(cadence({ hidden: false, watching: false }), 5_000);
  assert.equal(cadence({ hidden: true, watching: false }), 30_000);
  assert.equal(cadence({ hidden: false, watching: true }), 1_000);
  assert.equal(cadence({ hidden: true, watching: true }), 1_000);
});
