/** Addresses: what is written is read again, and every address leads to a screen. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { entryAt, hashOf, parsePlace } from "../../../frontend/src/core/place.js";

/** @type {[{ at: string }, ...{ at: string }[]]} */
const SCREENS = [{ at: "ringkasan" }, { at: "nomor" }, { at: "nomor/:id" }];

test("an address that was written is read as it was meant", () => {
  const query = { client: "a&b=c", q: "toko #1 50%" };
  assert.deepEqual(parsePlace(hashOf(["nomor", "x/y?z"], query)), { path: ["nomor", "x/y?z"], query });
});

test("an empty filter leaves no trace in the address", () => {
  assert.equal(hashOf(["nomor"], { client: null, q: "", status: undefined }), "#/nomor");
});

test("an address typed by hand is read as far as it goes", () => {
  assert.deepEqual(parsePlace("#nomor/50%"), { path: ["nomor", "50%"], query: {} });
  assert.deepEqual(parsePlace(""), { path: [], query: {} });
});

test("a screen is found by its path, with what its parts stand for", () => {
  assert.deepEqual(entryAt(SCREENS, ["nomor", "7"]), { entry: SCREENS[2], params: { id: "7" } });
  assert.deepEqual(entryAt(SCREENS, ["nomor"]), { entry: SCREENS[1], params: {} });
});

test("an address of nothing leads to the first screen", () => {
  for (const path of [[], ["entah"], ["nomor", "7", "lagi"]]) assert.equal(entryAt(SCREENS, path).entry, SCREENS[0]);
});
