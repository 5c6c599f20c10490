import assert from "node:assert/strict";
import { test } from "node:test";

import { makeApi, Refused, Unreachable } from "../../annotation/static/annotation/js/api.js";

function serving(status, body, seen = []) {
  const fetch = async (url, options) => (seen.push({ url, ...options }), new Response(body, { status }));
  return makeApi({ csrf: "token", fetch });
}

test("it sends JSON with the CSRF token and the headers given", async () => {
  const seen = [];
  const answer = await serving(200, '{"id": "x"}', seen).post("/a/", { count: 2 }, { "Idempotency-Key": "k" });
  assert.deepEqual(answer, { id: "x" });
  assert.equal(seen[0].body, '{"count":2}');
  assert.equal(seen[0].headers["X-CSRFToken"], "token");
  assert.equal(seen[0].headers["Idempotency-Key"], "k");
});

test("a problem answer is a refusal in the server's words", async () => {
  const call = serving(422, '{"code": "neu_needs_zero", "detail": "NEU has no intensity."}').post("/a/", {});
  await assert.rejects(call, (error) => error instanceof Refused && error.code === "neu_needs_zero" && error.status === 422);
});

test("a refusal without words is still a refusal", async () => {
  await assert.rejects(serving(404, "<html>").get("/a/"), Refused);
});

test("an overloaded server and a lost network mean: later", async () => {
  for (const status of [429, 500, 502, 503, 504]) {
    await assert.rejects(serving(status, "").get("/a/"), Unreachable, `${status}`);
  }
  const offline = makeApi({ csrf: "", fetch: async () => Promise.reject(new TypeError("Failed to fetch")) });
  await assert.rejects(offline.get("/a/"), Unreachable);
});
