import assert from "node:assert/strict";
import { test } from "node:test";

import { askToKeep, openShelf } from "../../annotation/static/annotation/js/shelf.js";

/** A database that answers one request, unless the browser has closed it. */
function database({ closed = false, takes = [] } = {}) {
  const store = { getAll: () => soon({ result: takes }) };
  return {
    transaction() {
      if (closed) throw new DOMException("The database connection is closing.", "InvalidStateError");
      return { objectStore: () => store };
    },
  };
}

function soon(request) {
  queueMicrotask(() => request.onsuccess());
  return request;
}

test("a database that the browser closed under the page is opened again", async () => {
  const kept = [{ id: "a", recorded_at: "2026-01-01" }];
  const there = [database({ closed: true }), database({ takes: kept })];
  const shelf = await openShelf({ open: () => soon({ result: there.shift() }) });
  assert.deepEqual(await shelf.takes(), kept);
  assert.deepEqual(await shelf.takes(), kept);
});

test("a browser that never opens its database is not waited for without end", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const opened = openShelf({ open: () => ({}) });
  context.mock.timers.tick(20_000);
  await assert.rejects(opened, /does not answer/);
});

test("a browser without a database says so", async () => {
  await assert.rejects(openShelf(null), /no IndexedDB/);
});

test("the browser is asked once to keep takes, and may refuse", async () => {
  let asked = 0;
  const persist = async () => (asked++, false);
  assert.equal(await askToKeep({ persisted: async () => true, persist }), true);
  assert.equal(asked, 0);
  assert.equal(await askToKeep({ persisted: async () => false, persist }), false);
  assert.equal(asked, 1);
  assert.equal(await askToKeep(undefined), false);
  assert.equal(await askToKeep({ persist: async () => Promise.reject(new Error("not here")) }), false);
});
