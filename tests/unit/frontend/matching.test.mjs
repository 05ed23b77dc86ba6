import assert from "node:assert/strict";
import { test } from "node:test";
import { digitsOf, inOrder, matching, nameOf, suggestName, validInstanceName } from "../../../frontend/src/core/matching.js";

const ROWS = [
  { id: "1", client_id: "a", server_id: "s", view: { label: "connected" }, instance_name: "toko-10", label: "Toko 10", phone_number: "628111", profile_name: null },
  { id: "2", client_id: "a", server_id: "t", view: { label: "connecting", stuck: true }, instance_name: "toko-9", label: "Toko 9", phone_number: "628222", profile_name: "Budi" },
  { id: "3", client_id: "b", server_id: null, view: { label: "stale" }, instance_name: "gudang", label: null, phone_number: null, profile_name: null },
];
const ids = (wanted) => matching(inOrder(ROWS), wanted).map(({ id }) => id);

test("rows are in the order of their names, numbers as people count", () => {
  assert.deepEqual(ids({}), ["3", "2", "1"]);
});

test("a search looks at label, name, number and profile, whatever the case", () => {
  assert.deepEqual(ids({ query: " TOKO " }), ["2", "1"]);
  assert.deepEqual(ids({ query: "628111" }), ["1"]);
  assert.deepEqual(ids({ query: "budi" }), ["2"]);
  assert.deepEqual(ids({ query: "gud" }), ["3"]);
  assert.deepEqual(ids({ query: "null" }), []);
});

test("a client sees only its own", () => {
  assert.deepEqual(ids({ clientId: "b" }), ["3"]);
});

test("a state is the one the badge shows, a server the one that holds the number", () => {
  assert.deepEqual(ids({ status: "error" }), ["2"]);
  assert.deepEqual(ids({ status: "connecting" }), []);
  assert.deepEqual(ids({ serverId: "s" }), ["1"]);
  assert.deepEqual(ids({ serverId: "s", status: "stale", clientId: "" }), []);
});

test("without a label the instance's name stands in", () => {
  assert.equal(nameOf(ROWS[2]), "gudang");
});

test("a suggested name is one the servers accept", () => {
  for (const label of ["Toko Bandung", "  Café  Ümlaut! ", "--x", "a/b c", "x".repeat(90), "7 Rupa"]) {
    assert.ok(validInstanceName(suggestName(label)), label);
  }
  assert.equal(suggestName("Toko Bandung"), "toko-bandung");
  assert.equal(suggestName("!!!"), "");
});

test("names with spaces, accents or a wrong start are refused", () => {
  for (const name of ["", "a b", "-a", "_a", "é", "a/b", "x".repeat(64)]) assert.equal(validInstanceName(name), false, name);
  for (const name of ["a", "A_1-b", "x".repeat(63)]) assert.equal(validInstanceName(name), true, name);
});

test("a phone number is digits with the country code", () => {
  assert.equal(digitsOf("0812-3456 7890"), "6281234567890");
  assert.equal(digitsOf("+62 812 3456"), "628123456");
});
