import assert from "node:assert/strict";
import { test } from "node:test";

import { listDevices, openMicrophone, reasonOf, watchOver } from "../../annotation/static/annotation/js/microphone.js";

function fakeTrack() {
  const track = Object.assign(new EventTarget(), { readyState: "live", muted: false, rate: 48_000 });
  return Object.assign(track, { getSettings: () => ({ sampleRate: track.rate }) });
}

function watched() {
  const track = fakeTrack();
  const told = [];
  const watch = watchOver(track, (reason) => told.push(reason));
  return { track, told, watch };
}

test("each refusal of a browser has its reason", () => {
  const named = (name) => reasonOf(Object.assign(new Error(), { name }));
  assert.deepEqual(["NotAllowedError", "NotFoundError", "OverconstrainedError", "NotReadableError", "Odd"].map(named), [
    "denied",
    "none",
    "none",
    "busy",
    "failed",
  ]);
});

test("a page that is not secure says so instead of failing", async () => {
  await assert.rejects(openMicrophone("", "/tap.js", {}), { reason: "insecure" });
});

test("a microphone that is pulled out is told of once", () => {
  const { track, told, watch } = watched();
  track.readyState = "ended";
  track.dispatchEvent(new Event("ended"));
  watch.look();
  assert.deepEqual(told, ["ended"]);
});

test("another sampling rate is told of", () => {
  const { track, told, watch } = watched();
  watch.look();
  track.rate = 16_000;
  watch.look();
  assert.deepEqual(told, ["rate"]);
});

/** The devices of a machine, where the usual microphone may become another one. */
function fakeDevices(label) {
  const devices = Object.assign(new EventTarget(), { label });
  const list = async () => [
    { kind: "audiooutput", deviceId: "default", groupId: "g", label: "Loudspeaker" },
    ...(devices.label ? [{ kind: "audioinput", deviceId: "default", groupId: "g", label: devices.label }] : []),
  ];
  return Object.assign(devices, { enumerateDevices: list });
}

for (const [now, reasons] of [["Default - Headset", ["device"]], ["Default - Desk", []], ["", []]]) {
  test(`the usual microphone is now "${now}": told as ${reasons.join() || "nothing"}`, async () => {
    const track = fakeTrack();
    const settings = { sampleRate: 48_000, deviceId: "default" };
    const devices = fakeDevices("Default - Desk");
    const told = [];
    const watch = watchOver(Object.assign(track, { getSettings: () => settings }), (reason) => told.push(reason), devices);
    await devices.enumerateDevices();
    devices.label = now;
    devices.dispatchEvent(new Event("devicechange"));
    await new Promise((done) => setTimeout(done, 1));
    watch.stop();
    assert.deepEqual(told, reasons);
  });
}

test("a switch of the microphone for longer than a hiccup is told of", (context) => {
  let now = 1000;
  context.mock.method(performance, "now", () => now);
  const { track, told, watch } = watched();
  watch.heard();
  track.muted = true;
  watch.look();
  assert.deepEqual(told, []);
  now += 400;
  watch.look();
  assert.deepEqual(told, ["muted"]);
});

test("a microphone from which nothing comes is told of", (context) => {
  let now = 1000;
  context.mock.method(performance, "now", () => now);
  const { told, watch } = watched();
  now += 2_000;
  watch.look();
  watch.heard();
  now += 2_000;
  watch.look();
  assert.deepEqual(told, []);
  now += 2_000;
  watch.look();
  assert.deepEqual(told, [], "the page itself may have been held up");
  watch.look();
  assert.deepEqual(told, ["stalled"]);
});

test("only microphones are offered, once they may be known", async () => {
  const devices = [
    { kind: "audioinput", deviceId: "", label: "" },
    { kind: "audioinput", deviceId: "a", label: "Desk" },
    { kind: "videoinput", deviceId: "b", label: "Camera" },
  ];
  assert.deepEqual(await listDevices({ enumerateDevices: async () => devices }), [{ id: "a", label: "Desk" }]);
  assert.deepEqual(await listDevices(null), []);
});
