import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.HTMLTimeElement ??= class {};
const { localTime, showLocalTimes } = await import("../../platform/speecheq/static/speecheq/js/times.js");

const evening = new Date(2026, 2, 1, 19, 5, 9).toISOString();

function time(textContent) {
  const made = new globalThis.HTMLTimeElement();
  return Object.assign(made, { dateTime: evening, textContent, title: "", dataset: { utc: "" } });
}

test("a moment is told in the reader's own time, as long as the server wrote it", () => {
  assert.equal(localTime(evening, 16), "2026-03-01 19:05");
  assert.equal(localTime(evening, 19), "2026-03-01 19:05:09");
});

test("what the server wrote stays in the title, and nothing is rewritten twice", () => {
  const one = time("2026-03-01 11:05 UTC");
  const root = { querySelectorAll: () => ("utc" in one.dataset ? [one] : []) };
  showLocalTimes(root);
  showLocalTimes(root);
  assert.equal(one.textContent, "2026-03-01 19:05");
  assert.equal(one.title, "2026-03-01 11:05 UTC");
});
