/** Puts the recorder page together: microphone, takes, their way to the server, and what is shown. */

import { cookieToken, makeApi, address } from "./api.js";
import { Attempts } from "./attempts.js";
import { openStore } from "./drawer.js";
import { mountKeys } from "./keys.js";
import { LevelMeter } from "./level.js";
import { Live } from "./live.js";
import { makeMeter } from "./meter.js";
import { mountPedal } from "./pedal.js";
import { Recorder } from "./recording.js";
import { makeRecorderView } from "./recorder_view.js";
import { mountSetup } from "./setup_view.js";
import { memoryShelf, openShelf } from "./shelf.js";
import { TakeQueue } from "./take_queue.js";
import { TakeStore } from "./take_store.js";
import { isAbandoned } from "./taking.js";
import { makeTus } from "./tus.js";
import { mountWaiting } from "./waiting_view.js";

/**
 * @typedef {object} Config
 * @property {import("./session_data.js").SessionData} session
 * @property {string} csrf
 * @property {{session: string, live: string, device: string, takes: string, uploads: string, sound: string, worklet: string, page: string}} urls
 * `takes` and `sound` hold ID
 * @property {{esc: Record<string, string>, eis: Record<string, string>}} names
 */

/** @param {HTMLElement} root */
export async function mount(root) {
  const config = /** @type {Config} */ (JSON.parse(document.getElementById(root.dataset.config ?? "")?.textContent ?? "{}"));
  const texts = /** @type {Record<string, string>} */ (JSON.parse(document.getElementById("record-texts")?.textContent ?? "{}"));
  const off = new AbortController();
  const view = makeRecorderView(root, texts, config.names);
  const keysBox = /** @type {HTMLInputElement} */ (view.part("keys-on"));
  const locks = navigator.locks ?? null;
  const api = makeApi({ csrf: config.csrf });

  let isKept = true;
  const shelf = await openShelf().catch(() => ((isKept = false), memoryShelf()));
  const store = new TakeStore(shelf, { onFull: () => recorder.full(), onChange: () => void waiting.refresh() });
  const queue = new TakeQueue(
    {
      store,
      locks,
      parts: {
        api,
        tus: makeTus({ csrf: () => cookieToken() || config.csrf }),
        uploads: config.urls.uploads,
        takesOf: (session) => address(config.urls.takes, session),
        remember: (id, upload) => store.change(id, { upload }),
      },
    },
    {
      onState: () => waiting.show(),
      onStored: (take, stored) => recorder.sent(take, stored),
      onRefused: (take, error) => recorder.refused(take, error),
    },
  );
  const waiting = mountWaiting(view, { store, queue, session: config.session.id });
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
  });
  const live = new Live(
    {
      api,
      urls: config.urls,
      report: () => ({ ...recorder.report(), waiting: waiting.count }),
      onNews: (session) => recorder.news(session),
      onRefused: () => void queue.flush(),
    },
    config.session.revision,
  );

  /** @param {string} name @param {EventListener} action */
  const onWindow = (name, action) => window.addEventListener(name, action, { signal: off.signal });
  onWindow("online", () => void queue.reconnect());
  onWindow("focus", () => void (queue.state.signedOut && queue.reconnect()));
  onWindow("beforeunload", (event) => {
    if (recorder.isBusy || waiting.count) event.preventDefault();
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
  await waiting.refresh();
  void queue.retryAll(config.session.id);
  live.start();
  root.dataset.ready = "";

  return () => {
    off.abort();
    unmountKeys();
    unmountPedal();
    live.close();
    queue.close();
    recorder.close();
    setup.unmount();
  };
}
