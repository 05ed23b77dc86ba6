import assert from "node:assert/strict";
import { test } from "node:test";
import { may } from "../../../frontend/src/core/roles.js";
import { STATUS_TONES, badge, quietHours, stuckMinutes, webhookBadge } from "../../../frontend/src/core/status.js";

const NOW = Date.UTC(2026, 0, 2);
const HOUR = 3_600_000;

function instance(view, more = {}) {
  return {
    view: { label: view, reconnecting: false, stuck: false, stale: view === "stale" },
    status_since: new Date(NOW - HOUR).toISOString(),
    last_webhook_event_at: null,
    webhook: { state: "ok", proven: true, url_host: null, policy: "ours" },
    ...more,
  };
}

test("only connected is green", () => {
  const green = Object.entries(STATUS_TONES).filter(([, tone]) => tone === "good");
  assert.deepEqual(green, [["connected", "good"]]);
});

test("a number that hangs needs action, whatever its label", () => {
  const hanging = instance("connecting", { view: { label: "connecting", reconnecting: false, stuck: true, stale: false } });
  assert.equal(badge(hanging).label, "error");
  assert.equal(stuckMinutes(hanging, NOW), 60);
  assert.equal(stuckMinutes(instance("connecting"), NOW), null);
});

test("a state nobody has named yet is grey, not green", () => {
  assert.equal(badge(instance("hovering")).tone, "mute");
});

test("quiet is said after six hours, of connected numbers only", () => {
  const last = (hours) => ({ last_webhook_event_at: new Date(NOW - hours * HOUR).toISOString() });
  assert.equal(quietHours(instance("connected", last(5.9)), NOW), null);
  assert.equal(quietHours(instance("connected", last(9.5)), NOW), 9);
  assert.equal(quietHours(instance("disconnected", last(9.5)), NOW), null);
  assert.equal(quietHours(instance("connected"), NOW), null);
});

test("a webhook is green only when it is ours and proven, and never of a number we cannot see", () => {
  const tone = (state, proven, view = "connected") => webhookBadge(instance(view, { webhook: { state, proven, url_host: null, policy: "ours" } })).tone;
  assert.equal(tone("ok", true), "good");
  assert.equal(tone("ok", false), "warn");
  assert.equal(tone("incomplete", true), "warn");
  assert.equal(tone("elsewhere", true), "warn");
  assert.equal(tone("missing", true), "bad");
  assert.equal(tone("disabled", true), "bad");
  assert.equal(tone("unknown", true), "mute");
  assert.equal(tone("ok", true, "stale"), "mute");
});

test("each role may do what the lower ones may; strangers nothing", () => {
  assert.equal(may(["admin"], "viewer"), true);
  assert.equal(may(["viewer", "operator"], "operator"), true);
  assert.equal(may(["operator"], "admin"), false);
  assert.equal(may(["owners"], "viewer"), false);
  assert.equal(may([], "viewer"), false);
});
