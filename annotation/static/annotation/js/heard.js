/**
 * Which parts of a clip were heard. A part heard twice counts once: what matters is how much of the
 * clip a judgement rests on, not how long somebody sat there. Times are of the clip, so a minute of
 * it is a minute at every speed.
 */

export class Heard {
  /** Apart from each other, in order. @type {[number, number][]} s */
  #spans = [];

  /** @param {number} from_s @param {number} to_s */
  add(from_s, to_s) {
    if (!(to_s > from_s)) return;
    /** @type {[number, number]} */
    const joined = [from_s, to_s];
    const apart = this.#spans.filter(([from, to]) => {
      if (to < joined[0] || from > joined[1]) return true;
      joined[0] = Math.min(joined[0], from);
      joined[1] = Math.max(joined[1], to);
      return false;
    });
    this.#spans = [...apart, joined].sort((a, b) => a[0] - b[0]);
  }

  /** What was played from `from_s` on for `length_s`, coming round within `loop` where there is one.
   * @param {number} from_s @param {number} length_s @param {[number, number] | null} loop */
  addRun(from_s, length_s, loop) {
    if (!loop || from_s >= loop[1]) return this.add(from_s, from_s + length_s);
    this.add(from_s, Math.min(from_s + length_s, loop[1]));
    const again_s = from_s + length_s - loop[1];
    if (again_s > 0) this.add(loop[0], Math.min(loop[1], loop[0] + again_s));
  }

  /** s, each part once */
  get total_s() {
    return this.#spans.reduce((sum, [from, to]) => sum + to - from, 0);
  }

  /** Where the first part begins that was not heard. @returns {number} s */
  get firstGap_s() {
    const first = this.#spans[0];
    return first && first[0] <= 0.02 ? first[1] : 0;
  }
}
