import assert from "node:assert/strict";
import { test } from "node:test";

import { answerInWords, refusalInWords, timeInWords } from "../../annotation/static/annotation/js/words.js";

const names = {
  esc: { HAP: "快乐", SAD: "悲伤", JOY: "喜悦" },
  extras: { valence: "效价" },
  confidence: { 0.6: "比较确定", 1: "确定" },
  flags: { noise: "有噪声" },
};

test("an answer is told in the words of the page alone", () => {
  const answer = {
    labels: [{ esc: "HAP", eis: 2 }],
    secondary: ["SAD"],
    extras: { valence: 7 },
    confidence: 0.6,
    flags: ["noise"],
    comment: "轻",
    listened_ms: 900,
    replays: 1,
    scheme: "seqd-1@1",
  };
  assert.equal(answerInWords(answer, names), "快乐 2 · + 悲伤 · 效价 7 · 比较确定 · 有噪声 · “轻”");
});

test("several emotions are named, and what was not given is left out", () => {
  const labels = [{ esc: "JOY", eis: 3 }, { esc: "SAD", eis: 0 }];
  assert.equal(answerInWords({ labels, flags: [], comment: "" }, names), "喜悦 3 · 悲伤 0");
  assert.equal(answerInWords({ labels: [{ esc: "HAP", eis: null }], confidence: null }, names), "快乐");
});

test("a code that the page does not know is shown as it is", () => {
  const answer = { labels: [{ esc: "ZZZ", eis: 1 }], confidence: 0.5 };
  assert.equal(answerInWords(answer, names), "ZZZ 1 · 50 %");
});

test("a refusal is told in the server's words, after those of the page for its code", () => {
  const texts = { "error.error": "服务器拒绝了。" };
  assert.equal(refusalInWords(texts, { code: "error", message: "403" }), "服务器拒绝了。 (403)");
  assert.equal(refusalInWords(texts, { code: "too_long", message: "消息过长。" }), "消息过长。");
});

test("times are of 24 hours, in the reader's own time zone", () => {
  const evening = new Date(2026, 2, 1, 19, 5, 9);
  assert.equal(timeInWords(evening.getTime()), "19:05:09");
  assert.equal(timeInWords(evening.toISOString(), true), "2026-03-01 19:05");
});
