/**
 * Questions about the clip one hears. Words that were begun stay with the clip they are about, also
 * when the next clip comes meanwhile. A thread belongs to one offer of a clip: what was asked of it
 * before would tell that it comes again.
 */

import { Refused } from "./api.js";
import { refusalInWords, timeInWords } from "./words.js";

const LOOK_EVERY_MS = 60_000;

/**
 * @typedef {{author: string, by_annotator: boolean, text: string, created_at: string}} Message
 * @typedef {{id: string, assignment: string | null, unread: number, messages: Message[]}} Thread
 */

/** @param {import("./panels.js").Parts} parts */
export function mountAsk({ panel, page, config, api, signal }) {
  /** @template {HTMLElement} T @param {string} selector */
  const part = (selector) => /** @type {T} */ (panel.querySelector(selector));
  const form = /** @type {HTMLFormElement} */ (part("[data-ask]"));
  const text = /** @type {HTMLTextAreaElement} */ (part("textarea"));
  const say = part("[data-say]");
  const badge = part("[data-unread]");
  let about = page.dataset.assignment ?? "";
  /** Questions that were sent from here: an answer to what was asked before one does not know of it. */
  let sent = 0;

  const now = () => page.dataset.assignment ?? "";
  function place() {
    if (!text.value.trim()) about = now();
    const words = about === "" ? config.texts.no_clip : about === now() ? config.texts.this_clip : config.texts.earlier_clip;
    part("[data-about]").textContent = words;
    /** @type {HTMLButtonElement} */ (form.querySelector("button")).disabled = about === "";
  }

  /** @param {number} n */
  function showUnread(n) {
    badge.hidden = n === 0;
    badge.textContent = config.texts.unread.replace("%d", String(n));
  }

  async function look() {
    const offer = panel.open ? about : "";
    const before = sent;
    const found = await api.get(offer ? `${config.urls.questions}?assignment=${encodeURIComponent(offer)}` : config.urls.questions);
    showUnread(found.unread);
    if (!offer || offer !== about) return;
    const thread = /** @type {Thread | undefined} */ (found.questions[0]);
    if (before === sent) show(thread);
    if (thread?.unread) showUnread(found.unread - thread.unread + (await read(thread)));
  }

  /** @param {Thread} thread @returns {Promise<number>} what is unread after it */
  const read = async (thread) => (await api.post(config.urls.questions, { question: thread.id, read: true })).unread;

  /** @param {Thread | undefined} thread */
  function show(thread) {
    part("[data-messages]").replaceChildren(...(thread?.messages ?? []).map((message) => line(message, config)));
  }

  async function send() {
    if (!text.value.trim()) return void (say.textContent = config.texts.write_first);
    try {
      const thread = await api.post(config.urls.questions, { assignment: about, text: text.value });
      sent += 1;
      text.value = "";
      say.textContent = config.texts.sent;
      show(thread);
      place();
    } catch (error) {
      say.textContent = error instanceof Refused ? refusalInWords(config.texts, error) : config.texts.unreachable;
    }
  }

  form.addEventListener("submit", (event) => (event.preventDefault(), void send()), { signal });
  text.addEventListener("input", () => (say.textContent = ""), { signal });
  text.addEventListener(
    "keydown",
    (event) => {
      if (event.code === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) void send();
    },
    { signal },
  );
  panel.addEventListener(
    "toggle",
    () => {
      place();
      if (!panel.open) return;
      text.focus();
      void look().catch(() => {});
    },
    { signal },
  );
  page.addEventListener(
    "speecheq:clip",
    () => {
      place();
      if (about === now()) show(undefined);
      if (panel.open) void look().catch(() => {});
    },
    { signal },
  );
  const timer = setInterval(() => document.hidden || void look().catch(() => {}), LOOK_EVERY_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
  place();
}

/** @param {Message} message @param {import("./panels.js").Config} config */
function line(message, config) {
  const item = document.createElement("li");
  item.className = message.by_annotator ? "said said-mine" : "said";
  const who = document.createElement("p");
  who.className = "small muted";
  const time = timeInWords(message.created_at, true);
  who.textContent = `${message.author === config.username ? config.texts.you : message.author} · ${time}`;
  const words = document.createElement("div");
  words.className = "prose";
  words.textContent = message.text;
  item.append(who, words);
  return item;
}
