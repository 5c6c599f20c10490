import assert from "node:assert/strict";
import { test } from "node:test";

import { axis, mel, pictureUrl } from "../../annotation/static/annotation/js/spectrogram.js";

test("mel is that of the server: 1000 Hz is 1000 mel", () => {
  assert.ok(Math.abs(mel(1000) - 1000) < 0.1);
});

test("the axis stands at the right heights of each scale", () => {
  assert.deepEqual(axis("linear").map(({ words, top }) => [words, top]), [["2 kHz", 0.75], ["4 kHz", 0.5], ["6 kHz", 0.25]]);
  const [half, two] = axis("mel");
  assert.equal(half.words, "500 Hz");
  assert.ok(Math.abs(two.top - (1 - mel(2000) / mel(8000))) < 1e-9);
});

test("switched off, no picture is fetched and no axis drawn", () => {
  assert.equal(pictureUrl("/clips/a/spectrogram/", "off"), "");
  assert.deepEqual(axis("off"), []);
});

test("the picture asked for is that of the scale", () => {
  assert.equal(pictureUrl("/clips/a/spectrogram/", "linear"), "/clips/a/spectrogram/?scale=linear");
  assert.equal(pictureUrl("", "mel"), "");
});
