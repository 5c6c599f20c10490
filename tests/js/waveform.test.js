import assert from "node:assert/strict";
import { test } from "node:test";

import { columns, drawingGain, mountWaveform } from "../../annotation/static/annotation/js/waveform.js";

const peaks = (data, bits = 16) => ({ version: 1, bits, sample_rate_hz: 16000, samples_per_peak: 160, duration_ms: 40, data });

test("a column spans the lowest and highest of its peaks, as shares of full scale", () => {
  const drawn = columns(peaks([-16384, 8192, -32768, 0, 0, 16384, -8192, 0]), 2);
  assert.deepEqual(drawn, [[-1, 0.25], [-0.25, 0.5]]);
});

test("more columns than peaks repeat them", () => {
  assert.deepEqual(columns(peaks([-64, 64], 8), 3), [[-0.5, 0.5], [-0.5, 0.5], [-0.5, 0.5]]);
});

test("no peaks, no columns", () => {
  assert.deepEqual(columns(peaks([]), 10), []);
});

test("a loud clip is drawn as it is, a quiet one is enlarged to two thirds, never beyond the edge", () => {
  assert.equal(drawingGain([[-0.9, 0.8]]), 1);
  assert.ok(Math.abs(drawingGain([[-0.01, 0.02]]) * 0.02 - 0.66) < 1e-9);
  assert.ok(drawingGain([[0, 0]]) < Infinity);
});

test("the server's drawing makes way for the first of ours, whatever it shows", () => {
  const canvas = Object.assign(new EventTarget(), {
    ownerDocument: new EventTarget(),
    clientWidth: 10,
    clientHeight: 10,
    getContext: () => null,
  });
  Object.assign(globalThis, {
    ResizeObserver: class {
      observe() {}
      disconnect() {}
    },
    matchMedia: () => new EventTarget(),
  });
  let removed = 0;
  const waveform = mountWaveform(canvas, { remove: () => removed++ });
  assert.equal(removed, 0);
  waveform.show(null);
  assert.equal(removed, 1);
  waveform.unmount();
});
