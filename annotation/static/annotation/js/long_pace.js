/** How large the pieces of a long file are: as large as the line carries within seconds, so that a cut costs little and none runs into a limit of time. */

const FIRST = 512 << 10;
const LEAST = 64 << 10;
const MOST = 8 << 20;
const BRISK_MS = 4_000;
const SLOW_MS = 15_000;

export function makePace() {
  let size = FIRST;
  const smaller = () => (size = Math.max(LEAST, size / 2));
  return {
    /** Bytes of the next piece. */
    get size() {
      return size;
    },
    /** A piece arrived. @param {number} ms */
    arrived(ms) {
      if (ms < BRISK_MS) size = Math.min(MOST, size * 2);
      else if (ms > SLOW_MS) smaller();
    },
    /** A piece did not arrive, or was too large for something between here and the server. False: there is no smaller one. */
    failed() {
      const before = size;
      return smaller() < before;
    },
  };
}
