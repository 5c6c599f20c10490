import assert from "node:assert/strict";
import { test } from "node:test";

import { mountHints } from "../../annotation/static/annotation/js/hints.js";

const TEXTS = { press_to_play: "Press Space to play.", choose_esc: "Choose an emotion first.", listen_first: "Listen to the end first: %s s." };

function line() {
  const status = { textContent: "" };
  return { status, hints: mountHints(status, TEXTS) };
}

test("what is told takes the place of what was told before", () => {
  const { status, hints } = line();
  hints.tell("choose_esc");
  hints.tell("listen_first", 0.4);
  assert.equal(status.textContent, "Listen to the end first: 0.4 s.");
  hints.tell("");
  assert.equal(status.textContent, "");
});

test("that the sound waits is told beside what was told, and taken back alone", () => {
  const { status, hints } = line();
  hints.tell("choose_esc");
  hints.add("press_to_play");
  hints.add("press_to_play");
  assert.equal(status.textContent, "Choose an emotion first. Press Space to play.");
  hints.takeBack("press_to_play");
  assert.equal(status.textContent, "Choose an emotion first.");
});

test("what was not told is not taken back, so that nothing is read out twice", () => {
  const { status, hints } = line();
  hints.tell("choose_esc");
  Object.defineProperty(status, "textContent", { set: () => assert.fail("told again") });
  hints.takeBack("press_to_play");
});

test("a page without the line is told nothing", () => {
  const hints = mountHints(null, TEXTS);
  hints.tell("choose_esc");
  hints.takeBack("choose_esc");
});
