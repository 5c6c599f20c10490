import assert from "node:assert/strict";
import { test } from "node:test";

import { isBad, mainAction, startFlow, step } from "../../annotation/static/annotation/js/recorder_flow.js";

const place = (id, more = {}) => ({ id, kind: "speech", isTraining: false, scenario: "", state: "waiting", verdict: "", good: false, waiting: 0, ...more });
/** One that was spoken, and badly. */
const bad = (id, more = {}) => place(id, { state: "recorded", verdict: "red", ...more });
const TONE = place("room_tone", { kind: "room_tone" });

/** A session one can drive: `flow.on("press")`, `flow.effects`. */
function session({ places = [place("a"), place("b"), place("c")], mode = "manual", countdown_s = 0, blocked = "" } = {}) {
  const driven = {
    state: startFlow({ places, mode, countdown_s, blocked }),
    effects: [],
    on(type, more = {}) {
      const next = step(driven.state, { type, ...more });
      Object.assign(driven, next);
      return driven;
    },
    get place() {
      return driven.state.places[driven.state.at]?.id;
    },
    get phase() {
      return driven.state.phase;
    },
    /** Speak one take. */
    speak(verdict = "green") {
      driven.on("press").on("press");
      return driven.on("stored", { id: driven.place, verdict });
    },
    news(places, blocked = "") {
      const told = driven.state.places.map(({ id, state, verdict, good }) => ({ id, state, verdict, good, ...places[id] }));
      return driven.on("news", { blocked, places: told });
    },
  };
  return driven;
}

/** One whose microphone is there and that was begun. */
const begun = (more) => session(more).on("microphone", { there: true }).on("begin");

test("nothing begins without a microphone", () => {
  const flow = session().on("begin");
  assert.equal(flow.phase, "setup");
  assert.equal(mainAction(flow.state), "none");
});

test("room tone comes first, then the prompts", () => {
  const flow = begun({ places: [TONE, place("a")] });
  assert.equal(flow.place, "room_tone");
  assert.equal(flow.speak().on("press").place, "a");
});

test("a session goes on at the first prompt that is open", () => {
  const flow = begun({ places: [place("a", { state: "recorded" }), place("b", { state: "skipped" }), place("c")] });
  assert.equal(flow.place, "c");
});

test("one key records, stops and goes on", () => {
  const flow = begun().on("press");
  assert.deepEqual([flow.phase, flow.effects], ["recording", ["record"]]);
  flow.on("press");
  assert.deepEqual([flow.phase, flow.effects], ["saving", ["stop"]]);
  flow.on("stored", { id: "a", verdict: "green" });
  assert.deepEqual([flow.phase, mainAction(flow.state)], ["review", "next"]);
  assert.deepEqual([flow.on("press").place, flow.phase], ["b", "ready"]);
});

test("after a bad take the same key records it once more", () => {
  const flow = begun().speak("red");
  assert.equal(mainAction(flow.state), "again");
  assert.deepEqual([flow.on("press").place, flow.phase], ["a", "recording"]);
});

test("a countdown comes before the microphone is opened, and can be left", () => {
  const flow = begun({ countdown_s: 2 }).on("press");
  assert.deepEqual([flow.phase, flow.state.left, flow.effects], ["countdown", 2, ["tick"]]);
  flow.on("tick");
  assert.deepEqual([flow.phase, flow.state.left], ["countdown", 1]);
  assert.equal(flow.on("press").phase, "ready");
  assert.equal(flow.on("tick").phase, "ready");
  flow.on("press").on("tick").on("tick");
  assert.deepEqual([flow.phase, flow.effects], ["recording", ["record"]]);
});

test("a scenario is read before its prompt, once", () => {
  const flow = begun({ places: [place("a", { scenario: "You lost your keys." }), place("b")] });
  assert.deepEqual([flow.phase, mainAction(flow.state)], ["scenario", "read"]);
  assert.equal(flow.on("press").phase, "ready");
  assert.equal(flow.on("next").on("previous").phase, "ready");
});

test("auto-advance goes on after a good take and stays after a bad one", () => {
  const flow = begun({ mode: "auto_advance" }).speak("green");
  assert.deepEqual(flow.effects, ["advance"]);
  assert.deepEqual([flow.on("advance").place, flow.phase], ["b", "ready"]);
  flow.speak("red");
  assert.deepEqual([flow.effects, flow.on("advance").place], [[], "b"]);
});

test("auto-record starts the next prompt by itself, after a moment to read it", () => {
  const flow = begun({ mode: "auto_record" });
  assert.deepEqual([flow.phase, flow.effects], ["countdown", ["tick"]]);
  flow.on("tick").on("press").on("stored", { id: "a", verdict: "yellow" }).on("advance");
  assert.deepEqual([flow.place, flow.phase, flow.effects], ["b", "countdown", ["tick"]]);
});

test("auto-record does not start what was recorded already when one looks back", () => {
  const flow = begun({ mode: "auto_record" }).on("tick").on("press").on("stored", { id: "a", verdict: "green" }).on("advance");
  assert.deepEqual([flow.on("previous").place, flow.phase], ["a", "ready"]);
});

test("a step forward during the wait for the next prompt is one step and not two", () => {
  const flow = begun({ mode: "auto_advance" }).speak().on("next").on("advance");
  assert.equal(flow.place, "b");
});

test("recording again keeps the place and counts what waits", () => {
  const flow = begun().speak("yellow").on("again").on("press").on("stored", { id: "a", verdict: "green" });
  assert.deepEqual([flow.place, flow.state.places[0].waiting, flow.state.places[0].verdict], ["a", 2, "green"]);
});

test("while somebody speaks no key changes the prompt", () => {
  const flow = begun().on("press");
  for (const key of ["next", "previous", "again", "begin"]) assert.equal(flow.on(key).phase, "recording");
  assert.equal(flow.on("go", { at: 2 }).place, "a");
});

test("the end of the list is the end; one can go back from there", () => {
  const flow = begun().speak().on("press").speak().on("press").speak().on("press");
  assert.equal(flow.phase, "done");
  assert.equal(mainAction(flow.state), "none");
  assert.equal(flow.on("previous").place, "c");
});

test("at the end one key leads to what was passed over", () => {
  const flow = begun().on("next").speak().on("press").on("next");
  assert.deepEqual([flow.phase, mainAction(flow.state)], ["done", "rest"]);
  assert.deepEqual([flow.on("press").place, flow.phase], ["a", "ready"]);
  assert.deepEqual([flow.speak().on("press").place, flow.phase], ["c", "ready"]);
});

test("a prompt of which only a bad take is there is not done", () => {
  assert.equal(isBad(bad("a")), true);
  assert.equal(isBad(bad("a", { good: true })), false, "an earlier take of it can be used");
  assert.equal(isBad(bad("a", { isTraining: true })), false, "practice need not be good");
  assert.equal(isBad(bad("a", { state: "skipped" })), false);
  assert.equal(isBad(place("a", { state: "recorded", verdict: "yellow" })), false);
});

test("what has only a bad take is said again at the end, by the same key, and nothing else is", () => {
  const flow = begun().speak("red").on("next").speak("green").on("press").speak("red").on("next");
  assert.deepEqual([flow.phase, mainAction(flow.state)], ["done", "rest"]);
  assert.deepEqual([flow.on("press").place, flow.phase], ["a", "ready"]);
  assert.equal(flow.speak("green").on("press").place, "c");
  flow.speak("red").on("next");
  assert.deepEqual([flow.phase, mainAction(flow.state)], ["done", "rest"], "still bad: offered once more");
  flow.on("press").speak("yellow").on("press");
  assert.deepEqual([flow.phase, mainAction(flow.state)], ["done", "none"]);
});

test("a session that goes on where all was spoken begins with the offer to say bad ones again", () => {
  const flow = begun({ places: [place("a", { state: "recorded", verdict: "green", good: true }), bad("b")] });
  assert.deepEqual([flow.phase, mainAction(flow.state)], ["done", "rest"]);
  assert.equal(flow.on("press").place, "b");
});

const badTone = (more = {}) => bad("room_tone", { kind: "room_tone", ...more });

test("a visit begins with a room tone that is not good enough, and goes on with what is open", () => {
  const flow = begun({ places: [badTone(), place("a", { state: "recorded" }), place("b")] });
  assert.deepEqual([flow.place, flow.phase], ["room_tone", "ready"]);
  assert.equal(flow.speak("red").place, "room_tone");
  assert.equal(mainAction(flow.state), "again");
  assert.equal(flow.on("press").on("press").on("stored", { id: "room_tone", verdict: "green" }).on("press").place, "b");
});

test("a room tone that stays bad can be passed over, to what is open", () => {
  const places = [badTone(), place("a", { state: "recorded" }), place("b")];
  assert.equal(begun({ places }).on("next").place, "b");
  assert.equal(begun({ places: places.slice(0, 2) }).on("next").place, "a");
  assert.equal(begun({ places: [TONE, place("a", { state: "recorded" })] }).on("next").place, "a");
});

test("where all is spoken the end comes after the room", () => {
  const flow = begun({ places: [badTone(), place("a", { state: "recorded", verdict: "green", good: true })] }).speak("green").on("press");
  assert.deepEqual([flow.phase, mainAction(flow.state)], ["done", "none"]);
});

test("a room tone that can be used, or that somebody chose, is not asked for again", () => {
  for (const usable of [badTone({ good: true }), badTone({ verdict: "yellow", good: true })]) {
    assert.equal(begun({ places: [usable, place("a")] }).place, "a");
  }
});

test("in auto-record a room tone that is not good enough starts by itself, too", () => {
  const flow = begun({ mode: "auto_record", places: [badTone(), place("a")] });
  assert.deepEqual([flow.place, flow.phase], ["room_tone", "countdown"]);
  flow.on("tick").on("press").on("stored", { id: "room_tone", verdict: "green" }).on("advance");
  assert.equal(flow.place, "a");
});

test("in auto-record what is said again starts by itself, too", () => {
  const flow = begun({ mode: "auto_record", places: [bad("a"), bad("b")] }).on("press");
  assert.deepEqual([flow.place, flow.phase], ["a", "countdown"]);
  flow.on("tick").on("press").on("stored", { id: "a", verdict: "green" }).on("advance");
  assert.deepEqual([flow.place, flow.phase], ["b", "countdown"]);
});

test("nothing is said again without a microphone, or while blocked", () => {
  const flow = begun({ places: [bad("a")] });
  assert.equal(mainAction(flow.on("microphone", { there: false }).state), "none");
  assert.equal(mainAction(flow.on("microphone", { there: true }).news({}, "paused").state), "none");
});

test("after a bad take of practice the key goes on", () => {
  const flow = begun({ places: [place("a", { isTraining: true }), place("b")] }).speak("red");
  assert.equal(mainAction(flow.state), "next");
  assert.equal(flow.on("press").place, "b");
});

test("after a bad take the key goes on where an earlier one can be used", () => {
  const flow = begun().speak("green").on("sent", { id: "a", verdict: "green" }).on("again").on("press").on("stored", { id: "a", verdict: "red" });
  assert.deepEqual([mainAction(flow.state), isBad(flow.state.places[0])], ["next", false]);
});

test("what this page found good and the server bad is bad once the server has told", () => {
  const flow = begun().speak("green").on("sent", { id: "a", verdict: "red" }).news({ a: { state: "recorded", verdict: "red", good: false } });
  assert.deepEqual([mainAction(flow.state), isBad(flow.state.places[0])], ["again", true]);
});

test("a take that the operator chose although it is bad counts", () => {
  const flow = begun().speak("red").on("sent", { id: "a", verdict: "red" }).news({ a: { state: "recorded", verdict: "red", good: true } });
  assert.equal(isBad(flow.state.places[0]), false);
});

test("auto-advance comes back to what was passed over", () => {
  const flow = begun({ mode: "auto_advance" }).on("next").speak().on("advance").speak().on("advance");
  assert.equal(flow.place, "a");
});

test("a microphone that is pulled out ends the take, and nothing starts without one", () => {
  const flow = begun().on("press").on("microphone", { there: false });
  assert.deepEqual([flow.phase, flow.effects], ["saving", ["stop"]]);
  flow.on("stored", { id: "a", verdict: "yellow" });
  assert.equal(mainAction(flow.state), "none");
  assert.equal(flow.on("again").phase, "review");
  assert.equal(begun({ countdown_s: 3 }).on("press").on("microphone", { there: false }).phase, "ready");
});

test("a take in which nothing came leads back to the prompt", () => {
  assert.equal(begun().on("press").on("press").on("empty").phase, "ready");
});

test("the server's verdict replaces the page's, unless a newer take waits", () => {
  const flow = begun().speak("green").on("sent", { id: "a", verdict: "red" });
  assert.equal(flow.state.places[0].verdict, "red");
  flow.on("again").on("press").on("stored", { id: "a", verdict: "green" });
  flow.on("again").on("press").on("stored", { id: "a", verdict: "yellow" });
  assert.equal(flow.on("sent", { id: "a", verdict: "red" }).state.places[0].verdict, "yellow");
});

for (const blocked of ["paused", "closed", "consent_missing"]) {
  test(`${blocked}: the take under way is kept, and none begins`, () => {
    const flow = begun().on("press").news({}, blocked);
    assert.deepEqual([flow.phase, flow.effects], ["saving", ["stop"]]);
    flow.on("stored", { id: "a", verdict: "green" });
    assert.equal(flow.on("press").phase, "review");
    assert.equal(flow.on("again").phase, "review");
    assert.equal(flow.news({}).on("again").phase, "recording");
  });
}

test("a session that is paused in auto-record does not go on by itself", () => {
  const flow = begun({ mode: "auto_record" }).news({}, "paused");
  assert.equal(flow.phase, "ready");
  assert.equal(flow.on("tick").phase, "ready");
});

test("the operator's wish is obeyed at once where nobody speaks", () => {
  const flow = begun().speak().on("sent", { id: "a", verdict: "green" }).on("press");
  flow.news({ a: { state: "again" } });
  assert.deepEqual([flow.place, flow.phase, flow.state.asked], ["a", "ready", true]);
});

test("the operator's wish waits for the end of what is being spoken", () => {
  const flow = begun().speak().on("sent", { id: "a", verdict: "green" }).on("press").on("press");
  flow.news({ a: { state: "again" } });
  assert.deepEqual([flow.place, flow.phase], ["b", "recording"]);
  flow.on("press").on("stored", { id: "b", verdict: "green" });
  assert.deepEqual([flow.place, flow.phase, flow.state.wanted], ["a", "ready", ""]);
});

test("a wish is obeyed once, however often it is read", () => {
  const flow = begun().speak().on("sent", { id: "a", verdict: "green" });
  flow.news({ a: { state: "again" } }).on("next").news({ a: { state: "again" } });
  assert.equal(flow.place, "b");
});

test("a wish that was obeyed does not come back while its take is on its way", () => {
  const flow = begun().speak().on("sent", { id: "a", verdict: "green" });
  flow.news({ a: { state: "again" } }).speak().on("press");
  flow.news({ a: { state: "again" } });
  assert.equal(flow.place, "b");
  flow.on("sent", { id: "a", verdict: "green" }).news({ a: { state: "recorded" } });
  assert.equal(flow.place, "b");
  assert.equal(flow.news({ a: { state: "again" } }).place, "a", "asked for anew");
});

test("a take that was on its way before the wish is no answer to it", () => {
  const flow = begun().speak().on("press");
  assert.equal(flow.news({ a: { state: "again" } }).place, "a");
});

test("the room once more comes at once, and then what was at hand is open", () => {
  const flow = begun({ places: [TONE, place("a"), place("b")] }).speak().on("sent", { id: "room_tone", verdict: "green" }).on("press");
  flow.news({ room_tone: { state: "again" } });
  assert.deepEqual([flow.place, flow.phase, flow.state.asked], ["room_tone", "ready", true]);
  assert.equal(flow.speak().on("press").place, "a");
});

test("what the server does not know yet is not undone by its news", () => {
  const flow = begun().speak("green").news({ a: { state: "waiting", verdict: "" } });
  assert.deepEqual([flow.state.places[0].state, flow.state.places[0].verdict], ["recorded", "green"]);
});

test("a prompt whose take was left in the browser is not asked for again", () => {
  const flow = session().on("stored", { id: "a", verdict: "" }).on("microphone", { there: true }).on("begin");
  assert.equal(flow.place, "b");
  assert.equal(flow.on("sent", { id: "a", verdict: "green" }).state.places[0].verdict, "green");
});
