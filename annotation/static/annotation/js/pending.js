/** What has not reached the server yet, and what it refused: a count, and a list to open. */

import { answerInWords, refusalInWords, timeInWords } from "./words.js";

/**
 * @typedef {import("./outbox.js").Outbox} Outbox
 * @typedef {import("./outbox.js").OutboxState} OutboxState
 */

/**
 * Which sentence says where things stand, and with what number; null when there is nothing to say.
 * @param {OutboxState} state
 * @returns {{text: string, n: number} | null}
 */
export function sentence({ waiting, unsaved, refused, online, signedOut }) {
  if (signedOut) return { text: "signed_out", n: waiting };
  if (unsaved) return { text: "unsaved", n: unsaved };
  if (!online) return waiting ? { text: "waiting", n: waiting } : { text: "offline", n: 0 };
  return refused ? { text: "refused_kept", n: refused } : null;
}

/**
 * @param {HTMLElement} root the page
 * @param {Outbox} outbox
 * @param {object} parts
 * @param {Record<string, string>} parts.texts of the page
 * @param {import("./words.js").Names} parts.names
 * @param {Pick<import("./again.js").Again, "decisions" | "send" | "open" | "load">} parts.again
 */
export function mountPending(root, outbox, { texts, names, again }) {
  const off = new AbortController();
  /** @param {string} name */
  const part = (name) => /** @type {HTMLElement} */ (root.querySelector(`[data-part="${name}"]`));
  const notice = part("pending");
  const list = part("pending-list");
  const more = /** @type {HTMLDetailsElement} */ (part("pending-more"));
  let without = false;

  /** @param {string} text @param {number} n */
  const words = (text, n) => ((n === 1 && texts[`${text}.one`]) || texts[text] || "").replace("%d", String(n));

  /** @param {OutboxState} state */
  function show(state) {
    const said = sentence({ ...state, online: state.online && !without });
    notice.hidden = !said;
    if (!said) return void (more.open = false);
    const spoken = words(said.text, said.n);
    const status = part("pending-words");
    if (status.textContent !== spoken) status.textContent = spoken;
    part("sign-in").hidden = !state.signedOut;
    more.hidden = state.waiting + state.refused === 0;
    if (more.open) fill();
  }

  function fill() {
    const waiting = outbox.entries().map((entry) => row(entry, texts.to_be_sent));
    const refused = outbox.refused.all().map((entry) => row(entry, reason(entry), ...again.decisions(entry).map((what) => button(what, entry))));
    list.replaceChildren(...waiting, ...refused);
  }

  /** @param {import("./outbox.js").RefusedEntry} entry */
  const reason = ({ code, detail }) => refusalInWords(texts, { code, message: detail });

  /** @param {import("./again.js").Decision} what @param {import("./outbox.js").RefusedEntry} entry */
  function decide(what, entry) {
    if (what === "retry") outbox.retry(entry.key);
    else if (what === "discard") outbox.discard(entry.key);
    else again[what](entry);
  }

  /** @param {import("./outbox.js").Entry} entry @param {string} what @param {HTMLElement[]} buttons */
  function row(entry, what, ...buttons) {
    const item = document.createElement("li");
    const time = document.createElement("span");
    time.className = "num muted";
    time.textContent = timeInWords(entry.at ?? 0);
    item.append(time, ` ${answerInWords(entry.body, names)} — ${what} `, ...buttons);
    return item;
  }

  /** @param {import("./again.js").Decision} what @param {import("./outbox.js").RefusedEntry} entry */
  function button(what, entry) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn btn-small";
    made.textContent = texts[`decide.${what}`];
    made.addEventListener("click", () => decide(what, entry), { signal: off.signal });
    return made;
  }

  /** @param {BeforeUnloadEvent} event */
  function onLeave(event) {
    if (outbox.state.unsaved) event.preventDefault();
  }

  more.addEventListener("toggle", () => void (more.open && fill()), { signal: off.signal });
  window.addEventListener("beforeunload", onLeave, { signal: off.signal });
  return {
    show,
    /** The browser says that there is a network, or that there is none. @param {boolean} there */
    network(there) {
      without = !there;
      show(outbox.state);
    },
    unmount: () => off.abort(),
  };
}
