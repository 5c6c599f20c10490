import assert from "node:assert/strict";
import { test } from "node:test";

import { commandOf } from "../../annotation/static/annotation/js/keys.js";
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
