/** What has not reached the server yet, and what it refused: a count, and a list to open. */

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
 * A judgement in the words of the page: names of its labels, then whatever else was given.
 * @param {HTMLElement} root
 * @param {import("./types.js").Judgement} body
 */
export function inWords(root, body) {
  const name = (/** @type {string} */ esc) => {
    const input = root.querySelector(`[name="esc"][value="${CSS.escape(esc)}"]`);
    return input?.closest(".pick")?.querySelector(".pick-name")?.textContent?.trim() ?? esc;
  };
  const { labels, listened_ms: _heard, replays: _replays, scheme: _scheme, ...more } = /** @type {any} */ (body);
  const given = labels.map((/** @type {import("./types.js").Label} */ { esc, eis }) => (eis === null ? name(esc) : `${name(esc)} ${eis}`));
  for (const [field, value] of Object.entries(more)) {
    if (value?.length !== 0) given.push(`${field}: ${typeof value === "object" ? JSON.stringify(value) : value}`);
  }
  return given.join(" · ");
}

/**
 * @param {HTMLElement} root the page
 * @param {Outbox} outbox
 * @param {Record<string, string>} texts of the page
 */
export function mountPending(root, outbox, texts) {
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
    const refused = outbox.refused.all().map((entry) => row(entry, reason(entry), ...decisions(entry)));
    list.replaceChildren(...waiting, ...refused);
  }

  /** @param {import("./outbox.js").RefusedEntry} entry */
  function reason({ code, detail }) {
    const known = texts[`error.${code}`];
    return known ? `${known} (${detail})` : detail;
  }

  /** @param {import("./outbox.js").RefusedEntry} entry */
  function decisions({ key, code }) {
    const again = code === "scheme_changed" ? button(texts.reload, () => location.reload()) : button(texts.try_again, () => outbox.retry(key));
    return [again, button(texts.discard, () => outbox.discard(key))];
  }

  /** @param {import("./outbox.js").Entry} entry @param {string} what @param {HTMLElement[]} buttons */
  function row(entry, what, ...buttons) {
    const item = document.createElement("li");
    const time = document.createElement("span");
    time.className = "num muted";
    time.textContent = new Date(entry.at ?? 0).toLocaleTimeString(document.documentElement.lang);
    item.append(time, ` ${inWords(root, entry.body)} — ${what} `, ...buttons);
    return item;
  }

  /** @param {string} words @param {() => void} action */
  function button(words, action) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn btn-small";
    made.textContent = words;
    made.addEventListener("click", action, { signal: off.signal });
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
