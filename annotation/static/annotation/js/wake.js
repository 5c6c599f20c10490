/** Keeps the screen on while somebody reads from it, where the browser can. */

/** @returns {() => void} lets it sleep again */
export function keepAwake(page = document, lock = navigator.wakeLock) {
  /** @type {WakeLockSentinel | null} */
  let held = null;
  let over = false;
  async function hold() {
    if (!lock || over || page.visibilityState !== "visible") return;
    held = await lock.request("screen").catch(() => null);
    if (over) void held?.release();
  }
  // The browser lets go of it whenever the page is hidden.
  page.addEventListener("visibilitychange", hold);
  void hold();
  return () => {
    over = true;
    page.removeEventListener("visibilitychange", hold);
    void held?.release();
  };
}
