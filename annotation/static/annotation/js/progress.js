/** How far the campaign is, asked from time to time while somebody looks. */

const EVERY_MS = 20_000;

/**
 * The counts shown, of the answer of the REST call.
 * @param {{done: number, needed: number, by_annotator: {username: string, done: number}[]}} whole
 * @param {string} username
 * @returns {import("./view.js").Progress}
 */
export function own({ done, needed, by_annotator }, username) {
  return { done, needed, mine: by_annotator.find((row) => row.username === username)?.done ?? 0 };
}

/**
 * @param {import("./api.js").Api} api
 * @param {{url: string, username: string, show: (progress: import("./view.js").Progress) => void}} parts
 * @returns {() => void} ends it
 */
export function followProgress(api, { url, username, show }) {
  const timer = setInterval(() => {
    if (document.hidden) return;
    api.get(url).then(
      (whole) => show(own(whole, username)),
      () => {},
    );
  }, EVERY_MS);
  return () => clearInterval(timer);
}
