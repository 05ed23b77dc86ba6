import assert from "node:assert/strict";
import { test } from "node:test";
import * as rules from "../../../frontend/src/core/qr-session.js";

const T0 = Date.UTC(2026, 0, 1);
const PROBLEM = { code: "server_timeout" };

/** @param {string} code @param {number} at seconds */
function qr(code, at, more = {}) {
  const received = new Date(T0 + at * 1000).toISOString();
  const expires = new Date(T0 + (at + 45) * 1000).toISOString();
  return { code, image: null, pairing_code: null, count: 1, received_at: received, expires_at: expires, ...more };
}

const nothing = { qr: null, reason: "qr_not_ready", already_connected: false, status: "connecting" };

/** Runs the dialog for some seconds with a server that answers at once; the seconds at which it was asked. */
function asks(session, seconds, answer = nothing) {
  const at = [];
  for (let second = 0; second <= seconds; second += 1) {
    const now = T0 + second * 1000;
    if (!rules.askDue(session, now)) continue;
    at.push(second);
    session = rules.askAnswered(rules.askStarted(session, now, "automatic"), answer, now);
  }
  return { at, session };
}

test("the server is asked at once, then every 10 s, 6 times in all, and never again", () => {
  const { at, session } = asks(rules.start(T0), 3600);
  assert.deepEqual(at, [0, 10, 20, 30, 40, 50]);
  assert.equal(session.automatic, false);
  assert.equal(rules.secondsToAsk(session, T0 + 3_600_000), null);
});

test("with a code in hand the first ask waits its turn", () => {
  assert.deepEqual(asks(rules.start(T0, qr("a", 0)), 25).at, [10, 20]);
});

test("a slow answer is awaited: there is never a second ask beside it", () => {
  const asking = rules.askStarted(rules.start(T0), T0, "automatic");
  assert.equal(rules.askDue(asking, T0 + 60_000), false);
});

test("failing asks count like others and keep the code on show", () => {
  let session = rules.start(T0, qr("a", 0));
  for (let n = 1; n <= 6; n += 1) session = rules.askFailed(rules.askStarted(session, T0 + n * 10_000, "automatic"), PROBLEM);
  assert.equal(session.automatic, false);
  assert.equal(session.qr?.code, "a");
  assert.equal(session.problem, PROBLEM);
});

test("the button asks once, uncounted, also after the last automatic ask", () => {
  const { session } = asks(rules.start(T0), 100);
  const asked = rules.askAnswered(rules.askStarted(session, T0 + 101_000, "manual"), { ...nothing, qr: qr("b", 101) }, T0 + 101_000);
  assert.equal(asked.asked, 6);
  assert.equal(asked.qr?.code, "b");
  assert.equal(asked.automatic, false);
});

test("the countdown runs from 10 to 0", () => {
  const session = rules.askStarted(rules.start(T0), T0, "automatic");
  assert.equal(rules.secondsToAsk(session, T0 - 900), 10);
  assert.equal(rules.secondsToAsk(session, T0), 10);
  assert.equal(rules.secondsToAsk(session, T0 + 9_001), 1);
  assert.equal(rules.secondsToAsk(session, T0 + 12_000), 0);
});

test("our store goes on showing codes after the last ask", () => {
  const { session } = asks(rules.start(T0), 100);
  assert.equal(rules.storeRead(session, { qr: qr("late", 200), reason: null }, T0 + 200_000).qr?.code, "late");
});

test("a newer code replaces the one on show and says so; an older one is dropped", () => {
  const first = rules.storeRead(rules.start(T0), { qr: qr("a", 0), reason: null }, T0);
  assert.equal(first.replaced, false);
  const second = rules.storeRead(first, { qr: qr("b", 20), reason: null }, T0 + 20_000);
  assert.equal(second.replaced, true);
  assert.equal(second.qr?.code, "b");
  const overtaken = rules.askAnswered(rules.askStarted(second, T0 + 20_000, "automatic"), { ...nothing, qr: qr("a", 0) }, T0 + 21_000);
  assert.equal(overtaken.qr?.code, "b");
});

test("the same code seen again, with or without its picture, is no replacement", () => {
  const first = rules.storeRead(rules.start(T0), { qr: qr("a", 0), reason: null }, T0);
  const again = rules.storeRead(first, { qr: qr("a", 1, { image: "data:image/png;base64,AA" }), reason: null }, T0 + 1000);
  assert.equal(again.replaced, false);
  assert.equal(again.shownSince, T0);
});

for (const [by, step] of [
  ["our store", (s) => rules.storeRead(s, { qr: null, reason: "connected" }, T0)],
  ["the server's answer", (s) => rules.askAnswered(s, { ...nothing, already_connected: true }, T0)],
  ["the server's status", (s) => rules.askAnswered(s, { ...nothing, status: "connected" }, T0)],
]) {
  test(`connected by ${by}: everything stops and no code stays on the screen`, () => {
    const done = step(rules.start(T0, qr("a", 0)));
    assert.equal(done.phase, "connected");
    assert.equal(done.qr, null);
    assert.equal(rules.askDue(done, T0 + 1e9), false);
    assert.equal(rules.storeRead(done, { qr: qr("b", 9), reason: null }, T0).phase, "connected");
    assert.equal(rules.askAnswered(done, { ...nothing, qr: qr("b", 9) }, T0).qr, null);
    assert.equal(rules.askFailed(done, PROBLEM).problem, null);
  });
}

test("pairing by number ends the automatic asks, which would undo it", () => {
  assert.deepEqual(asks(rules.pairByNumber(rules.start(T0)), 100).at, []);
});

test("a code is over at its expiry, or 45 s after it was first seen when it has none", () => {
  const dated = rules.start(T0, qr("a", 0));
  assert.equal(rules.expired(dated, T0 + 44_999), false);
  assert.equal(rules.expired(dated, T0 + 45_000), true);
  const undated = rules.start(T0, qr("a", 0, { expires_at: null }));
  assert.equal(rules.expired(undated, T0 + 44_999), false);
  assert.equal(rules.expired(undated, T0 + 45_000), true);
});

test("a pairing code is written XXXX-XXXX however the gateway writes it", () => {
  assert.equal(rules.pairingCode("ABCD1234"), "ABCD-1234");
  assert.equal(rules.pairingCode("ABCD-1234"), "ABCD-1234");
  assert.equal(rules.pairingCode("odd"), "odd");
});

test("the code on show counts down to its end, and never below it", () => {
  const session = rules.start(T0, qr("a", 0));
  assert.equal(rules.secondsLeft(session, T0), 45);
  assert.equal(rules.secondsLeft(session, T0 + 44_001), 1);
  assert.equal(rules.secondsLeft(session, T0 + 60_000), 0);
  assert.equal(rules.secondsLeft(rules.start(T0), T0), null);
});
