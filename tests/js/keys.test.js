import assert from "node:assert/strict";
import { test } from "node:test";

import { commandOf, letGoAfterPointer } from "../../annotation/static/annotation/js/keys.js";
import { press } from "./fakes.js";

test("the position on the keyboard is the command", () => {
  assert.equal(commandOf(press("Digit2", { key: "é" })), "Digit2");
});

test("a Chinese input method that reports key code 229 swallows nothing", () => {
  assert.equal(commandOf(press("KeyH", { key: "Process", keyCode: 229, isComposing: true })), "KeyH");
});

test("digits of the number block count as digits", () => {
  assert.equal(commandOf(press("Numpad3")), "Digit3");
  assert.equal(commandOf(press("NumpadEnter")), "Enter");
});

test("a keyboard without codes is read by its letters", () => {
  assert.equal(commandOf(press("", { key: "h" })), "KeyH");
  assert.equal(commandOf(press("", { key: "5" })), "Digit5");
  assert.equal(commandOf(press("", { key: " " })), "Space");
});

test("what is typed into a text field is no command", () => {
  assert.equal(commandOf(press("Digit2", { matches: ["textarea"] })), "");
});

test("a held key and a shortcut of the browser are no commands", () => {
  assert.equal(commandOf(press("Enter", { repeat: true })), "");
  for (const modifier of ["ctrlKey", "metaKey", "altKey"]) {
    assert.equal(commandOf(press("KeyR", { [modifier]: true })), "", modifier);
  }
});

test("Shift makes another command of a key", () => {
  assert.equal(commandOf(press("Digit2", { shiftKey: true })), "Shift+Digit2");
  assert.equal(commandOf(press("Digit2", { shiftKey: true, matches: ["textarea"] })), "");
});

test("Space and Enter keep their meaning on a button", () => {
  assert.equal(commandOf(press("Space", { matches: ["button"] })), "");
  assert.equal(commandOf(press("Enter", { matches: ["a[href]"] })), "");
});

test("Space chooses a radio that is not chosen, and replays on one that is", () => {
  assert.equal(commandOf(press("Space", { matches: ["input[type=radio]:not(:checked)"] })), "");
  assert.equal(commandOf(press("Space")), "Space");
});

/** What is on a page: it notes whether it lost the focus. */
function control(...kinds) {
  const made = {
    lost: false,
    matches: (selector) => kinds.includes(selector),
    closest: (selector) => (selector.split(", ").some((one) => kinds.includes(one)) ? made : null),
    blur: () => (made.lost = true),
  };
  return made;
}

/** A page whose events a test makes. */
function pageOfPointers() {
  const heard = {};
  letGoAfterPointer({ addEventListener: (name, action) => (heard[name] = action) }, new AbortController().signal);
  return (name, target, more = {}) => heard[name]({ target, ...more });
}

test("a button that was pressed with a pointer gives the focus back, one that was pressed by key keeps it", () => {
  const happen = pageOfPointers();
  const [pressed, keyed] = [control("button"), control("button")];
  happen("click", pressed, { detail: 1 });
  happen("click", keyed, { detail: 0 });
  assert.deepEqual([pressed.lost, keyed.lost], [true, false]);
});

test("in a dialog the focus stays where it is", () => {
  const happen = pageOfPointers();
  const inDialog = control("button", "dialog");
  happen("click", inDialog, { detail: 1 });
  assert.equal(inDialog.lost, false);
});

test("a list gives the focus back after a choice by pointer, and keeps it after one by key", () => {
  const happen = pageOfPointers();
  const [pointed, keyed] = [control("select"), control("select")];
  happen("pointerdown", pointed);
  happen("change", pointed);
  happen("pointerdown", keyed);
  happen("keydown", keyed);
  happen("change", keyed);
  assert.deepEqual([pointed.lost, keyed.lost], [true, false]);
});
