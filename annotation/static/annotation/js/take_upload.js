/** Brings one take to the server: its bytes in pieces, then its place. It counts as stored only when the server's hash is ours. */

import { Refused, Unreachable } from "./api.js";
import { NO_CONSENT } from "./take_store.js";
import { DAMAGED, hex, sha256 } from "./tus.js";

const CHUNK_BYTES = 512 * 1024;
/** Offsets that others moved, one after the other. */
const PATIENCE = 5;
/** Who asks is to sign in again, or may not look: this tells nothing of the take. */
const SIGNED_OUT = new Set([401, 403, 404]);
const BUSY = 429;
/** The upload is no more: it may have become a take before. */
const FORGOTTEN = "upload_unknown";
/** Refusals of the upload itself: the server has looked at it, and made no take of it. */
const OF_UPLOAD = new Set([409, 410, 413, 422]);
const OF_UPLOAD_CODES = new Set([NO_CONSENT, "digest_mismatch"]);
/** Another request is making a take of it, or just has. */
const MAYBE = new Set(["upload_locked", "upload_used"]);
/** More takes than anybody makes of one prompt. */
const MOST_TAKES = 1_000;
/** Refusals of the file that was sent, and not of the take: it is sent anew. */
const SEND_ANEW = new Set(["upload_unknown", "upload_used", "upload_incomplete", "digest_mismatch"]);

/**
 * @typedef {import("./shelf.js").Take} Take
 * @typedef {{status: number, code: string, detail: string, later: boolean}} Refusal `later`: it will be tried again by itself
 * @typedef {{id: string, sha256: string, prompt: string | null, qc: any, accepted: boolean}} StoredTake
 * @typedef {object} Parts
 * @property {import("./tus.js").Tus} tus
 * @property {Pick<import("./api.js").Api, "get" | "post">} api
 * @property {string} uploads address
 * @property {(session: string) => string} takesOf address of a session's takes
 * @property {(id: string, change: Partial<Pick<Take, "upload" | "placing">>) => Promise<void>} remember how far it is
 */

/**
 * Resolves with the server's record of the take. Throws Unreachable (again, later) or Refused.
 * @param {Take} take
 * @param {Uint8Array<ArrayBuffer>} file
 * @param {Parts} parts
 * @param {{onProgress?: (sent: number, total: number) => void, signal?: AbortSignal}} [how]
 * @returns {Promise<StoredTake>}
 */
export async function uploadTake(take, file, parts, { onProgress = () => {}, signal } = {}) {
  const digest = hex(await sha256(file));
  const address = await sendBytes(take, file, digest, parts, { onProgress, signal });
  const stored = await place(take, address, parts, signal);
  if (stored.sha256 === digest) return stored;
  await parts.remember(take.id, { upload: "" });
  throw new Unreachable(`The server has ${stored.sha256} where ${digest} was sent.`, DAMAGED);
}

/**
 * What the server says of a take that it may have stored without its answer coming through: its record, or null where it
 * has not. None of its sound is sent. Throws where the server does not say so now: `whyUnsaid` tells why.
 * @param {Take} take
 * @param {() => Promise<Uint8Array<ArrayBuffer>>} file the take as it was sent
 * @param {Pick<Parts, "api" | "takesOf">} parts
 * @param {AbortSignal} [signal]
 * @returns {Promise<StoredTake | null>}
 */
export async function askOf(take, file, parts, signal) {
  if (!take.placing || !take.upload) return null;
  const digest = async () => hex(await sha256(await file()));
  try {
    const stored = await parts.api.post(parts.takesOf(take.session), placeOf(take, take.upload), {}, signal);
    return stored.sha256 === (await digest()) ? stored : null;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.code === FORGOTTEN) return amongTakes(take, await digest(), parts);
    if (isOfUpload(error)) return null;
    throw error;
  }
}

/** Whether the server says that it has made no take of what was sent. @param {Refused} error */
function isOfUpload({ status, code }) {
  // What is no problem+json was said by something on the way.
  return code !== "error" && !MAYBE.has(code) && (OF_UPLOAD.has(status) || OF_UPLOAD_CODES.has(code));
}

/**
 * @param {Take} take @param {string} digest of its file @param {Pick<Parts, "api" | "takesOf">} parts
 * @returns {Promise<StoredTake | null>}
 */
async function amongTakes({ session, prompt, kind }, digest, { api, takesOf }) {
  const of = prompt ? `prompt=${encodeURIComponent(prompt)}` : `kind=${kind}`;
  const { results } = await api.get(`${takesOf(session)}?${of}&page_size=${MOST_TAKES}`);
  return results.find((/** @type {StoredTake} */ { sha256 }) => sha256 === digest) ?? null;
}

/**
 * Why the server does not say now whether it has a take.
 * @param {unknown} error of `askOf`
 * @returns {"signed_out" | "busy" | "trouble" | "offline"} `signed_out`: also who may not look at the session any more
 */
export function whyUnsaid(error) {
  const status = error instanceof Refused || error instanceof Unreachable ? error.status : 0;
  if (error instanceof Refused && error.code !== "error" && SIGNED_OUT.has(status)) return "signed_out";
  if (status === BUSY) return "busy";
  return status ? "trouble" : "offline";
}

/**
 * @param {Take} take @param {Uint8Array<ArrayBuffer>} file @param {string} digest @param {Parts} parts
 * @param {{onProgress: (sent: number, total: number) => void, signal?: AbortSignal}} how
 * @returns {Promise<string>} the address where they are
 */
async function sendBytes(take, file, digest, { tus, uploads, remember }, { onProgress, signal }) {
  let address = take.upload;
  let at = address ? await tus.offset(address, signal) : null;
  for (let tries = 0; tries < PATIENCE; tries++) {
    if (at === null) {
      const metadata = { filename: `${take.id}.wav`, filetype: "audio/wav", session: take.session, sha256: digest };
      address = await tus.create(uploads, file.length, metadata, signal);
      await remember(take.id, { upload: address });
      at = 0;
    }
    while (at !== null && at < file.length) {
      onProgress(at, file.length);
      at = await tus.append(address, at, file.subarray(at, at + CHUNK_BYTES), signal);
    }
    if (at !== null) return address;
    at = await tus.offset(address, signal);
    if (at === file.length) return address;
  }
  throw new Unreachable("The pieces did not arrive whole.", DAMAGED);
}

/** @param {Take} take @param {string} address @param {Parts} parts @param {AbortSignal} [signal] @returns {Promise<StoredTake>} */
async function place(take, address, { api, takesOf, remember }, signal) {
  // From here on the server may have it, also where no answer comes.
  await remember(take.id, { placing: true });
  try {
    return await api.post(takesOf(take.session), placeOf(take, address), {}, signal);
  } catch (error) {
    if (!(error instanceof Refused) || !SEND_ANEW.has(error.code)) throw error;
    await remember(take.id, { upload: "" });
    throw new Unreachable(error.message, error.code === "digest_mismatch" ? DAMAGED : error.status);
  }
}

/** What makes a take of an upload. @param {Take} take @param {string} address */
function placeOf(take, address) {
  const where = take.prompt ? { prompt: take.prompt } : { kind: take.kind };
  const times = { recorded_at: take.recorded_at, sent_at: new Date().toISOString() };
  return { upload: uploadId(address), ...where, ...times, reported: take.reported };
}

/** The id at the end of an upload's address. @param {string} address */
export function uploadId(address) {
  return address.split("?")[0].split("/").filter(Boolean).at(-1) ?? "";
}
