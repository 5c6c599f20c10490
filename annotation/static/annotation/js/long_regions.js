/** Regions of a long recording while they are edited: a list in order of time that never overlaps, and what can be undone. */

/** @typedef {{id?: string, start_frame: number, end_frame: number, prompt: string | null, confidence?: number | null, is_cut?: boolean, take?: string | null, verdict?: string | null}} Region */

const UNDO_MOST = 200;

/**
 * @param {Region[]} regions
 * @param {{frames: number, shortest: number, sure?: number}} limits frames of the recording, and of the shortest region; a
 *   proposed prompt below the confidence `sure` is to be looked at
 */
export function makeRegions(regions, { frames, shortest, sure = 0.9 }) {
  let rows = regions.map((row) => ({ ...row }));
  /** @type {{rows: Region[], at: number}[]} */
  const past = [];
  let at = rows.length ? 0 : -1;
  let dirty = false;
  let changes = 0;
  /** Regions that the server has. */
  let known = new Map(regions.map((row) => [row.id, row]));

  /** @param {(now: Region[]) => number} change on a copy; returns the region that is chosen then */
  function act(change) {
    past.push({ rows, at });
    if (past.length > UNDO_MOST) past.shift();
    const now = rows.map((row) => ({ ...row }));
    at = change(now);
    rows = now;
    return touched();
  }

  function touched() {
    dirty = true;
    changes += 1;
    return true;
  }

  /** Room for region k: from the end of the one before to the start of the one after. @param {number} k */
  const room = (k) => [k > 0 ? rows[k - 1].end_frame : 0, k < rows.length - 1 ? rows[k + 1].start_frame : frames];

  return {
    get rows() {
      return rows;
    },
    get at() {
      return at;
    },
    get chosen() {
      return rows[at] ?? null;
    },
    get dirty() {
      return dirty;
    },
    /** How often something was changed: whether anything was since. */
    get changes() {
      return changes;
    },
    get undoable() {
      return past.length > 0;
    },
    /** @param {number} k */
    choose(k) {
      if (rows.length) at = Math.max(0, Math.min(rows.length - 1, k));
    },
    /** What the server has now. @param {Region[]} stored */
    replace(stored) {
      rows = stored.map((row) => ({ ...row }));
      at = Math.min(Math.max(at, 0), rows.length - 1);
      past.length = 0;
      dirty = false;
      this.knows(stored);
    },
    /** Others are sent as new ones: the server refuses an id that it has no more. @param {Region[]} stored */
    knows(stored) {
      known = new Map(stored.map((row) => [row.id, row]));
    },
    /** Whether the server has it so. @param {Region} row */
    isStored({ id, start_frame, end_frame, prompt }) {
      const there = known.get(id);
      return there?.start_frame === start_frame && there.end_frame === end_frame && there.prompt === prompt;
    },
    /** Whether its prompt was proposed, nobody changed it, and it may well be another one. @param {Region} row */
    isUnsure(row) {
      return typeof row.confidence === "number" && row.confidence < sure && this.isStored(row);
    },
    /** The next one of them after the chosen region, from the beginning again after the last; -1: there is none. */
    nextUnsure() {
      const all = rows.flatMap((row, k) => (this.isUnsure(row) ? [k] : []));
      return all.find((k) => k > at) ?? all[0] ?? -1;
    },
    /** Regions that were kept aside, in place of these. @param {Region[]} kept */
    restore: (kept) => act((now) => (now.splice(0, now.length, ...kept.map((row) => ({ ...row }))), Math.min(Math.max(at, 0), kept.length - 1))),
    /** The region at a frame or less than `near` frames from it, the chosen one first; or -1. @param {number} frame @param {number} near */
    nearest(frame, near) {
      const is = (/** @type {Region} */ row) => row.start_frame - near <= frame && frame <= row.end_frame + near;
      return rows[at] && is(rows[at]) ? at : rows.findIndex(is);
    },
    /**
     * A new region between two frames, as far as there is room. False where there is none.
     * @param {number} from @param {number} to
     */
    add(from, to) {
      const place = rows.findIndex((row) => row.end_frame > from);
      const k = place < 0 ? rows.length : place;
      const low = k > 0 ? rows[k - 1].end_frame : 0;
      const high = k < rows.length ? rows[k].start_frame : frames;
      const start_frame = Math.max(from, low);
      const end_frame = Math.min(to, high);
      if (end_frame - start_frame < shortest) return false;
      return act((now) => (now.splice(k, 0, { start_frame, end_frame, prompt: null }), k));
    },
    remove() {
      if (at < 0) return false;
      return act((now) => (now.splice(at, 1), Math.min(at, now.length - 1)));
    },
    /** Two regions of the chosen one; the prompt stays with the first. @param {number} frame */
    split(frame) {
      const row = rows[at];
      if (!row || frame - row.start_frame < shortest || row.end_frame - frame < shortest) return false;
      return act((now) => {
        const other = { start_frame: frame, end_frame: row.end_frame, prompt: null };
        now[at].end_frame = frame;
        now.splice(at + 1, 0, other);
        return at;
      });
    },
    /** The chosen region and the next one as one, with the first prompt there is. */
    merge() {
      if (at < 0 || at >= rows.length - 1) return false;
      return act((now) => {
        const [next] = now.splice(at + 1, 1);
        now[at].end_frame = next.end_frame;
        now[at].prompt ??= next.prompt;
        return at;
      });
    },
    /**
     * Move an end of the chosen region, not over its neighbours.
     * @param {"start" | "end"} edge @param {number} frame @param {boolean} [same] goes on with the change before: one undo for a drag
     */
    move(edge, frame, same = false) {
      const row = rows[at];
      if (!row) return false;
      const [low, high] = room(at);
      const whole = Math.round(frame);
      const to =
        edge === "start"
          ? Math.max(low, Math.min(whole, row.end_frame - shortest))
          : Math.min(high, Math.max(whole, row.start_frame + shortest));
      const key = edge === "start" ? "start_frame" : "end_frame";
      if (row[key] === to) return false;
      if (same) {
        row[key] = to;
        return touched();
      }
      return act((now) => ((now[at][key] = to), at));
    },
    /** Move the chosen region as it is, not over its neighbours. @param {number} start_frame @param {boolean} [same] as with `move` */
    shift(start_frame, same = false) {
      const row = rows[at];
      if (!row) return false;
      const length = row.end_frame - row.start_frame;
      const [low, high] = room(at);
      const to = Math.max(low, Math.min(high - length, Math.round(start_frame)));
      if (row.start_frame === to) return false;
      const moved = { start_frame: to, end_frame: to + length };
      if (same) {
        Object.assign(row, moved);
        return touched();
      }
      return act((now) => (Object.assign(now[at], moved), at));
    },
    /** @param {string | null} prompt */
    setPrompt(prompt) {
      if (at < 0 || rows[at].prompt === prompt) return false;
      return act((now) => ((now[at].prompt = prompt), at));
    },
    /**
     * The chosen region and all after it get the prompt that comes `step` later in `order` (the ids of the script). One
     * without a prompt stays so, and so does one that would get a prompt before the first; after the last one there is none.
     * @param {number} step @param {string[]} order
     */
    slide(step, order) {
      const place = new Map(order.map((id, k) => [id, k]));
      const slid = (/** @type {string} */ prompt) => {
        const to = (place.get(prompt) ?? 0) + step;
        return to < 0 ? prompt : (order[to] ?? null);
      };
      const after = rows.map((row, k) => (k < at || row.prompt === null ? row.prompt : slid(row.prompt)));
      if (at < 0 || after.every((prompt, k) => prompt === rows[k].prompt)) return false;
      return act((now) => (now.forEach((row, k) => (row.prompt = after[k])), at));
    },
    undo() {
      const before = past.pop();
      if (!before) return false;
      ({ rows, at } = before);
      return touched();
    },
    /** As the server takes them. */
    body: () =>
      rows.map(({ id, start_frame, end_frame, prompt }) => ({ ...(known.has(id) ? { id } : {}), start_frame, end_frame, prompt })),
  };
}

/** @typedef {ReturnType<typeof makeRegions>} Regions */
