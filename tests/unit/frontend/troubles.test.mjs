/** What needs a person: the order, and what a silent server hides. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { troubles } from "../../../frontend/src/core/troubles.js";
import { down, health, number, server } from "./fleet.mjs";

const names = (/** @type {any} */ seen) => troubles(seen).map(({ name }) => name);
const wrong = (/** @type {string} */ name, /** @type {string} */ status, more = {}) => number(name, { status, code: "x", reason: "X", action: "connect", side: "number", ...more });

test("servers come before numbers, the one that hides most first", () => {
  const hidden = ["1", "2"].map((name) => number(name, { server_id: "big", code: "server_unreachable" }));
  assert.deepEqual(names(health([down("small"), down("big"), server("a")], [...hidden, wrong("lost", "error")])), ["big", "small", "lost"]);
});

test("the numbers behind a silent server are counted with it, not listed", () => {
  const [found, ...others] = troubles(health([down("b")], [wrong("1", "error", { server_id: "b" }), number("2", { server_id: "b" })]));
  assert.equal(found?.numbers, 2);
  assert.deepEqual(others, []);
});

test("a server that answers with a fault hides nothing", () => {
  const refused = server("b", { code: "server_key_rejected", title: "Key", action: "check_server", side: "server" });
  assert.deepEqual(names(health([refused], [wrong("1", "error", { server_id: "b" })])), ["b", "1"]);
});

test("a server switched off on purpose needs nobody, nor do its numbers", () => {
  assert.deepEqual(names(health([{ ...down("b"), enabled: false }], [wrong("1", "error", { server_id: "b" })])), []);
});

test("numbers stand by how bad it is, then by name, however they came", () => {
  const seen = [wrong("d", "connected"), wrong("b", "error"), wrong("c", "connecting"), wrong("a", "error"), wrong("e", "disconnected")];
  assert.deepEqual(names(health([server("a")], seen)), ["a", "b", "e", "c", "d"]);
});
