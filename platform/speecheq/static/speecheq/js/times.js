/** Moments in the reader's own time. The server, which knows no reader's clock, writes UTC. */

/**
 * @param {string} moment as in `<time datetime>`
 * @param {number} length of what is shown: 16 to the minute, 19 to the second
 */
export function localTime(moment, length) {
  // Swedish dates are ISO dates, as everywhere on the pages.
  return new Date(moment).toLocaleString("sv-SE").slice(0, length);
}

/**
 * Write the moments below `root` in local time; UTC stays in the title.
 * @param {ParentNode} root
 */
export function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time[data-utc]")) {
    if (!(time instanceof HTMLTimeElement)) continue;
    const written = time.textContent ?? "";
    time.title = written;
    time.textContent = localTime(time.dateTime, written.replace(" UTC", "").length);
    delete time.dataset.utc;
  }
}
