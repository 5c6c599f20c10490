import assert from "node:assert/strict";
import { test } from "node:test";

import { decodePcm, encodePcm, joined, wavFile } from "../../annotation/static/annotation/js/wav_encode.js";

const text = (bytes, from, to) => String.fromCharCode(...bytes.subarray(from, to));

for (const bits of [16, 24]) {
  test(`what a converter of ${bits} bits gave comes back bit for bit`, () => {
    const scale = 2 ** (bits - 1);
    const values = [0, 1, -1, 12345, -12345, scale - 1, -scale];
    const samples = Float32Array.from(values, (value) => value / scale);
    assert.deepEqual([...decodePcm(encodePcm(samples, bits), bits)], [...samples]);
  });

  test(`what lies above full scale of ${bits} bits is cut and does not wrap`, () => {
    const [high, low] = decodePcm(encodePcm(Float32Array.of(1.5, -1.5), bits), bits);
    assert.ok(high > 0.9999 && low === -1);
  });
}

test("any sample is at most half a step away after it was written", () => {
  const samples = Float32Array.from({ length: 5000 }, (_, n) => 0.9 * Math.sin(n * n));
  for (const bits of [16, 24]) {
    const again = decodePcm(encodePcm(samples, bits), bits);
    const worst = Math.max(...samples.map((value, n) => Math.abs(value - again[n])));
    assert.ok(worst <= 0.5 / 2 ** (bits - 1) + 1e-9, `${worst} at ${bits} bits`);
  }
});

test("a file has one channel at the rate and width that were given", () => {
  const file = wavFile([encodePcm(new Float32Array(100), 24)], { rate_hz: 44_100, bits: 24 });
  const view = new DataView(file.buffer);
  assert.equal(text(file, 0, 4) + text(file, 8, 16) + text(file, 36, 40), "RIFFWAVEfmt data");
  assert.deepEqual([view.getUint16(22, true), view.getUint32(24, true), view.getUint16(34, true)], [1, 44_100, 24]);
  assert.deepEqual([view.getUint32(28, true), view.getUint16(32, true)], [44_100 * 3, 3]);
  assert.equal(view.getUint32(40, true), 300);
});

test("the sizes in the header are those of the file, also where samples end at an odd byte", () => {
  for (const frames of [0, 1, 2, 3]) {
    const file = wavFile([encodePcm(new Float32Array(frames), 24)], { rate_hz: 48_000, bits: 24 });
    const view = new DataView(file.buffer);
    assert.equal(view.getUint32(40, true), 3 * frames);
    assert.equal(view.getUint32(4, true), file.length - 8);
    assert.equal(file.length % 2, 0);
  }
});

test("pieces written one after the other are the file of the whole", () => {
  const samples = Float32Array.from({ length: 1000 }, (_, n) => Math.sin(n / 9));
  const format = { rate_hz: 48_000, bits: 16 };
  const pieces = [samples.subarray(0, 333), samples.subarray(333, 900), samples.subarray(900)].map((part) => encodePcm(part, 16));
  assert.deepEqual(wavFile(pieces, format), wavFile([encodePcm(samples, 16)], format));
});

test("parts are joined in order", () => {
  assert.deepEqual([...joined([Float32Array.of(1, 2), Float32Array.of(), Float32Array.of(3)])], [1, 2, 3]);
});
