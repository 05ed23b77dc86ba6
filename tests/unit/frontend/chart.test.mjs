/** Small pictures: lines that break where nothing was measured, on a scale that begins at nought. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { span, strokes } from "../../../frontend/src/core/chart.js";

const BOX = { width: 100, height: 10 };

test("a value that is missing breaks the line and leaves its mark", () => {
  const { lines, gaps } = strokes([10, 20, null, 5, 0], BOX);
  assert.deepEqual(lines, ["0,5 25,0", "75,7.5 100,10"]);
  assert.deepEqual(gaps, [50]);
});

test("one value between two missing ones is still seen", () => {
  assert.deepEqual(strokes([null, 4, null], BOX).lines, ["50,0 50,0"]);
});

test("nothing measured is no line", () => {
  assert.deepEqual(strokes([], BOX), { lines: [], gaps: [] });
  assert.equal(span([null]), null);
});

test("what a line says in words: least, most, last, and how often nothing came", () => {
  assert.deepEqual(span([30, null, 10, 20]), { least: 10, most: 30, last: 20, missing: 1 });
});
