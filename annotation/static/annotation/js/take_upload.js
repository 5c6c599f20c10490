/** Brings one take to the server: its bytes in pieces, then its place. It counts as stored only when the server's hash is ours. */

import { Refused, Unreachable } from "./api.js";
import { DAMAGED, hex, sha256 } from "./tus.js";

const CHUNK_BYTES = 512 * 1024;
/** Offsets that others moved, one after the other. */
const PATIENCE = 5;
/** Refusals of the file that was sent, and not of the take: it is sent anew. */
const SEND_ANEW = new Set(["upload_unknown", "upload_used", "upload_incomplete", "digest_mismatch"]);

/**
 * @typedef {import("./shelf.js").Take} Take
 * @typedef {{status: number, code: string, detail: string, later: boolean}} Refusal `later`: it will be tried again by itself
 * @typedef {{id: string, sha256: string, prompt: string | null, qc: any, accepted: boolean}} StoredTake
 * @typedef {object} Parts
 * @property {import("./tus.js").Tus} tus
 * @property {Pick<import("./api.js").Api, "post">} api
 * @property {string} uploads address
 * @property {(session: string) => string} takesOf address of a session's takes
 * @property {(id: string, upload: string) => Promise<void>} remember the address of what was sent so far
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
  await parts.remember(take.id, "");
  throw new Unreachable(`The server has ${stored.sha256} where ${digest} was sent.`, DAMAGED);
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
      await remember(take.id, address);
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
  const where = take.prompt ? { prompt: take.prompt } : { kind: take.kind };
  const times = { recorded_at: take.recorded_at, sent_at: new Date().toISOString() };
  const body = { upload: uploadId(address), ...where, ...times, reported: take.reported };
  try {
    return await api.post(takesOf(take.session), body, {}, signal);
  } catch (error) {
    if (!(error instanceof Refused) || !SEND_ANEW.has(error.code)) throw error;
    await remember(take.id, "");
    throw new Unreachable(error.message, error.code === "digest_mismatch" ? DAMAGED : error.status);
  }
}

/** The id at the end of an upload's address. @param {string} address */
export function uploadId(address) {
  return address.split("?")[0].split("/").filter(Boolean).at(-1) ?? "";
}
