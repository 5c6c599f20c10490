import assert from "node:assert/strict";
import { test } from "node:test";

import { makeMeter, placeOf } from "../../annotation/static/annotation/js/meter.js";

const TEXTS = { "level.good": "good", "level.clipped": "clipped", "level.idle": "not recording" };
const LEVEL = { level_dbfs: -22, peak_dbfs: -12, hold_dbfs: -12, clipped: false };

/** The parts of a meter, as far as it touches them. */
function picture() {
  const element = () => ({ attributes: {}, dataset: {}, textContent: "", setAttribute(name, value) { this.attributes[name] = value; } });
  const parts = new Map();
  const part = (name) => parts.get(name) ?? parts.set(name, element()).get(name);
  const root = Object.assign(element(), { querySelector: (selector) => part(/meter="(\w+)"/.exec(selector)[1]) });
  return { show: makeMeter(root, TEXTS), root, part };
}

test("the level of a take is shown and judged", () => {
  const { show, root, part } = picture();
  show(LEVEL);
  assert.deepEqual([part("value").textContent, part("word").textContent, part("bar").attributes.width], ["-22 dBFS", "good", placeOf(-22).toFixed(1)]);
  assert.deepEqual([root.attributes["aria-valuenow"], root.attributes["aria-valuetext"]], ["-22", "good"]);
});

test("what is heard and not recorded is shown and not judged", () => {
  const { show, root, part } = picture();
  show(LEVEL);
  show(LEVEL, false);
  assert.deepEqual([part("value").textContent, part("word").textContent, root.dataset.level], ["-22 dBFS", "not recording", "idle"]);
});

test("where nothing is heard the meter is empty", () => {
  const { show, root, part } = picture();
  show({ ...LEVEL, clipped: true });
  show(null);
  assert.deepEqual([part("value").textContent, part("word").textContent, part("bar").attributes.width], ["–", "not recording", "0.0"]);
  assert.deepEqual(["hold", "clip"].map((name) => part(name).attributes.visibility), ["hidden", "hidden"]);
  assert.equal(root.attributes["aria-valuetext"], "not recording");
});
