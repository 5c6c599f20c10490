/**
 * Several tabs and devices of one person. What one of them answered or gave back is held by the others, too: they are told, and go
 * on to the next clip, so that nobody judges a clip twice. Other devices learn it from the server, when they renew.
 */

/**
 * @typedef {{postMessage: (message: unknown) => void, close: () => void, onmessage: ((event: MessageEvent) => void) | null}} Channel
 * @typedef {object} Parts of the page
 * @property {Pick<import("./queue.js").ClipQueue, "drop">} queue
 * @property {() => boolean} busy with an earlier answer
 * @property {() => void} stop the sound
 * @property {() => void} go on to the next clip, and say why
 */

export class Tabs {
  /** The clip that is shown was dealt with elsewhere. */
  #behind = false;

  /** @param {Parts} parts @param {Channel | null} channel to the other tabs of this person */
  constructor(parts, channel) {
    this.parts = parts;
    this.channel = channel;
    if (channel) channel.onmessage = ({ data }) => this.done(String(data));
  }

  /** An assignment was answered or given back here. @param {string} assignment */
  tell(assignment) {
    this.channel?.postMessage(assignment);
  }

  /** Somebody is at this tab. The next clip plays by itself, so it waits for that. */
  attend() {
    if (!this.#behind) return;
    this.#behind = false;
    if (!this.parts.busy()) this.parts.go();
  }

  /** It was answered or given back elsewhere. @param {string} assignment */
  done(assignment) {
    const { queue, busy, stop } = this.parts;
    if (!queue.drop(assignment) || busy()) return;
    stop();
    this.#behind = true;
    if (document.hasFocus()) this.attend();
  }

  close() {
    this.channel?.close();
  }
}

/** @param {string} name one per person @returns {Channel | null} null where the browser has none */
export function openChannel(name) {
  return typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(name);
}
