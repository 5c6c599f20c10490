/** Campaigns that want each clip heard to its end, and a reminder to rest one's ears. */

/** A player stops a little before or after the last sample; the server allows for the same. */
const SLACK_MS = 150;
/** Whoever did nothing for this long has had a break. */
const REST_MS = 5 * 60_000;
const LOOK_MS = 250;
/** What plays is noted up to now, so it stands at the gap but for the moment between. */
const NEAR_S = 0.1;

/** @typedef {import("./player.js").Player} Player */

/**
 * What has to be heard yet, in ms; 0 once it is enough.
 * @param {number} duration_ms
 * @param {number} heard_ms
 */
export function left_ms(duration_ms, heard_ms) {
  return heard_ms >= duration_ms - SLACK_MS ? 0 : duration_ms - heard_ms;
}

/**
 * Keeps the mark "not heard to the end yet" true.
 * @param {HTMLElement} root the page
 * @param {Player} player
 * @param {boolean} wanted by the campaign
 * @param {() => void} wholeClip takes the part that is heard again and again away
 */
export function mountFullListen(root, player, wanted, wholeClip = () => {}) {
  const mark = root.querySelector("[data-part=unheard]");
  const missing = () => (wanted ? left_ms(Math.round(player.duration_s * 1000), player.heard().listened_ms) : 0);
  const look = () => mark?.toggleAttribute("data-heard", missing() === 0);
  const timer = wanted ? setInterval(look, LOOK_MS) : undefined;
  if (wanted) root.addEventListener("speecheq:clip", look);
  return {
    missing,
    /** Another clip was put in: what is known of the one before it is not of this one. */
    look: () => void (wanted && look()),
    /** Play what was not heard, from where it begins; what plays there already goes on. */
    hearTheRest() {
      if (player.region) wholeClip();
      const gap_s = player.firstGap_s;
      if (!player.playing || Math.abs(player.position_s - gap_s) > NEAR_S) void player.play(gap_s);
    },
    unmount() {
      clearInterval(timer);
      if (wanted) root.removeEventListener("speecheq:clip", look);
    },
  };
}

/** When to remind somebody of a break: after so many minutes of work without one. */
export class BreakClock {
  #began_ms = 0;
  #last_ms = -Infinity;
  #remind_ms = Infinity;

  /** @param {number} after_min @param {{began: number, last: number, remind: number} | null} [kept] from an earlier page */
  constructor(after_min, kept = null) {
    this.after_ms = after_min * 60_000;
    if (kept) [this.#began_ms, this.#last_ms, this.#remind_ms] = [kept.began, kept.last, kept.remind];
  }

  /** Note that somebody works. Returns the minutes worked when it is time to say so, else 0. @param {number} now_ms */
  active(now_ms) {
    if (now_ms - this.#last_ms > REST_MS || now_ms < this.#last_ms) {
      this.#began_ms = now_ms;
      this.#remind_ms = now_ms + this.after_ms;
    }
    this.#last_ms = now_ms;
    if (now_ms < this.#remind_ms) return 0;
    this.#remind_ms = now_ms + this.after_ms;
    return Math.round((now_ms - this.#began_ms) / 60_000);
  }

  get kept() {
    return { began: this.#began_ms, last: this.#last_ms, remind: this.#remind_ms };
  }
}

/**
 * A notice that never takes the focus; it can be closed, and goes by itself with the next break.
 * @param {HTMLElement} root
 * @param {{after_min: number | null, name: string, text: string}} parts `name` of what is kept in the browser
 */
export function mountBreak(root, { after_min, name, text }) {
  const notice = /** @type {HTMLElement | null} */ (root.querySelector("[data-part=break]"));
  if (!after_min || !notice) return { unmount() {} };
  const off = new AbortController();
  const clock = new BreakClock(after_min, read(name));

  function onWork() {
    const worked_min = clock.active(Date.now());
    write(name, clock.kept);
    if (!worked_min || !notice) return;
    notice.hidden = false;
    const words = /** @type {HTMLElement} */ (notice.querySelector("[data-part=break-words]"));
    words.textContent = text.replace("%d", String(worked_min));
  }

  const { signal } = off;
  root.addEventListener("speecheq:clip", onWork, { signal });
  root.addEventListener("speecheq:stored", onWork, { signal });
  notice.querySelector("button")?.addEventListener("click", () => (notice.hidden = true), { signal });
  return { unmount: () => off.abort() };
}

/** @param {string} name */
function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name) ?? "null");
  } catch {
    return null;
  }
}

/** @param {string} name @param {object} value */
function write(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // The clock then begins again with each page.
  }
}
