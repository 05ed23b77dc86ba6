import assert from "node:assert/strict";
import { test } from "node:test";
import { readProblem, silence } from "../../../frontend/src/core/problem.js";

const describe = (code) => ({ title: `title of ${code}`, detail: `detail of ${code}` });

test("a problem document is taken as it is, with its fields by name", () => {
  const body = {
    type: "urn:sambung:error:invalid_request", title: "Isian belum benar", detail: "Perbaiki.", code: "invalid_request",
    action: "none", side: "us", correlation_id: "abc", status: 422,
    errors: [{ field: "body.instance_name", reason: "too long" }, { field: "base_url", reason: "no https" }, { field: 7 }],
  };
  assert.deepEqual(readProblem(422, body, describe), {
    code: "invalid_request", title: "Isian belum benar", detail: "Perbaiki.", action: "none", side: "us", status: 422,
    correlationId: "abc", fields: { instance_name: "too long", base_url: "no https" },
  });
});

test("what is missing of a problem document comes from the catalogue", () => {
  const problem = readProblem(504, { code: "server_timeout" }, describe);
  assert.equal(problem.title, "title of server_timeout");
  assert.equal(problem.action, "none");
});

test("the HTTP API's own answers are understood by their status", () => {
  const said = (status, message) => readProblem(status, { message }, describe);
  assert.equal(said(401, "Unauthorized").code, "unauthorized");
  assert.equal(said(403, "Forbidden").code, "forbidden");
  assert.equal(said(404, "Not Found").code, "not_found");
  assert.equal(said(413, "Request Entity Too Large").code, "body_too_large");
  assert.equal(said(429, "Too Many Requests").code, "overloaded");
  assert.equal(said(500, "Internal Server Error").code, "internal");
  assert.equal(said(503, "Service Unavailable").code, "too_slow");
  assert.equal(said(429, "Too Many Requests").action, "wait");
});

test("no wording of a browser or a gateway reaches a person", () => {
  for (const body of [{ message: "Failed to fetch" }, null, "Bad Gateway", [], { message: 7 }, 5]) {
    const { title, detail } = readProblem(502, body, describe);
    assert.equal(title, "title of internal");
    assert.equal(detail, "detail of internal");
  }
  assert.equal(silence("network", describe).title, "title of network");
  assert.equal(silence("network", describe).action, "wait");
});
