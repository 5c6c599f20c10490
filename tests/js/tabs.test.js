import assert from "node:assert/strict";
import { test } from "node:test";

import { Tabs } from "../../annotation/static/annotation/js/tabs.js";

/** Tabs that hear of each other at once. `focused`: which one somebody is at. */
function open(...held) {
  const channels = held.map(() => ({ onmessage: null, close() {}, postMessage: () => {} }));
  const tabs = held.map((clips, n) => {
    const told = [];
    const parts = {
      queue: {
        drop(id) {
          const current = clips[0] === id;
          if (clips.includes(id)) clips.splice(clips.indexOf(id), 1);
          return current;
        },
      },
      busy: () => told.busy ?? false,
      stop: () => told.push("stop"),
      go: () => told.push(`go ${clips[0]}`),
    };
    channels[n].postMessage = (data) => channels.filter((one) => one !== channels[n]).forEach((one) => one.onmessage({ data }));
    return { tab: new Tabs(parts, channels[n]), told, clips };
  });
  return tabs;
}

/** @param {boolean} yes */
const focus = (yes) => (globalThis.document = { hasFocus: () => yes });

test("what one tab answered is shown by no other", () => {
  focus(true);
  const [here, other] = open(["a", "b"], ["a", "b"]);
  here.tab.tell("a");
  assert.deepEqual(other.told, ["stop", "go b"]);
  assert.deepEqual(here.told, []);
});

test("a tab that nobody is at waits with the next clip, which plays by itself", () => {
  focus(false);
  const [here, other] = open(["a", "b", "c"], ["a", "b", "c"]);
  here.tab.tell("a");
  here.tab.tell("b");
  assert.deepEqual(other.told, ["stop", "stop"]);
  other.tab.attend();
  other.tab.attend();
  assert.deepEqual(other.told, ["stop", "stop", "go c"]);
});

test("a clip further back is let go without a word", () => {
  focus(true);
  const [here, other] = open(["b"], ["a", "b"]);
  here.tab.tell("b");
  assert.deepEqual([other.told, other.clips], [[], ["a"]]);
});

test("an earlier answer that is being changed is left at peace", () => {
  focus(true);
  const [here, other] = open(["a", "b"], ["a", "b"]);
  other.told.busy = true;
  here.tab.tell("a");
  assert.deepEqual([[...other.told], other.clips], [[], ["b"]]);
});

test("a browser without channels has tabs that know nothing of each other", () => {
  const tab = new Tabs({}, null);
  tab.tell("a");
  tab.attend();
  tab.close();
});
