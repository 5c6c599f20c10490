import assert from "node:assert/strict";
import { test } from "node:test";

import { Repeater, waitOf } from "../../annotation/static/annotation/js/repeater.js";

/** A repeater whose clock is a test's: `answers` are shifted, the last one stays. */
async function repeated(context, { answers = [true], pace_ms = 300 } = {}) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const network = new EventTarget();
  let attempts = 0;
  const attempt = async () => {
    attempts += 1;
    return answers.length > 1 ? answers.shift() : answers[0];
  };
  const repeater = new Repeater(attempt, () => pace_ms, network);
  await repeater.start();
  const settled = () => new Promise((done) => setImmediate(done));
  return {
    repeater,
    get attempts() {
      return attempts;
    },
    async pass(ms) {
      context.mock.timers.tick(ms);
      await settled();
    },
    async tell(name) {
      network.dispatchEvent(new Event(name));
      await settled();
    },
  };
}

test("what is answered goes on at its pace", async (context) => {
  const polling = await repeated(context);
  for (let n = 0; n < 5; n += 1) await polling.pass(300);
  assert.equal(polling.attempts, 6);
});

test("what is not answered is tried more and more seldom, and at its pace again once it is", async (context) => {
  const polling = await repeated(context, { answers: [false, false, false, true] });
  const waits = [];
  for (const wait of [600, 1200, 2400, 300]) {
    const before = polling.attempts;
    await polling.pass(wait - 1);
    assert.equal(polling.attempts, before, `not before ${wait} ms`);
    await polling.pass(1);
    waits.push(polling.attempts - before);
  }
  assert.deepEqual(waits, [1, 1, 1, 1]);
});

test("a minute without a network costs a handful of attempts", async (context) => {
  const polling = await repeated(context, { answers: [false], pace_ms: 330 });
  for (let n = 0; n < 600; n += 1) await polling.pass(100);
  assert.ok(polling.attempts <= 10, `${polling.attempts}`);
});

test("however long it failed, the next attempt is at most a quarter of a minute away", () => {
  assert.deepEqual([0, 1, 3, 6, 10].map((failed) => waitOf(330, failed)), [330, 660, 2640, 15_000, 15_000]);
});

test("when the network is back it is tried at once, and once", async (context) => {
  const polling = await repeated(context, { answers: [false, false, false, false, true] });
  for (const wait of [600, 1200, 2400]) await polling.pass(wait);
  assert.equal(polling.attempts, 4);
  await polling.tell("online");
  assert.equal(polling.attempts, 5);
  await polling.pass(300);
  assert.equal(polling.attempts, 6, "the wait that was under way is over");
  await polling.pass(4800);
  assert.equal(polling.attempts, 7);
});

test("whoever comes back to the page has it tried at once, if it failed", async (context) => {
  const polling = await repeated(context, { answers: [false, true] });
  await polling.tell("focus");
  assert.equal(polling.attempts, 2);
  await polling.tell("focus");
  assert.equal(polling.attempts, 2);
});

test("an attempt that hangs does not keep the page from trying when the network is back", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const network = new EventTarget();
  const attempts = [];
  const repeater = new Repeater(() => new Promise((done) => attempts.push(done)), () => 300, network);
  void repeater.start();
  network.dispatchEvent(new Event("online"));
  assert.equal(attempts.length, 2);
  attempts[1](true);
  attempts[0](false);
  await new Promise((done) => setImmediate(done));
  context.mock.timers.tick(300);
  assert.equal(attempts.length, 3, "what hung says nothing of the pace");
});

test("nothing is tried once it is closed", async (context) => {
  const polling = await repeated(context);
  polling.repeater.close();
  await polling.pass(1000);
  await polling.tell("online");
  assert.equal(polling.attempts, 1);
});
