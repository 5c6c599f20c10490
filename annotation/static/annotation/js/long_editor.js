/** The editor of a long recording's regions, over the table that is its form: by mouse, touch and keys. */

import { codeOf, isTyping, letGoAfterPointer } from "./keys.js";
import { makeListening } from "./long_listening.js";
import { makeRegions } from "./long_regions.js";
import { makeSaving } from "./long_saving.js";
import { makeTable } from "./long_table.js";
import { makeView } from "./long_view.js";
import { makeWave } from "./long_wave.js";

const STEP_S = 0.02;
const CURSOR_S = 0.1;
const SHORTEST_S = 0.05;
const NEW_S = 1;
const HEARD_S = 30;
const EDGE_PX = 10;
const FINGER_PX = 22;
const DRAG_PX = 5;
/** A key that is held down does these once. */
const ONCE = new Set(["play", "here", "split", "merge", "add", "remove", "on", "back", "unsure"]);

/** @param {HTMLFormElement} root */
export function mount(root) {
  const off = new AbortController();
  const signal = off.signal;
  /** @template {Element} T @param {string} name @returns {T} */
  const part = (name) => /** @type {T} */ (root.querySelector(`[data-part=${name}]`));
  const given = JSON.parse(/** @type {HTMLElement} */ (root.querySelector("#long-editor")).textContent ?? "{}");
  const { recording, prompts, urls, play_max_s, sure, texts, words } = given;
  const rate_hz = recording.sample_rate_hz;
  const frames = recording.frames;
  const regions = makeRegions(recording.regions, { frames, shortest: Math.round(SHORTEST_S * rate_hz), sure });
  const view = makeView(frames, rate_hz);
  const order = prompts.map((/** @type {any} */ p) => p.id);
  const keyOf = new Map(prompts.map((/** @type {any} */ p) => [p.id, p.key]));
  const idOf = new Map(prompts.map((/** @type {any} */ p) => [p.key, p.id]));
  const [detail, overview, status, prompt, rows, keysOn, unsure] = /** @type {any[]} */ (
    ["detail", "overview", "status", "prompt", "rows", "keys-on", "unsure"].map(part)
  );
  const text = root.dataset;
  const table = makeTable(rows, { rate_hz, keyOf, words });
  const nameOf = (/** @type {any} */ row) => keyOf.get(row.prompt) ?? text.textNone;
  const wave = makeWave(part, { frames, rate_hz, url: urls.peaks, regions, view, nameOf, signal });
  const saving = makeSaving(regions, {
    url: urls.regions, revision: recording.revision, texts, words: text, signal, tell, conflict: part("conflict"),
    replaced: () => draw({ rows: true }),
  });
  const listening = makeListening(part("audio"), {
    url: urls.audio, rate_hz, most_s: play_max_s, signal, moved: goTo,
    refused: (why) => tell((why === "long" ? text.textTooLong : text.textLost) ?? "", "bad"),
  });
  let at_frame = regions.chosen?.start_frame ?? 0;

  /** @param {string} words @param {"info" | "bad"} [kind] */
  function tell(words, kind = "info") {
    status.hidden = !words;
    status.className = `notice notice-${kind}`;
    status.textContent = words;
  }

  // --- drawing -------------------------------------------------------------------------------

  function markRow() {
    table.mark(regions.at);
    prompt.value = regions.chosen?.prompt ?? "";
    prompt.disabled = !regions.chosen;
  }

  /** @param {{rows?: boolean, sound?: boolean}} [what] */
  function draw({ rows: values = false, sound = false } = {}) {
    if (values) {
      table.draw(regions);
      unsure.textContent = (text.textUnsure ?? "").replace("%s", String(regions.rows.filter((row) => regions.isUnsure(row)).length));
    }
    wave.overview();
    wave.regions(at_frame);
    markRow();
    if (sound) void wave.sound();
  }

  /** Put the cursor somewhere, and bring it into sight. @param {number} frame */
  function goTo(frame) {
    at_frame = Math.max(0, Math.min(frames, Math.round(frame)));
    const share = view.shareOf(at_frame);
    if (share >= 0 && share <= 1) return wave.cursor(at_frame);
    view.centre(at_frame);
    draw({ sound: true });
  }

  /** Choose a region and bring it into sight. @param {number} k */
  function choose(k) {
    regions.choose(k);
    const row = regions.chosen;
    if (row) {
      at_frame = row.start_frame;
      view.show(row.start_frame, row.end_frame);
    }
    draw({ sound: true });
  }

  /** @param {boolean} done */
  function changed(done) {
    if (!done) return;
    tell(text.textChanged ?? "");
    draw({ rows: true });
  }

  // --- what can be done ----------------------------------------------------------------------

  /** The chosen region; where there is none, from the cursor on. */
  function play() {
    const row = regions.chosen;
    if (row) listening.toggle(row.start_frame, row.end_frame);
    else playOn();
  }

  function playOn() {
    listening.toggle(at_frame, Math.min(frames, at_frame + HEARD_S * rate_hz));
  }

  /** The next region whose prompt may be another one. */
  function toUnsure() {
    const k = regions.nextUnsure();
    if (k < 0) tell(text.textSure ?? "");
    else choose(k);
  }

  /** @param {boolean} own */
  function settle(own) {
    changed(saving.settle(own));
    detail.focus();
  }

  /** @param {"start" | "end"} edge @param {number} steps */
  function nudge(edge, steps) {
    const row = regions.chosen;
    if (row) changed(regions.move(edge, row[`${edge}_frame`] + steps * STEP_S * rate_hz));
  }

  /** @type {Record<string, () => void>} */
  const acts = {
    play,
    here: playOn,
    earlier: () => goTo(at_frame - CURSOR_S * rate_hz),
    later: () => goTo(at_frame + CURSOR_S * rate_hz),
    unsure: toUnsure,
    on: () => changed(regions.slide(1, order)),
    back: () => changed(regions.slide(-1, order)),
    previous: () => choose(regions.at - 1),
    next: () => choose(regions.at + 1),
    split: () => changed(regions.split(at_frame)),
    merge: () => changed(regions.merge()),
    add: () => changed(regions.add(at_frame, at_frame + NEW_S * rate_hz)),
    remove: () => changed(regions.remove()),
    "start-earlier": () => nudge("start", -1),
    "start-later": () => nudge("start", 1),
    "end-earlier": () => nudge("end", -1),
    "end-later": () => nudge("end", 1),
    left: () => (view.pan(-0.5), draw({ sound: true })),
    right: () => (view.pan(0.5), draw({ sound: true })),
    in: () => (view.zoom(0.5, at_frame), draw({ sound: true })),
    out: () => (view.zoom(2, at_frame), draw({ sound: true })),
    undo: () => changed(regions.undo()),
    mine: () => settle(true),
    theirs: () => settle(false),
  };

  // --- pointer -------------------------------------------------------------------------------

  /** @param {Element} element @param {PointerEvent} event */
  const shareIn = (element, event) => {
    const box = element.getBoundingClientRect();
    return (event.clientX - box.left) / box.width;
  };

  /** @param {PointerEvent} down @param {(event: PointerEvent, moved: boolean) => void} move @param {(event: PointerEvent, moved: boolean) => void} [end] */
  function follow(down, move, end) {
    const dragging = new AbortController();
    const over = { signal: AbortSignal.any([signal, dragging.signal]) };
    let moved = false;
    window.addEventListener("pointermove", (event) => {
      moved ||= Math.abs(event.clientX - down.clientX) >= DRAG_PX;
      if (moved) move(event, moved);
    }, over);
    const stop = (/** @type {PointerEvent} */ event) => (dragging.abort(), end?.(event, moved));
    window.addEventListener("pointerup", stop, over);
    window.addEventListener("pointercancel", stop, over);
  }

  /** An edge moves alone, anything between them takes the whole region along. @param {PointerEvent} event */
  function onDetail(event) {
    if (event.button !== 0) return;
    const frame = view.frameAt(shareIn(detail, event));
    const near = ((event.pointerType === "touch" ? FINGER_PX : EDGE_PX) / detail.clientWidth) * view.width;
    const k = regions.nearest(frame, near);
    at_frame = frame;
    if (k < 0) return onEmpty(event, frame);
    regions.choose(k);
    draw();
    const { start_frame, end_frame } = regions.rows[k];
    const grip = Math.min(near, (end_frame - start_frame) / 3);  // the middle takes the whole region, however short it is
    const edge = frame - start_frame <= grip ? "start" : end_frame - frame <= grip ? "end" : null;
    event.preventDefault();
    let first = true;
    follow(event, (moving) => {
      const to = view.frameAt(shareIn(detail, moving));
      const done = edge ? regions.move(edge, to, !first) : regions.shift(start_frame + to - frame, !first);
      if (done) first = false;
      wave.regions(at_frame);
    }, (_event, moved) => moved && changed(!first));
  }

  /** @param {PointerEvent} event @param {number} frame */
  function onEmpty(event, frame) {
    draw();
    follow(event, () => {}, (end, moved) => {
      const to = view.frameAt(shareIn(detail, end));
      if (moved && end.type === "pointerup") changed(regions.add(Math.min(frame, to), Math.max(frame, to)));
    });
  }

  /** @param {PointerEvent} event */
  function onOverview(event) {
    const go = (/** @type {PointerEvent} */ moving) => {
      at_frame = Math.round(Math.max(0, Math.min(1, shareIn(overview, moving))) * frames);
      view.centre(at_frame);
      draw({ sound: true });
    };
    go(event);
    follow(event, go);
  }

  // --- the rest ------------------------------------------------------------------------------

  /** Held down, a key goes on. @param {KeyboardEvent} event */
  function onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || isTyping(event) || !keysOn.checked) return;
    const button = root.querySelector(`[data-code="${CSS.escape(codeOf(event))}"]`);
    if (!button) return;
    event.preventDefault();
    const { act = "" } = /** @type {HTMLElement} */ (button).dataset;
    if (!event.repeat || !ONCE.has(act)) acts[act]?.();
  }

  /** A cell of the table was changed. @param {Event} event */
  function onCell(event) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const k = Number(input.closest("tr")?.dataset.k ?? -1);
    if (k < 0) return;
    regions.choose(k);
    const seconds = Number(input.value.replace(",", "."));
    if (input.name === "prompt") {
      const known = idOf.get(input.value.trim());
      if (known || !input.value.trim()) changed(regions.setPrompt(known ?? null));
      else draw({ rows: true });
    } else if (Number.isFinite(seconds)) {
      if (!regions.move(input.name === "start_s" ? "start" : "end", seconds * rate_hz)) draw({ rows: true });
      else changed(true);
    } else draw({ rows: true });
  }

  prompt.replaceChildren(
    new Option(text.textNone, ""),
    ...prompts.map((/** @type {any} */ p) => new Option(`${p.key} ${p.text}`.slice(0, 90), p.id)),
  );
  root.addEventListener("click", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const act = /** @type {HTMLElement | null} */ (target.closest("[data-act]"))?.dataset.act;
    const row = /** @type {HTMLElement | null} */ (target.closest("tr[data-k]"));
    if (row && Number(row.dataset.k) !== regions.at) choose(Number(row.dataset.k));
    if (act && acts[act]) acts[act]();
    const region = /** @type {HTMLElement | null} */ (target.closest(".long-region"));
    if (region && event.detail === 0) choose(Number(region.dataset.k));
  }, { signal });
  root.addEventListener("submit", (event) => (event.preventDefault(), void saving.save()), { signal });
  prompt.addEventListener("change", () => changed(regions.setPrompt(prompt.value || null)), { signal });
  rows.addEventListener("change", onCell, { signal });
  rows.addEventListener("focusin", (/** @type {FocusEvent} */ event) => {
    const k = Number(/** @type {HTMLElement} */ (event.target).closest("tr")?.dataset.k ?? -1);
    if (k >= 0 && k !== regions.at) choose(k);
  }, { signal });
  detail.addEventListener("pointerdown", onDetail, { signal });
  overview.addEventListener("pointerdown", onOverview, { signal });
  document.addEventListener("keydown", onKey, { signal });
  window.addEventListener("beforeunload", (event) => saving.unsaved && event.preventDefault(), { signal });
  letGoAfterPointer(root, signal);

  part("empty").remove();
  /** @type {HTMLElement} */ (part("stage")).hidden = false;
  if (regions.chosen) view.show(regions.chosen.start_frame, regions.chosen.end_frame);
  draw({ rows: true, sound: true });
  void wave.load();
  root.dataset.ready = "";
  return () => {
    off.abort();
    listening.stop();
  };
}
