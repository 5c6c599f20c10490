import assert from "node:assert/strict";
import { test } from "node:test";

import { makeApi } from "../../annotation/static/annotation/js/api.js";
import { memoryShelf } from "../../annotation/static/annotation/js/shelf.js";
import { TakeQueue } from "../../annotation/static/annotation/js/take_queue.js";
import { NO_CONSENT, TakeStore, isWithheld } from "../../annotation/static/annotation/js/take_store.js";
import { uploadId } from "../../annotation/static/annotation/js/take_upload.js";
import { makeTus } from "../../annotation/static/annotation/js/tus.js";
import { digest, fakeServer, take } from "./recording_fakes.js";

/** A browser with takes of so many bytes each, and a queue to this server. */
async function browser(server, { sizes = [1000], shelf = memoryShelf(), locks = null, refused = [] } = {}) {
  const store = new TakeStore(shelf);
  for (const [n, size] of sizes.entries()) {
    const one = take({ frames: size / 2, prompt: `prm_${n}` });
    const bytes = new Uint8Array(size).map((_, k) => (k * (n + 3)) % 251);
    await store.write(one, [{ take: one.id, n: 0, bytes }], true);
  }
  const parts = {
    tus: makeTus({ csrf: () => "token", fetch: server.fetch }),
    api: makeApi({ csrf: "token", fetch: server.fetch }),
    uploads: "/api/v1/uploads/",
    takesOf: (session) => `/api/v1/sessions/${session}/takes/`,
    remember: (id, change) => store.change(id, change),
  };
  const stored = [];
  const told = { onStored: (take, answer) => stored.push(answer), onRefused: (take, error) => refused.push(error.code) };
  const queue = new TakeQueue({ store, parts, locks }, told);
  return { store, shelf, queue, stored, refused };
}

/** Let it try until it has nothing more to send now, then once more for each failure. */
async function send(queue, times = 1) {
  for (let n = 0; n < times; n++) await queue.reconnect();
  queue.close();
}

const isPatch = ({ method }) => method === "PATCH";
const isTake = ({ url }) => url.endsWith("/takes/");

test("takes are sent oldest first and leave the browser once the server has them", async () => {
  const server = fakeServer();
  const { store, queue, stored } = await browser(server, { sizes: [1000, 2000, 3000] });
  const files = await Promise.all((await store.finished()).map((one) => store.file(one)));
  await send(queue);
  assert.deepEqual(server.takes.map((one) => one.sha256), files.map((file) => digest(file)));
  assert.deepEqual(server.takes.map((one) => one.prompt), ["prm_0", "prm_1", "prm_2"]);
  assert.deepEqual(await store.takes(), []);
  assert.equal(stored.length, 3);
});

test("what the clock shows when a take is sent goes with it, so that a wrong one can be put right", async () => {
  const server = fakeServer();
  const { queue } = await browser(server);
  const before = new Date().toISOString();
  await send(queue);
  const { recorded_at, sent_at } = server.takes[0].body;
  assert.match(recorded_at, /^2026-01-01T/);
  assert.ok(before <= sent_at && sent_at <= new Date().toISOString());
});

test("a long take goes in pieces of half a megabyte, each with its checksum", async () => {
  const server = fakeServer();
  const { queue } = await browser(server, { sizes: [1_200_000] });
  await send(queue);
  const pieces = server.calls.filter(isPatch);
  assert.deepEqual(pieces.map(({ body }) => body.length), [524_288, 524_288, 1_200_044 - 2 * 524_288]);
  assert.ok(pieces.every(({ body, headers }) => headers["Upload-Checksum"] === `sha256 ${digest(body, "base64")}`));
});

test("a lost network is taken up where it was cut, and no byte is sent twice", async () => {
  let cut = true;
  const fail = (call, n) => (isPatch(call) && n === 3 && cut ? ((cut = false), new TypeError("network")) : undefined);
  const server = fakeServer({ fail });
  const { queue, store } = await browser(server, { sizes: [1_200_000] });
  await send(queue, 2);
  assert.equal(server.calls.filter(({ method }) => method === "HEAD").length, 1);
  assert.equal(server.calls.filter(isPatch).length, 4); // one of them never arrived
  assert.equal(server.uploads.size, 1);
  assert.deepEqual([server.takes.length, (await store.takes()).length], [1, 0]);
});

test("an answer that is lost after the server stored the take makes no second one", async () => {
  let lost = true;
  const fail = (call) => (isTake(call) && lost ? (go) => ((lost = false), go(), Promise.reject(new TypeError("network"))) : undefined);
  const server = fakeServer({ fail });
  const { queue, store } = await browser(server);
  await send(queue, 2);
  assert.deepEqual([server.takes.length, (await store.takes()).length], [1, 0]);
});

for (const status of [500, 502, 503, 429]) {
  test(`a ${status} is tried again and the take is kept until then`, async () => {
    let failures = 0;
    const server = fakeServer({ fail: (call) => (isPatch(call) && failures++ < 1 ? status : undefined) });
    const { queue, store } = await browser(server);
    await queue.flush();
    assert.deepEqual([(await store.takes()).length, queue.state.online], [1, false]);
    await send(queue);
    assert.deepEqual([server.takes.length, (await store.takes()).length], [1, 0]);
  });
}

for (const status of [403, 409, 413, 422]) {
  test(`a ${status} stays in the browser with its reason, and the next take is sent`, async () => {
    let first = true;
    const fail = (call) => (isTake(call) && first ? ((first = false), status) : undefined);
    const { queue, store, refused } = await browser(fakeServer({ fail }), { sizes: [1000, 2000] });
    await send(queue, 2);
    const [kept, ...others] = await store.takes();
    assert.deepEqual(kept.refusal, { status, code: `status_${status}`, detail: `status_${status}`, later: false });
    assert.deepEqual([others.length, refused], [0, [`status_${status}`]]);
    assert.equal((await store.waiting()).refused, 1);
  });
}

// Without a consent nothing is sent, and nothing is thrown away.

const noConsent = (call) => (isTake(call) ? (() => new Response(JSON.stringify({ code: NO_CONSENT, detail: "no consent" }), { status: 403 })) : undefined);

test("what is refused for want of a consent stays and is not sent again by itself", async () => {
  const server = fakeServer({ fail: noConsent });
  const { queue, store } = await browser(server, { sizes: [1000, 2000] });
  await send(queue, 3);
  assert.equal(server.calls.filter(isTake).length, 2);
  assert.deepEqual((await store.takes()).map(isWithheld), [true, true]);
  assert.deepEqual([(await store.waiting("ses_1")).count, (await store.waiting("ses_2")).count], [0, 2]);
});

test("once the consent is taken back nothing of the session leaves the browser, also what is recorded later", async () => {
  const server = fakeServer();
  const { queue, store } = await browser(server);
  await queue.withhold("ses_1");
  await store.write(take({ id: "later" }), [], true);
  await store.write(take({ id: "other", session: "ses_2" }), [], true);
  await queue.flush();
  assert.deepEqual(server.calls.filter(isTake).map(({ url }) => url.includes("ses_2")), [true]);
  assert.deepEqual((await store.takes()).map(({ session, refusal }) => [session, refusal?.code]), [["ses_1", NO_CONSENT], ["ses_1", NO_CONSENT]]);
});

test("with a consent in force again all of it is sent", async () => {
  const server = fakeServer();
  const { queue, store } = await browser(server, { sizes: [1000, 2000] });
  await queue.withhold("ses_1");
  assert.deepEqual([server.calls.length, queue.isWithheld("ses_1")], [0, true]);
  await queue.retryAll("ses_1");
  assert.deepEqual([server.takes.length, (await store.takes()).length, queue.isWithheld("ses_1")], [2, 0, false]);
});

test("what was refused is sent anew where the server has ended its upload meanwhile", async () => {
  let isMissing = true;
  const server = fakeServer({ fail: (call) => (isMissing ? noConsent(call) : undefined) });
  const { queue, store } = await browser(server);
  await queue.flush();
  server.uploads.clear();
  isMissing = false;
  await queue.retryAll("ses_1");
  assert.deepEqual([server.takes.length, (await store.takes()).length, server.calls.filter(isPatch).length], [1, 0, 2]);
});

/** The server stores the take, or not, and its answer is lost; the consent is taken back then. */
async function answerLost({ isStored }) {
  let answers = "lost";
  const lose = (go) => ((answers = "given"), isStored && go(), Promise.reject(new TypeError("network")));
  const fail = (call) => (!isTake(call) || (answers === "given" && isStored) ? undefined : answers === "lost" ? lose : noConsent(call));
  const server = fakeServer({ fail });
  const here = await browser(server);
  await here.queue.flush();
  return { server, ...here, down: () => (answers = "lost") };
}

test("a take that was stored, its answer lost, is known as stored after the consent was taken back", async () => {
  const { server, queue, store, stored } = await answerLost({ isStored: true });
  await queue.withhold("ses_1");
  queue.close();
  assert.deepEqual([server.takes.length, (await store.takes()).length, stored.length], [1, 0, 1]);
  assert.equal(server.calls.filter(isPatch).length, 1, "no sound is sent to ask");
});

test("a take that was not stored, its question lost, is withheld once the server has said so, and not sent", async () => {
  const { server, queue, store } = await answerLost({ isStored: false });
  await queue.withhold("ses_1");
  await queue.flush();
  queue.close();
  assert.deepEqual([server.calls.filter(isTake).length, server.calls.filter(isPatch).length], [2, 1]);
  assert.deepEqual((await store.takes()).map(isWithheld), [true]);
});

test("while the server cannot say whether it has a take, it is neither sent nor told as not accepted", async () => {
  const { server, queue, store, down } = await answerLost({ isStored: true });
  down();
  await queue.withhold("ses_1");
  assert.deepEqual([(await store.takes()).map(isWithheld), queue.state.online], [[false], false]);
  await queue.flush();
  queue.close();
  assert.deepEqual([server.takes.length, (await store.takes()).length], [1, 0]);
});

test("a piece that is on its way is called back when the consent is taken back", async () => {
  const server = fakeServer();
  let onItsWay;
  const hung = new Promise((done) => (onItsWay = done));
  const never = (signal) => new Promise((_, no) => signal.addEventListener("abort", () => no(new DOMException("ended", "AbortError"))));
  const fetch = (url, how) => (how.method === "PATCH" ? (onItsWay(), never(how.signal)) : server.fetch(url, how));
  const { queue, store } = await browser({ ...server, fetch });
  void queue.flush();
  await hung;
  await queue.withhold("ses_1");
  queue.close();
  assert.deepEqual([(await store.takes()).map(isWithheld), queue.state.online], [[true], true]);
});

test("what is on its way of another session goes on", async () => {
  const server = fakeServer();
  const { queue, store } = await browser(server);
  const sending = queue.flush();
  await queue.withhold("ses_2");
  await sending;
  assert.deepEqual([server.takes.length, (await store.takes()).length], [1, 0]);
});

/** A browser that sent a take and heard nothing of it is asked to withhold it: what the server answers then, and what becomes of it. */
async function asked(answer, { isStored = false } = {}) {
  let isAsked = false;
  const server = fakeServer({ fail: (call) => (isTake(call) && isAsked ? answer : undefined) });
  const here = await browser(server);
  const [one] = await here.store.takes();
  if (isStored) server.takes.push({ id: "tak_1", sha256: digest(await here.store.file(one)), prompt: one.prompt });
  await here.store.change(one.id, { placing: true, upload: "/api/v1/uploads/upl_1/" });
  isAsked = true;
  await here.queue.withhold("ses_1");
  here.queue.close();
  return { ...here, server, isWithheld: (await here.store.takes()).map(isWithheld) };
}

const refusedWith = (status, code) => () => new Response(JSON.stringify({ code, detail: code }), { status });

for (const status of [400, 401, 403, 404, 408, 423, 429, 500, 502, 503, 507]) {
  test(`a ${status} tells nothing of a take whose answer was lost: it stays, neither sent nor called not accepted`, async () => {
    const { server, queue, isWithheld: is } = await asked(status);
    assert.deepEqual([is, server.calls.some(isPatch)], [[false], false]);
    assert.equal(queue.state.signedOut, [401, 403, 404].includes(status));
  });
}

for (const [status, code] of [[403, NO_CONSENT], [409, "session_not_open"], [409, "upload_incomplete"], [413, "too_much_by_link"], [422, "not_wav"], [400, "digest_mismatch"]]) {
  test(`${code}: the server has made no take of it`, async () => {
    assert.deepEqual((await asked(refusedWith(status, code))).isWithheld, [true]);
  });
}

test("an upload that is just becoming a take is no refusal", async () => {
  for (const code of ["upload_used", "upload_locked"]) assert.deepEqual((await asked(refusedWith(409, code))).isWithheld, [false]);
});

test("a page of a proxy is no refusal", async () => {
  const { isWithheld: is, queue } = await asked(() => new Response("<h1>Forbidden</h1>", { status: 403 }));
  assert.deepEqual([is, queue.state.signedOut], [[false], false]);
});

test("a take whose upload the server has forgotten is looked for among those it has", async () => {
  const forgotten = refusedWith(404, "upload_unknown");
  assert.deepEqual((await asked(forgotten)).isWithheld, [true]);
  const { store, stored } = await asked(forgotten, { isStored: true });
  assert.deepEqual([(await store.takes()).length, stored.length], [0, 1]);
});

// Every answer at every step: whatever happens once, the take is stored once, and is here until then.
const STEPS = { create: ({ method, url }) => method === "POST" && url.endsWith("/uploads/"), piece: ({ method }) => method === "PATCH", place: ({ url }) => url.endsWith("/takes/") };
for (const [step, isIt] of Object.entries(STEPS)) {
  for (const status of [400, 401, 403, 404, 409, 410, 413, 422, 423, 429, 500, 502, 503, 507]) {
    test(`a ${status} at the ${step} loses and doubles nothing`, async () => {
      let first = true;
      const server = fakeServer({ fail: (call) => (isIt(call) && first ? ((first = false), status) : undefined) });
      const { queue, store } = await browser(server);
      await queue.flush();
      assert.equal(server.takes.length + (await store.takes()).length, 1);
      await queue.retryAll("ses_1");
      await queue.reconnect();
      queue.close();
      assert.deepEqual([server.takes.length, (await store.takes()).length], [1, 0]);
    });
  }
}

test("a take at which the server always fails keeps no other one here", async () => {
  const fail = (call) => (isTake(call) && JSON.parse(call.body).prompt === "prm_0" ? 500 : undefined);
  const server = fakeServer({ fail });
  const { queue, store } = await browser(server, { sizes: [1000, 2000, 3000] });
  await queue.flush();
  assert.deepEqual([server.takes.length, (await store.takes()).length, queue.state.online], [2, 1, false]);
  queue.close();
});

test("a take that the browser does not give out keeps no other one here", async () => {
  const server = fakeServer();
  const { queue, store, shelf } = await browser(server, { sizes: [1000, 2000] });
  const [broken] = await store.takes();
  const pieces = shelf.pieces;
  shelf.pieces = async (id) => (id === broken.id ? Promise.reject(new Error("damaged")) : pieces(id));
  await queue.flush();
  assert.deepEqual([server.takes.length, (await store.takes()).map(({ id }) => id)], [1, [broken.id]]);
  shelf.pieces = pieces;
  await send(queue);
  assert.equal(server.takes.length, 2);
});

test("what was refused is sent when somebody asks for it", async () => {
  let first = true;
  const server = fakeServer({ fail: (call) => (isTake(call) && first ? ((first = false), 409) : undefined) });
  const { queue, store } = await browser(server);
  await queue.flush();
  const [kept] = await store.takes();
  await queue.retry(kept.id);
  queue.close();
  assert.deepEqual([server.takes.length, (await store.takes()).length], [1, 0]);
});

test("a full disk of the server is tried again by itself", async () => {
  let first = true;
  const server = fakeServer({ fail: (call) => (isPatch(call) && first ? ((first = false), 507) : undefined) });
  const { queue, store } = await browser(server);
  await queue.flush();
  assert.equal((await store.takes())[0].refusal.later, true);
  await send(queue);
  assert.deepEqual([server.takes.length, (await store.takes()).length], [1, 0]);
});

const damage = () => new Response(null, { status: 460 });

test("a piece that came damaged is sent again after a while, and the next take goes on meanwhile", async () => {
  let first = true;
  const server = fakeServer({ fail: (call) => (isPatch(call) && first ? () => ((first = false), damage()) : undefined) });
  const { queue } = await browser(server, { sizes: [1000, 2000] });
  await queue.flush();
  assert.deepEqual([server.takes.map(({ prompt }) => prompt), queue.state.damaged, queue.state.online], [["prm_1"], true, true]);
  await send(queue);
  assert.deepEqual([server.takes.length, server.uploads.size, queue.state.damaged], [2, 2, false]);
});

test("a piece that always comes damaged is sent more and more seldom, and the take is kept", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const waits = [];
  const later = globalThis.setTimeout;
  context.mock.method(globalThis, "setTimeout", (action, ms) => (waits.push(ms), later(action, ms)));
  const server = fakeServer({ fail: (call) => (isPatch(call) ? damage : undefined) });
  const { queue, store } = await browser(server);
  await queue.flush();
  for (const [n, ms] of [1000, 2000, 4000].entries()) {
    context.mock.timers.tick(ms);
    while (waits.length < n + 2) await new Promise(setImmediate);
  }
  queue.close();
  assert.equal(server.calls.filter(isPatch).length, 4, "once each time");
  assert.deepEqual(waits, [1000, 2000, 4000, 8000]);
  assert.deepEqual([(await store.takes()).length, queue.state.damaged], [1, true]);
});

test("takes that come while the server fails bring attempts of their own and no longer waits", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const waits = [];
  const later = globalThis.setTimeout;
  context.mock.method(globalThis, "setTimeout", (action, ms) => (waits.push(ms), later(action, ms)));
  const server = fakeServer({ fail: () => 503 });
  const { queue } = await browser(server);
  for (let n = 0; n < 6; n++) await queue.flush();
  queue.close();
  assert.deepEqual(waits, Array(6).fill(1000));
});

test("an upload that a request which was cut off still holds keeps no other take here", async () => {
  let held = true;
  const server = fakeServer({ fail: (call) => (isPatch(call) && call.url.endsWith("upl_1/") && held ? 423 : undefined) });
  const { queue, store } = await browser(server, { sizes: [1000, 2000, 3000] });
  await queue.flush();
  assert.deepEqual([server.takes.length, (await store.takes()).length, queue.state.online], [2, 1, true]);
  held = false;
  await send(queue);
  assert.deepEqual([server.takes.length, server.uploads.size], [3, 3]);
});

test("offsets that never fit are asked for a few times, then later", async () => {
  const server = fakeServer({ fail: (call) => (isPatch(call) ? 409 : undefined) });
  const { queue, store } = await browser(server);
  await queue.flush();
  queue.close();
  assert.equal(server.calls.filter(isPatch).length, 3);
  assert.equal((await store.takes()).length, 1);
});

test("an upload that the server has forgotten begins anew", async () => {
  const server = fakeServer();
  const { queue, store } = await browser(server);
  const [kept] = await store.takes();
  await store.change(kept.id, { upload: "/api/v1/uploads/upl_long_gone/" });
  await send(queue);
  assert.equal(server.takes.length, 1);
});

test("a take is not let go where the server has other bytes", async () => {
  const wrong = () => new Response(JSON.stringify({ id: "tak_1", sha256: "0".repeat(64) }), { status: 201 });
  const { queue, store } = await browser(fakeServer({ fail: (call) => (isTake(call) ? wrong : undefined) }));
  await send(queue);
  const [kept] = await store.takes();
  assert.equal(kept.upload, "");
});

test("a session that has ended keeps the takes and says so", async () => {
  const { queue, store } = await browser(fakeServer({ fail: () => 401 }));
  await send(queue);
  assert.equal(queue.state.signedOut, true);
  assert.equal((await store.takes())[0].refusal, null);
});

test("of two tabs one sends, and each take once", async () => {
  const server = fakeServer();
  let last = Promise.resolve();
  const locks = { request: (_name, action) => (last = last.then(action)) };
  const shelf = memoryShelf();
  const one = await browser(server, { sizes: [1000, 2000], shelf, locks });
  const other = await browser(server, { sizes: [], shelf, locks });
  await Promise.all([send(one.queue), send(other.queue)]);
  assert.equal(server.calls.filter(isTake).length, 2);
  assert.equal(server.takes.length, 2);
});

test("the id of an upload is the end of its address", () => {
  assert.equal(uploadId("https://example.org/api/v1/uploads/upl_1/"), "upl_1");
  assert.equal(uploadId("/api/v1/uploads/upl_2"), "upl_2");
});
