/** Stand-ins for what the browser and the server give. */

/** An API whose answers a test decides, call by call. */
export function fakeApi(answers) {
  const calls = [];
  const post = async (url, body, headers) => {
    calls.push({ url, body, headers });
    const answer = typeof answers === "function" ? answers({ url, body, headers, n: calls.length }) : answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { calls, post, get: post };
}

export function fakeStore() {
  const kept = new Map();
  return {
    kept,
    get length() {
      return kept.size;
    },
    key: (n) => [...kept.keys()][n] ?? null,
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
  };
}

export function assignment(id, { expires_at = "2030-01-01T00:00:00Z" } = {}) {
  const url = `/clips/${id}`;
  return {
    id,
    clip: { id: `clip-${id}`, duration_ms: 1000, audio_url: `${url}/a`, peaks_url: `${url}/p`, spectrogram_url: `${url}/s` },
    expires_at,
  };
}

/** A key press on an element that matches the selectors given. */
export function press(code, { matches = [], ...rest } = {}) {
  const target = {
    matches: (selector) => matches.some((one) => selector.split(",").some((part) => part.trim() === one)),
    closest: () => null,
  };
  return { code, key: "", repeat: false, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, target, ...rest };
}

export const soon = () => new Promise((done) => setTimeout(done, 0));
