import assert from "node:assert/strict";
import { test } from "node:test";
import { channelUrl, FIELDS, KINDS } from "../../../frontend/src/core/channel-url.js";

test("a Telegram bot and a group become one line", () => {
  assert.equal(channelUrl("telegram", { token: " 123456:AbC-d_e ", chat: "-100987" }), "tgram://123456:AbC-d_e/-100987");
});

test("a Slack webhook is recognised by its address", () => {
  const slack = "https://hooks.slack.com/services/T0/B1/xyz";
  assert.equal(channelUrl("slack", { slack }), "slack://T0/B1/xyz");
  assert.equal(channelUrl("slack", { slack: "https://example.com/services/T0/B1/xyz" }), null);
});

test("what a mailbox and its password hold cannot change the address", () => {
  const url = channelUrl("email", { smtp: "smtp.example.com:587", user: "a@example.com", password: "p@ss/w?rd", to: "b@example.com" });
  assert.equal(url, "mailtos://a%40example.com:p%40ss%2Fw%3Frd@smtp.example.com:587?smtp=smtp.example.com&to=b%40example.com&from=a%40example.com");
});

test("a webhook keeps to https where it was https", () => {
  assert.equal(channelUrl("webhook", { address: "https://example.com/hook?x=1" }), "jsons://example.com/hook?x=1");
  assert.equal(channelUrl("webhook", { address: "http://example.com/hook" }), "json://example.com/hook");
  assert.equal(channelUrl("webhook", { address: "ftp://example.com" }), null);
});

test("nothing is built while a field is empty", () => {
  for (const kind of KINDS) {
    for (const missing of FIELDS[kind]) {
      const form = Object.fromEntries(FIELDS[kind].map((name) => [name, name === missing ? " " : "123456:abc"]));
      assert.equal(channelUrl(kind, form), null, `${kind} without ${missing}`);
    }
  }
});
