import assert from "node:assert/strict";
import { test } from "node:test";

import { toWav } from "../../annotation/static/annotation/js/wav.js";

test("decoded sound becomes a WAV file of the same samples", async () => {
  const samples = Float32Array.of(0, 0.5, -1, 2);
  const file = toWav({ sampleRate: 48_000, getChannelData: () => samples });
  const view = new DataView(await file.arrayBuffer());
  const text = (at) => String.fromCharCode(...Array.from({ length: 4 }, (_, n) => view.getUint8(at + n)));
  assert.deepEqual([text(0), text(8), text(36)], ["RIFF", "WAVE", "data"]);
  assert.deepEqual([view.getUint32(24, true), view.getUint32(40, true), view.byteLength], [48_000, 8, 52]);
  const stored = [0, 1, 2, 3].map((n) => view.getInt16(44 + 2 * n, true));
  assert.deepEqual(stored, [0, 16384, -32767, 32767]);
});
