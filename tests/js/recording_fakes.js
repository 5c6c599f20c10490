/** A server that takes uploads and takes, and a browser's shelf that can be full. */

import { createHash } from "node:crypto";

import { memoryShelf } from "../../annotation/static/annotation/js/shelf.js";

export const digest = (bytes, form = "hex") => createHash("sha256").update(bytes).digest(form);

let n = 0;

/** A take as the recorder page begins it. */
export function take(more = {}) {
  n += 1;
  return {
    id: `take-${n}`,
    session: "ses_1",
    title: "Anna",
    address: "/sessions/ses_1/record/",
    prompt: "prm_1",
    text: "Dogs sit by the door.",
    kind: "speech",
    state: "finished",
    rate_hz: 8000,
    bits: 16,
    frames: 0,
    recorded_at: `2026-01-01T00:00:${String(n % 60).padStart(2, "0")}Z`,
    reported: {},
    interrupted: "",
    upload: "",
    refusal: null,
    ...more,
  };
}

/** A shelf without room from the moment a test says so. */
export function fullShelf() {
  const shelf = memoryShelf();
  const full = async () => {
    throw new DOMException("no room", "QuotaExceededError");
  };
  const write = shelf.write;
  return Object.assign(shelf, { fill: () => (shelf.write = full), empty: () => (shelf.write = write) });
}

/**
 * tus and takes as the server has them. `fail` is asked before each call and may answer in its place: a status, a
 * function that answers, or an error to throw.
 */
export function fakeServer({ fail = () => undefined } = {}) {
  const uploads = new Map();
  const takes = [];
  const calls = [];
  const answer = (status, { headers = {}, body = null } = {}) =>
    new Response(body === null ? null : JSON.stringify(body), { status, headers });
  const problem = (status, code) => answer(status, { body: { code, detail: code } });

  function create(headers) {
    const id = `upl_${uploads.size + 1}`;
    uploads.set(id, { length: Number(headers["Upload-Length"]), bytes: new Uint8Array() });
    return answer(201, { headers: { Location: `/api/v1/uploads/${id}/` } });
  }

  function patch(upload, headers, body) {
    if (Number(headers["Upload-Offset"]) !== upload.bytes.length) return problem(409, "upload_offset");
    if (headers["Upload-Checksum"] !== `sha256 ${digest(body, "base64")}`) return answer(460);
    upload.bytes = new Uint8Array([...upload.bytes, ...body]);
    return answer(204, { headers: { "Upload-Offset": String(upload.bytes.length) } });
  }

  function place(body) {
    const upload = uploads.get(body.upload);
    if (!upload) return problem(422, "upload_unknown");
    const sha256 = digest(upload.bytes);
    const known = takes.find((one) => one.sha256 === sha256);
    if (known) return answer(200, { body: known });
    takes.push({ id: `tak_${takes.length + 1}`, sha256, prompt: body.prompt ?? null, bytes: upload.bytes, body });
    return answer(201, { body: takes.at(-1) });
  }

  function route(method, path, headers, body) {
    if (path.endsWith("/takes/")) return place(JSON.parse(body));
    if (path.includes("/takes/?")) return answer(200, { body: { results: takes } });
    if (method === "POST") return create(headers);
    const upload = uploads.get(path.split("/").at(-2));
    if (!upload) return problem(404, "not_found");
    if (method === "DELETE") return uploads.delete(path.split("/").at(-2)) && answer(204);
    if (method === "HEAD") return answer(200, { headers: { "Upload-Offset": String(upload.bytes.length) } });
    return patch(upload, headers, body);
  }

  async function fetch(url, { method, headers, body }) {
    const call = { method, url, headers, body };
    calls.push(call);
    const wanted = fail(call, calls.length);
    if (wanted instanceof Error) throw wanted;
    if (typeof wanted === "number") return problem(wanted, `status_${wanted}`);
    if (typeof wanted === "function") return wanted(() => route(method, url, headers, body));
    return route(method, url, headers, body);
  }
  return { fetch, uploads, takes, calls, problem, answer };
}
