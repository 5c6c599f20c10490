/** The pictures of a long recording: all of it, and the stretch that is seen with its regions and the cursor. */

import { clock, outline } from "./long_view.js";

/** @typedef {import("./long_regions.js").Regions} Regions */
/** @typedef {import("./long_regions.js").Region} Region */
/** @typedef {import("./long_view.js").View} View */

const BINS = 1000;

/** @param {string} name @param {Record<string, string | number>} attributes */
function svg(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

/**
 * @param {(name: string) => any} part `detail`, `overview`, `regions`, `cursor` and `place` of the page
 * @param {{frames: number, rate_hz: number, url: string, regions: Regions, view: View, nameOf: (region: Region) => string, signal: AbortSignal}} about
 *   url: of the peaks
 */
export function makeWave(part, { frames, rate_hz, url, regions, view, nameOf, signal }) {
  const [detail, overview, shown, cursor, place] = ["detail", "overview", "regions", "cursor", "place"].map(part);
  /** @type {any} */ let whole = null;
  let asked = 0;

  /** @param {number} from @param {number} to @returns {Promise<any>} null where there is no answer */
  async function peaks(from, to) {
    const query = new URLSearchParams({ start: String(Math.floor(from)), end: String(Math.ceil(to)), bins: String(BINS) });
    const answer = await fetch(`${url}?${query}`, { signal, headers: { Accept: "application/json" } }).catch(() => null);
    return answer?.ok ? answer.json().catch(() => null) : null;
  }

  /** @param {Region} row @param {number} k */
  function button(row, k) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "long-region";
    made.classList.toggle("without", !row.prompt);
    made.classList.toggle("unsure", regions.isUnsure(row));
    made.dataset.k = String(k);
    made.setAttribute("aria-pressed", String(k === regions.at));
    const label = document.createElement("span");
    label.textContent = `${k + 1} ${nameOf(row)}`;
    made.append(label);
    made.style.left = `${100 * view.shareOf(row.start_frame)}%`;
    made.style.width = `${(100 * (row.end_frame - row.start_frame)) / view.width}%`;
    return made;
  }

  return {
    /** The waveform of what is seen; the last one that was asked for is drawn. */
    async sound() {
      const mine = ++asked;
      const { start, end } = view;
      const found = await peaks(start, end);
      if (found && mine === asked) detail.querySelector("svg").replaceChildren(svg("path", { d: outline(found, start, end, 100) }));
    },
    /** The waveform of all of it. */
    async load() {
      whole = await peaks(0, frames);
      this.overview();
    },
    overview() {
      const x = (/** @type {number} */ frame) => (frame / frames) * 1000;
      const parts = regions.rows.map((row) =>
        svg("rect", { class: "part", x: x(row.start_frame), width: Math.max(0.5, x(row.end_frame - row.start_frame)), y: 0, height: 60 }),
      );
      const seen = svg("rect", { class: "view", x: x(view.start), width: Math.max(3, x(view.width)), y: 1, height: 58 });
      overview.replaceChildren(svg("path", { d: whole ? outline(whole, 0, frames, 60) : "" }), ...parts, seen);
    },
    /** Regions that are seen, and the cursor. @param {number} at_frame */
    regions(at_frame) {
      const focused = shown.contains(document.activeElement);
      /** @type {HTMLButtonElement[]} */
      const made = [];
      regions.rows.forEach((row, k) => {
        if (row.end_frame >= view.start && row.start_frame <= view.end) made.push(button(row, k));
      });
      shown.replaceChildren(...made);
      if (focused) (shown.querySelector("[aria-pressed=true]") ?? detail).focus();
      this.cursor(at_frame);
    },
    /** @param {number} at_frame */
    cursor(at_frame) {
      const share = view.shareOf(at_frame);
      cursor.hidden = share < 0 || share > 1;
      cursor.style.left = `${100 * share}%`;
      place.textContent = `${clock(view.start / rate_hz)} – ${clock(view.end / rate_hz)} · ${clock(at_frame / rate_hz)}`;
    },
  };
}
