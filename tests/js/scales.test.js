import assert from "node:assert/strict";
import { test } from "node:test";

import { digitOf, valueOfDigit } from "../../annotation/static/annotation/js/scales.js";
import { press } from "./fakes.js";

const pictures = { min: 1, max: 9, step: 1 };
const slider = { min: -50, max: 50, step: 5 };

test("where every value is one digit, a digit is its value", () => {
  assert.equal(valueOfDigit(1, pictures), 1);
  assert.equal(valueOfDigit(9, pictures), 9);
  assert.equal(valueOfDigit(0, pictures), null);
  assert.equal(valueOfDigit(7, { min: 1, max: 5, step: 1 }), null);
  assert.equal(valueOfDigit(3, { min: 0, max: 8, step: 2 }), null);
});

test("elsewhere a digit is so many tenths of the scale, on a step of it", () => {
  assert.equal(valueOfDigit(0, slider), -50);
  assert.equal(valueOfDigit(5, slider), 0);
  assert.equal(valueOfDigit(9, slider), 40);
  assert.equal(valueOfDigit(5, { min: 0, max: 1, step: 0.1 }), 0.5);
});

test("every digit leads to a value that the scale has", () => {
  for (const scale of [slider, { min: 0, max: 100, step: 3 }, { min: 1, max: 20, step: 1 }]) {
    for (let digit = 0; digit <= 9; digit++) {
      const value = valueOfDigit(digit, scale);
      assert.ok(value >= scale.min && value <= scale.max && (value - scale.min) % scale.step === 0, `${digit}: ${value}`);
    }
  }
});

test("digits are read by position, on either side of the keyboard, without modifiers", () => {
  assert.equal(digitOf(press("Digit4")), 4);
  assert.equal(digitOf(press("Numpad4")), 4);
  assert.equal(digitOf(press("", { key: "4" })), 4);
  assert.equal(digitOf(press("KeyV")), null);
  assert.equal(digitOf(press("Digit4", { shiftKey: true })), null);
});
