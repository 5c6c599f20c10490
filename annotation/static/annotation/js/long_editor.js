/** The editor of a long recording's regions, over the table that is its form: by mouse, touch and keys. */

import { cookieToken } from "./api.js";
import { codeOf, isTyping, letGoAfterPointer } from "./keys.js";
import { makeRegions } from "./long_regions.js";
import { makeTable } from "./long_table.js";
import { clock, makeView, outline } from "./long_view.js";
import { refusalInWords } from "./words.js";

const STEP_S = 0.02;
const SHORTEST_S = 0.05;
const NEW_S = 1;
const EDGE_PX = 10;
const DRAG_PX = 5;
const BINS = 1000;

/** @param {HTMLFormElement} root */
export function mount(root) {
  const off = new AbortController();
  const signal = off.signal;
  /** @template {Element} T @param {string} name @returns {T} */
  const part = (name) => /** @type {T} */ (root.querySelector(`[data-part=${name}]`));
  const given = JSON.parse(/** @type {HTMLElement} */ (root.querySelector("#long-editor")).textContent ?? "{}");
  const { recording, prompts, urls, play_max_s, texts, words } = given;
  const rate_hz = recording.sample_rate_hz;
  const frames = recording.frames;
  let revision = recording.revision;
  const regions = makeRegions(recording.regions, { frames, shortest: Math.round(SHORTEST_S * rate_hz) });
  const view = makeView(frames, rate_hz);
  const keyOf = new Map(prompts.map((/** @type {any} */ p) => [p.id, p.key]));
  const idOf = new Map(prompts.map((/** @type {any} */ p) => [p.key, p.id]));
  const [detail, overview, shown, cursor, place, status, conflict, audio, prompt, rows, keysOn] = /** @type {any[]} */ (
    ["detail", "overview", "regions", "cursor", "place", "status", "conflict", "audio", "prompt", "rows", "keys-on"].map(part)
  );
  const text = root.dataset;
  const table = makeTable(rows, { rate_hz, keyOf, words });
  let at_frame = regions.chosen?.start_frame ?? 0;
  /** @type {any} */ let whole = null;
  let asked = 0;
  let saving = false;
  /** One's own regions while somebody else's are shown. @type {any[] | null} */
  let mine = null;

  /** @param {string} words @param {"info" | "bad"} [kind] */
  function tell(words, kind = "info") {
    status.hidden = !words;
    status.className = `notice notice-${kind}`;
    status.textContent = words;
  }

  // --- drawing -------------------------------------------------------------------------------

  /** @param {number} from @param {number} to @returns {Promise<any>} */
  async function peaks(from, to) {
    const query = new URLSearchParams({ start: String(Math.floor(from)), end: String(Math.ceil(to)), bins: String(BINS) });
    const answer = await fetch(`${urls.peaks}?${query}`, { signal, headers: { Accept: "application/json" } });
    return answer.ok ? answer.json() : null;
  }

  /** @param {string} name @param {Record<string, string | number>} attributes */
  function svg(name, attributes) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
    return made;
  }

  async function drawWave() {
    const mine = ++asked;
    const { start, end } = view;
    const found = await peaks(start, end).catch(() => null);
    if (!found || mine !== asked) return;
    detail.querySelector("svg").replaceChildren(svg("path", { d: outline(found, start, end, 100) }));
  }

  function drawOverview() {
    const x = (/** @type {number} */ frame) => (frame / frames) * 1000;
    const parts = regions.rows.map((row) =>
      svg("rect", { class: "part", x: x(row.start_frame), width: Math.max(0.5, x(row.end_frame - row.start_frame)), y: 0, height: 60 }),
    );
    const seen = svg("rect", { class: "view", x: x(view.start), width: Math.max(3, x(view.width)), y: 1, height: 58 });
    overview.replaceChildren(svg("path", { d: whole ? outline(whole, 0, frames, 60) : "" }), ...parts, seen);
  }

  function drawRegions() {
    const focused = shown.contains(document.activeElement);
    /** @type {HTMLButtonElement[]} */
    const made = [];
    regions.rows.forEach((row, k) => {
      if (row.end_frame < view.start || row.start_frame > view.end) return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = row.prompt ? "long-region" : "long-region without";
      button.dataset.k = String(k);
      button.setAttribute("aria-pressed", String(k === regions.at));
      const label = document.createElement("span");
      label.textContent = `${k + 1} ${keyOf.get(row.prompt) ?? text.textNone}`;
      button.append(label);
      button.style.left = `${100 * view.shareOf(row.start_frame)}%`;
      button.style.width = `${(100 * (row.end_frame - row.start_frame)) / view.width}%`;
      made.push(button);
    });
    shown.replaceChildren(...made);
    if (focused) (shown.querySelector("[aria-pressed=true]") ?? detail).focus();
    const share = view.shareOf(at_frame);
    cursor.hidden = share < 0 || share > 1;
    cursor.style.left = `${100 * share}%`;
    place.textContent = `${clock(view.start / rate_hz)} – ${clock(view.end / rate_hz)} · ${clock(at_frame / rate_hz)}`;
  }

  function markRow() {
    table.mark(regions.at);
    prompt.value = regions.chosen?.prompt ?? "";
    prompt.disabled = !regions.chosen;
  }

  /** @param {{rows?: boolean, wave?: boolean}} [what] */
  function draw({ rows: values = false, wave = false } = {}) {
    if (values) table.draw(regions);
    drawOverview();
    drawRegions();
    markRow();
    if (wave) void drawWave();
  }

  /** Choose a region and bring it into sight. @param {number} k */
  function choose(k) {
    regions.choose(k);
    const row = regions.chosen;
    if (row) {
      at_frame = row.start_frame;
      view.show(row.start_frame, row.end_frame);
    }
    draw({ wave: true });
  }

  /** @param {boolean} done */
  function changed(done) {
    if (!done) return;
    tell(text.textChanged ?? "");
    draw({ rows: true });
  }

  // --- what can be done ----------------------------------------------------------------------

  function play() {
    const row = regions.chosen;
    if (!audio.paused) return audio.pause();
    const from = row ? row.start_frame : at_frame;
    const to = row ? row.end_frame : Math.min(frames, at_frame + 5 * rate_hz);
    if ((to - from) / rate_hz > play_max_s) return tell(text.textTooLong ?? "", "bad");
    audio.src = `${urls.audio}?start=${from}&end=${to}`;
    audio.dataset.from = String(from);
    void audio.play().catch(() => tell(text.textLost ?? "", "bad"));
  }

  /** @param {"start" | "end"} edge @param {number} steps */
  function nudge(edge, steps) {
    const row = regions.chosen;
    if (row) changed(regions.move(edge, row[`${edge}_frame`] + steps * STEP_S * rate_hz));
  }

  /** @type {Record<string, () => void>} */
  const acts = {
    play,
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
    left: () => (view.pan(-0.5), draw({ wave: true })),
    right: () => (view.pan(0.5), draw({ wave: true })),
    in: () => (view.zoom(0.5, at_frame), draw({ wave: true })),
    out: () => (view.zoom(2, at_frame), draw({ wave: true })),
    undo: () => changed(regions.undo()),
    mine: () => settle(true),
    theirs: () => settle(false),
  };

  async function save() {
    if (saving) return;  // a second one would meet the first one's revision, and be told of somebody else
    saving = true;
    const sent = regions.changes;
    const answer = await fetch(urls.regions, {
      method: "PUT",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": cookieToken() || (text.csrf ?? "") },
      body: JSON.stringify({ revision, regions: regions.body() }),
      signal,
    }).catch(() => null);
    const told = await answer?.json().catch(() => null);
    saving = false;
    if (!answer || !told) return tell(text.textLost ?? "", "bad");
    if (answer.ok) return stored(told, sent);
    if (answer.status === 409 && told.recording) return differ(told.recording);
    tell(refusalInWords(texts, { code: told.code, message: told.detail }), "bad");
  }

  /** What was changed while it was sent is kept, for the next time. @param {any} told @param {number} sent */
  function stored(told, sent) {
    if (regions.changes === sent) {
      adopt(told);
      return tell(text.textSaved ?? "");
    }
    setRevision(told.revision);
    regions.knows(told.regions);
    tell(text.textChanged ?? "");
  }

  /** Somebody else saved first: theirs are shown, one's own are kept until one has chosen. @param {any} theirs */
  function differ(theirs) {
    mine ??= regions.rows;
    adopt(theirs);
    tell("");
    conflict.hidden = false;
    conflict.focus();
  }

  /** @param {boolean} own one's own regions instead of theirs; undo goes back */
  function settle(own) {
    const kept = mine;
    mine = null;
    conflict.hidden = true;
    if (own && kept) changed(regions.restore(kept));
    detail.focus();
  }

  /** @param {number} now */
  function setRevision(now) {
    revision = now;
    for (const input of document.querySelectorAll("input[name=revision]")) /** @type {HTMLInputElement} */ (input).value = String(now);
  }

  /** @param {any} stored */
  function adopt(stored) {
    setRevision(stored.revision);
    regions.replace(stored.regions);
    draw({ rows: true });
  }

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
    window.addEventListener("pointercancel", () => dragging.abort(), over);
  }

  /** An edge moves alone, anything between them takes the whole region along. @param {PointerEvent} event */
  function onDetail(event) {
    if (event.button !== 0) return;
    const frame = view.frameAt(shareIn(detail, event));
    const near = (EDGE_PX / detail.clientWidth) * view.width;
    const k = regions.nearest(frame, near);
    at_frame = frame;
    if (k < 0) return onEmpty(event, frame);
    regions.choose(k);
    draw();
    const { start_frame, end_frame } = regions.rows[k];
    const edge = Math.abs(frame - start_frame) <= near ? "start" : Math.abs(frame - end_frame) <= near ? "end" : null;
    event.preventDefault();
    let first = true;
    follow(event, (moving) => {
      const to = view.frameAt(shareIn(detail, moving));
      const done = edge ? regions.move(edge, to, !first) : regions.shift(start_frame + to - frame, !first);
      if (done) first = false;
      drawRegions();
    }, (_event, moved) => moved && changed(!first));
  }

  /** @param {PointerEvent} event @param {number} frame */
  function onEmpty(event, frame) {
    draw();
    follow(event, () => {}, (end, moved) => {
      const to = view.frameAt(shareIn(detail, end));
      if (moved) changed(regions.add(Math.min(frame, to), Math.max(frame, to)));
    });
  }

  /** @param {PointerEvent} event */
  function onOverview(event) {
    const go = (/** @type {PointerEvent} */ moving) => {
      at_frame = Math.round(Math.max(0, Math.min(1, shareIn(overview, moving))) * frames);
      view.centre(at_frame);
      draw({ wave: true });
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
    /** @type {HTMLElement} */ (button).click();
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
  root.addEventListener("submit", (event) => (event.preventDefault(), void save()), { signal });
  prompt.addEventListener("change", () => changed(regions.setPrompt(prompt.value || null)), { signal });
  rows.addEventListener("change", onCell, { signal });
  rows.addEventListener("focusin", (/** @type {FocusEvent} */ event) => {
    const k = Number(/** @type {HTMLElement} */ (event.target).closest("tr")?.dataset.k ?? -1);
    if (k >= 0 && k !== regions.at) choose(k);
  }, { signal });
  detail.addEventListener("pointerdown", onDetail, { signal });
  overview.addEventListener("pointerdown", onOverview, { signal });
  document.addEventListener("keydown", onKey, { signal });
  audio.addEventListener("timeupdate", () => {
    at_frame = Math.round(Number(audio.dataset.from) + audio.currentTime * rate_hz);
    drawRegions();
  }, { signal });
  window.addEventListener("beforeunload", (event) => (regions.dirty || mine) && event.preventDefault(), { signal });
  letGoAfterPointer(root, signal);

  part("empty").remove();
  /** @type {HTMLElement} */ (part("stage")).hidden = false;
  if (regions.chosen) view.show(regions.chosen.start_frame, regions.chosen.end_frame);
  draw({ rows: true, wave: true });
  void peaks(0, frames).then((found) => ((whole = found), drawOverview())).catch(() => null);
  root.dataset.ready = "";
  return () => {
    off.abort();
    audio.pause();
  };
}
