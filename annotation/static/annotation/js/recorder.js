/** Puts the recorder page together: microphone, takes, their way to the server, and what is shown. */

import { cookieToken, makeApi, address } from "./api.js";
import { Attempts } from "./attempts.js";
import { ConsentFollower } from "./consent_follower.js";
import { openStore } from "./drawer.js";
import { mountKeys } from "./keys.js";
import { LevelMeter } from "./level.js";
import { Live } from "./live.js";
import { makeMeter } from "./meter.js";
import { mountPedal } from "./pedal.js";
import { Recorder } from "./recording.js";
import { makeRecorderView } from "./recorder_view.js";
import { mountSetup } from "./setup_view.js";
import { CHANNEL, memoryShelf, openShelf } from "./shelf.js";
import { TakeQueue } from "./take_queue.js";
import { TakeStore, isWithheld } from "./take_store.js";
import { isAbandoned } from "./taking.js";
import { makeTus } from "./tus.js";
import { mountWaiting } from "./waiting_view.js";
import { END_MS, mountWithheld } from "./withheld_view.js";

/**
 * @typedef {object} Config
 * @property {import("./session_data.js").SessionData} session
 * @property {string} csrf
 * @property {boolean} by_link whether it is open to a speaker without an account
 * @property {{session: string, live: string, device: string, takes: string, uploads: string, sound: string, worklet: string, page: string, thanks: string}} urls
 * `takes` and `sound` hold ID
 * @property {{esc: Record<string, string>, eis: Record<string, string>}} names
 */

/** Another tab may be killed while this one is open. */
const GATHER_MS = 15_000;

/** Not "Thank you, signed" above "the consent was taken back". */
function takeThanksBack() {
  for (const message of document.querySelectorAll("#main > .notice-ok")) message.remove();
}

/** @param {HTMLElement} root */
export async function mount(root) {
  const config = /** @type {Config} */ (JSON.parse(document.getElementById(root.dataset.config ?? "")?.textContent ?? "{}"));
  const texts = /** @type {Record<string, string>} */ (JSON.parse(document.getElementById("record-texts")?.textContent ?? "{}"));
  const off = new AbortController();
  const view = makeRecorderView(root, texts, config.names);
  const keysBox = /** @type {HTMLInputElement} */ (view.part("keys-on"));
  const locks = navigator.locks ?? null;
  const api = makeApi({ csrf: config.csrf });

  // One tab sends for all: the others learn what the server said of their takes, and what was deleted.
  const tabs = new BroadcastChannel(CHANNEL);
  let [isKept, isLeaving] = [true, false];
  const shelf = await openShelf().catch(() => ((isKept = false), memoryShelf()));
  const store = new TakeStore(shelf, { onFull: () => recorder.full(), onChange: () => void refresh() });
  const tus = makeTus({ csrf: () => cookieToken() || config.csrf });
  const queue = new TakeQueue(
    {
      store,
      locks,
      parts: {
        api,
        tus,
        uploads: config.urls.uploads,
        takesOf: (session) => address(config.urls.takes, session),
        remember: (id, change) => store.change(id, change),
      },
    },
    {
      onState: () => waiting.show(),
      onStored: (take, stored) => {
        live.stored();
        recorder.sent(take, stored);
        tabs.postMessage({ take, stored });
      },
      onRefused: (take, error) => recorder.refused(take, error),
    },
  );
  const { id } = config.session;
  const waiting = mountWaiting(view, { store, queue, session: id });
  const withheld = mountWithheld(root, texts, {
    store,
    isMine: (take) => take.session === id && isWithheld(take),
    end: (upload) => tus.end(upload, AbortSignal.timeout(END_MS)),
    onDeleted: () => {
      follower.deleted();
      tabs.postMessage({ deleted: true });
    },
  });
  const follower = new ConsentFollower({ session: id, store, queue, reload: () => globalThis.location.reload(), onMissing: takeThanksBack });
  const setup = mountSetup(view, { open: (device) => recorder.open(device), store: openStore() });
  const recorder = new Recorder({
    config,
    api,
    view,
    setup,
    store,
    queue,
    locks,
    attempts: new Attempts((id) => address(config.urls.sound, id)),
    meter: new LevelMeter(),
    showLevel: makeMeter(view.part("meter"), texts),
    look: () => void live.look().catch(() => {}), // the next one will tell
  });
  const live = new Live(
    {
      api,
      urls: config.urls,
      report: () => ({ ...recorder.report(), waiting: waiting.count }),
      onNews: (session) => {
        const was = recorder.blocked;
        recorder.news(session);
        void follower.follow(session, Boolean(was) && !recorder.blocked);
        void leave();
      },
      onRefused: () => void (queue.state.signedOut || queue.flush()),
    },
    config.session.revision,
  );

  async function refresh() {
    await Promise.all([waiting.refresh(), withheld.refresh()]);
    await leave();
  }

  /** What a page that is no more was recording is kept and sent. */
  async function gather() {
    const found = await store.recover((take) => isAbandoned(locks, take));
    for (const take of found) recorder.left(take);
    if (found.length) await queue.flush();
  }

  /** A speaker by link has nothing more to do here once the session is closed and has all takes. */
  async function leave() {
    if (!config.by_link || recorder.blocked !== "closed" || recorder.isBusy || isLeaving) return;
    if ((await store.takes()).some(({ session }) => session === config.session.id) || store.isBlind) return;
    isLeaving = true;
    globalThis.location.assign(config.urls.thanks);
  }

  tabs.onmessage = ({ data: { take, stored, deleted } }) => {
    if (take) {
      live.stored();
      recorder.sent(take, stored);
    }
    if (deleted) follower.deleted();
    void refresh();
  };
  /** @param {string} name @param {EventListener} action */
  const onWindow = (name, action) => window.addEventListener(name, action, { signal: off.signal });
  onWindow("online", () => void queue.reconnect());
  onWindow("focus", () => void (queue.state.signedOut && queue.reconnect()));
  onWindow("pagehide", () => recorder.taking.hold());
  onWindow("visibilitychange", () => recorder.taking.hold());
  onWindow("beforeunload", (event) => {
    if (!isLeaving && (recorder.isBusy || waiting.count || store.unsaved)) event.preventDefault();
  });
  const unmountKeys = mountKeys(root, () => keysBox.checked);
  const { main } = view.buttons;
  const unmountPedal = mountPedal(root, {
    main,
    choose: /** @type {HTMLButtonElement} */ (view.part("pedal")),
    shown: view.part("pedal-key"),
    texts,
    isOn: () => keysBox.checked,
    store: openStore(),
  });

  await store.recover((take) => isAbandoned(locks, take));
  for (const take of await store.finished()) recorder.left(take);
  view.part("not-kept").hidden = isKept;
  recorder.start();
  await Promise.all([waiting.refresh(), withheld.refresh()]);
  void follower.follow(config.session, true);
  live.start();
  void leave();
  const gathering = setInterval(() => void gather(), GATHER_MS);
  root.dataset.ready = "";

  return () => {
    off.abort();
    clearInterval(gathering);
    tabs.close();
    unmountKeys();
    unmountPedal();
    live.close();
    queue.close();
    recorder.close();
    setup.unmount();
  };
}
