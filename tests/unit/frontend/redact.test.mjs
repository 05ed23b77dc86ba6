import assert from "node:assert/strict";
import { test } from "node:test";
import { redact } from "../../../frontend/src/core/redact.js";

test("a phone number keeps its ends alone", () => {
  assert.equal(redact("nomor 6281234567890, bukan +6289876543210."), "nomor 6281…890, bukan 6289…210.");
});

test("an address keeps its host and loses paths, keys and names", () => {
  assert.equal(redact("POST https://u:p@bot.example.com/hook/t/abc?key=1"), "POST https://bot.example.com/…");
});

test("what follows the name of a secret is left out", () => {
  for (const text of ["Bearer abcdef123456", "apikey: abcdef123456", '"token":"abcdef123456"', "password=abcdef123456"]) {
    assert.equal(redact(text).includes("abcdef123456"), false, redact(text));
  }
});

test("times, versions, codes and ids stay", () => {
  const text = "2026-11-22T02:05:00Z v2.3.6 kode 401, 3 kali, 127.0.0.1:8400 1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed";
  assert.equal(redact(text), text);
});
