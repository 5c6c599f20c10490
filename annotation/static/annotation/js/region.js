/**
 * A part of the clip to hear again and again: drawn over the pictures by dragging, or set by keys at
 * the playhead. Its two ends are sliders for keyboard and pointer.
 */

const DRAG_FROM_PX = 6;
const STEP_S = 0.05;
const LONG_STEP_S = 0.5;

/** @typedef {import("./player.js").Region} Region */

/**
 * The region after one of its ends was moved there; an end that was not set is that of the clip.
 * @param {Region | null} region
 * @param {"from" | "to"} end
 * @param {number} at_s
 * @param {number} duration_s
 * @returns {Region}
 */
export function withEnd(region, end, at_s, duration_s) {
  const at = Math.max(0, Math.min(duration_s, at_s));
  const { from_s, to_s } = region ?? { from_s: 0, to_s: duration_s };
  if (end === "from") return { from_s: at, to_s: to_s > at ? to_s : duration_s };
  return { from_s: from_s < at ? from_s : 0, to_s: at };
}

/**
 * Where a slider goes by a key, or null for a key that is none of its own.
 * @param {string} key
 * @param {number} at_s
 * @param {number} duration_s
 */
export function keyedTo(key, at_s, duration_s) {
  /** @type {Record<string, number>} */
  const places = {
    ArrowLeft: at_s - STEP_S,
    ArrowDown: at_s - STEP_S,
    ArrowRight: at_s + STEP_S,
    ArrowUp: at_s + STEP_S,
    PageDown: at_s - LONG_STEP_S,
    PageUp: at_s + LONG_STEP_S,
    Home: 0,
    End: duration_s,
  };
  return key in places ? Math.max(0, Math.min(duration_s, places[key])) : null;
}

/**
 * @param {HTMLElement} root the stage
 * @param {import("./player.js").Player} player
 */
export function mountRegion(root, player) {
  const off = new AbortController();
  const signal = off.signal;
  /** @template {HTMLElement} T @param {string} selector @returns {T} */
  const part = (selector) => /** @type {T} */ (root.querySelector(selector));
  const pictures = part("[data-pictures]");
  const shown = part("[data-region]");
  const words = part("[data-region-words]");
  const ends = { from: part("[data-handle=from]"), to: part("[data-handle=to]") };
  const clear = /** @type {HTMLButtonElement} */ (part("[data-part=region-clear]"));

  /** @param {PointerEvent} event s of the clip below the pointer */
  function pointed_s(event) {
    const box = pictures.getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) * player.duration_s;
  }

  function draw() {
    const region = player.region;
    const duration_s = player.duration_s;
    shown.hidden = words.hidden = clear.hidden = !region || !duration_s;
    if (!region || !duration_s) return;
    shown.style.left = `${(100 * region.from_s) / duration_s}%`;
    shown.style.width = `${(100 * (region.to_s - region.from_s)) / duration_s}%`;
    words.textContent = `${region.from_s.toFixed(2)}–${region.to_s.toFixed(2)} s`;
    for (const [end, at_s] of /** @type {["from" | "to", number][]} */ ([["from", region.from_s], ["to", region.to_s]])) {
      ends[end].setAttribute("aria-valuemax", duration_s.toFixed(2));
      ends[end].setAttribute("aria-valuenow", at_s.toFixed(2));
      ends[end].setAttribute("aria-valuetext", `${at_s.toFixed(2)} s`);
    }
  }

  /** @param {Region | null} region */
  function set(region) {
    player.setRegion(region);
    draw();
  }

  /** Set an end at the playhead, and hear the part. @param {"from" | "to"} end */
  function mark(end) {
    if (!player.duration_s) return;
    set(withEnd(player.region, end, player.position_s, player.duration_s));
    if (player.region && !player.playing) void player.play();
  }

  /** Follow the pointer until it is let go. @param {PointerEvent} down @param {(at_s: number, moved: boolean, done: boolean) => void} move */
  function follow(down, move) {
    const dragging = new AbortController();
    const over = { signal: AbortSignal.any([signal, dragging.signal]) };
    let moved = false;
    /** @param {PointerEvent} event */
    const onMove = (event) => {
      moved ||= Math.abs(event.clientX - down.clientX) >= DRAG_FROM_PX;
      if (moved) move(pointed_s(event), true, false);
    };
    /** @param {PointerEvent} event */
    const onUp = (event) => {
      dragging.abort();
      move(pointed_s(event), moved, true);
    };
    window.addEventListener("pointermove", onMove, over);
    window.addEventListener("pointerup", onUp, over);
    window.addEventListener("pointercancel", () => dragging.abort(), over);
  }

  /** A press plays from there; a drag makes a region. @param {PointerEvent} event */
  function onPoint(event) {
    if (event.button !== 0 || !player.duration_s) return;
    const start_s = pointed_s(event);
    const end = /** @type {HTMLElement} */ (event.target).closest?.("[data-handle]");
    if (end) return onHandle(event, /** @type {HTMLElement} */ (end));
    follow(event, (at_s, moved, done) => {
      if (!moved) return void player.play(at_s);
      set({ from_s: Math.min(start_s, at_s), to_s: Math.max(start_s, at_s) });
      if (done && player.region && !player.playing) void player.play();
    });
  }

  /** @param {PointerEvent} event @param {HTMLElement} handle */
  function onHandle(event, handle) {
    const end = handle === ends.from ? "from" : "to";
    follow(event, (at_s, moved) => {
      if (moved && player.region) set(withEnd(player.region, end, at_s, player.duration_s));
    });
  }

  /** @param {KeyboardEvent} event @param {"from" | "to"} end */
  function onKey(event, end) {
    const region = player.region;
    if (!region || event.ctrlKey || event.altKey || event.metaKey) return;
    const to_s = keyedTo(event.key, end === "from" ? region.from_s : region.to_s, player.duration_s);
    if (to_s === null) return;
    event.preventDefault();
    const moved = withEnd(region, end, to_s, player.duration_s);
    const crossed = end === "from" ? moved.from_s >= region.to_s : moved.to_s <= region.from_s;
    if (!crossed) set(moved);
  }

  function onClear() {
    const held = shown.contains(document.activeElement) || document.activeElement === clear;
    set(null);
    // The focus was on something that is gone now.
    if (held) part("[data-part=pause]").focus();
  }

  pictures.addEventListener("pointerdown", onPoint, { signal });
  ends.from.addEventListener("keydown", (event) => onKey(event, "from"), { signal });
  ends.to.addEventListener("keydown", (event) => onKey(event, "to"), { signal });
  part("[data-part=region-from]").addEventListener("click", () => mark("from"), { signal });
  part("[data-part=region-to]").addEventListener("click", () => mark("to"), { signal });
  clear.addEventListener("click", onClear, { signal });
  draw();
  return { draw, clear: () => set(null), unmount: () => off.abort() };
}
