/**
 * The microphone as the browser gives it: nothing of what browsers do to voices for telephone calls is wanted, and what
 * the device really does is read back, as browsers may decide otherwise. Its sound is not resampled where the browser lets us.
 */

import { canHearTrack, hearTrack } from "./track_sound.js";
import { hearThroughWorklet } from "./worklet_sound.js";

/**
 * @typedef {object} Heard
 * @property {(samples: Float32Array, first: number) => void} onBlock
 * @property {(reason: Lost) => void} onLost at most once
 * @typedef {"ended" | "muted" | "rate" | "device" | "stalled"} Lost `device`: the system put another one in its place
 * @typedef {"denied" | "none" | "busy" | "insecure" | "unsupported" | "failed"} Unavailable
 * @typedef {{device: string, label: string, rate_hz: number, settings: Record<string, unknown>, report: Record<string, unknown>, close: () => void}} Microphone
 */

const WANTED = { autoGainControl: false, echoCancellation: false, noiseSuppression: false };
/** No block for as long: the system has put the sound to sleep. */
const SILENT_MS = 3_000;
const WATCH_MS = 500;
/** Muted for less is a hiccup of the system. */
const MUTED_MS = 300;

/** The microphone cannot be used; `reason` says why. */
export class NoMicrophone extends Error {
  /** @param {Unavailable} reason @param {unknown} [cause] */
  constructor(reason, cause) {
    super(`${reason}: ${cause ?? ""}`);
    this.reason = reason;
  }
}

/** @type {Record<string, Unavailable>} */
const REASONS = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "none",
  OverconstrainedError: "none",
  DevicesNotFoundError: "none",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** @param {unknown} error @returns {Unavailable} */
export const reasonOf = (error) => REASONS[/** @type {Error} */ (error)?.name] ?? "failed";

/**
 * @param {Pick<MediaDevices, "enumerateDevices"> | null} devices
 * @returns {Promise<{id: string, label: string}[]>} labels are empty before the microphone was allowed
 */
export async function listDevices(devices = navigator.mediaDevices) {
  const all = (await devices?.enumerateDevices?.()) ?? [];
  return all.filter(({ kind, deviceId }) => kind === "audioinput" && deviceId !== "").map(({ deviceId, label }) => ({ id: deviceId, label }));
}

/**
 * @param {string} device id; "" for the usual one
 * @param {string} worklet address of the module that hands the blocks on
 * @param {Heard} heard
 * @returns {Promise<Microphone>} throws NoMicrophone
 */
export async function openMicrophone(device, worklet, heard) {
  const stream = await ask(device);
  try {
    return await listen(stream, worklet, heard);
  } catch (error) {
    for (const track of stream.getTracks()) track.stop();
    throw new NoMicrophone("failed", error);
  }
}

/** @param {string} device @returns {Promise<MediaStream>} */
async function ask(device) {
  if (!globalThis.isSecureContext) throw new NoMicrophone("insecure");
  if (!navigator.mediaDevices?.getUserMedia || !(canHearTrack() || globalThis.AudioWorkletNode)) throw new NoMicrophone("unsupported");
  const chosen = device ? { deviceId: { exact: device } } : {};
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: { ...WANTED, channelCount: { ideal: 1 }, ...chosen } });
  } catch (error) {
    throw new NoMicrophone(reasonOf(error), error);
  }
}

/** @param {MediaStream} stream @param {string} worklet @param {Heard} heard @returns {Promise<Microphone>} */
async function listen(stream, worklet, heard) {
  const [track] = stream.getAudioTracks();
  const settings = track.getSettings();
  const watch = watchOver(track, heard.onLost);
  const onBlock = (/** @type {Float32Array} */ samples, /** @type {number} */ first) => {
    watch.heard();
    heard.onBlock(samples, first);
  };
  const straight = canHearTrack() ? await hearTrack(track, { onBlock, onLost: watch.lost }).catch(() => null) : null;
  const sound = straight ?? (await hearThroughWorklet(stream, worklet, { onBlock }));
  return {
    device: String(settings.deviceId ?? ""),
    label: track.label,
    rate_hz: sound.rate_hz,
    settings: { ...settings },
    report: { ...reportOf(track, sound.rate_hz), capture: straight ? "track" : "worklet" },
    close() {
      watch.stop();
      sound.close();
      track.stop();
    },
  };
}

/** What is stored of the device. @param {MediaStreamTrack} track @param {number} rate_hz of the sound that it gives */
export function reportOf(track, rate_hz) {
  const settings = /** @type {Record<string, any>} */ (track.getSettings());
  return {
    label: track.label.slice(0, 200),
    sample_rate_hz: rate_hz,
    device_sample_rate_hz: settings.sampleRate ?? null,
    channels: settings.channelCount ?? null,
    auto_gain_control: settings.autoGainControl ?? null,
    echo_cancellation: settings.echoCancellation ?? null,
    noise_suppression: settings.noiseSuppression ?? null,
    latency_s: settings.latency ?? null,
    user_agent: navigator.userAgent.slice(0, 300),
  };
}

/**
 * Which device an id means now: the usual one ("default") keeps its id when the system chooses another.
 * @param {Pick<MediaDevices, "enumerateDevices"> | undefined} devices
 * @param {string | undefined} id
 * @returns {Promise<string>} "" where it is not listed
 */
async function deviceBehind(devices, id) {
  const all = await devices?.enumerateDevices?.().catch(() => []);
  const found = all?.find(({ kind, deviceId }) => kind === "audioinput" && deviceId === id);
  return found ? `${found.groupId} ${found.label}` : "";
}

/**
 * Tells when the device is gone or is no longer the one that was opened.
 * @param {MediaStreamTrack} track
 * @param {(reason: Lost) => void} onLost
 * @param {Pick<MediaDevices, "enumerateDevices" | "addEventListener" | "removeEventListener"> | undefined} [devices]
 */
export function watchOver(track, onLost, devices = globalThis.navigator?.mediaDevices) {
  const { sampleRate: opened, deviceId } = track.getSettings();
  const device = deviceBehind(devices, deviceId);
  let last_ms = performance.now();
  let muted_ms = 0;
  let silent = 0;
  let over = false;
  /** @param {Lost} reason */
  function lost(reason) {
    if (over) return;
    stop();
    onLost(reason);
  }
  function look() {
    const now = performance.now();
    if (track.readyState === "ended") lost("ended");
    else if (track.muted && muted_ms && now - muted_ms > MUTED_MS) lost("muted");
    else if (track.getSettings().sampleRate !== opened) lost("rate");
    // A page that was held up looks before it hears: what came meanwhile is handed over right after.
    else if (now - last_ms > SILENT_MS && ++silent > 1) lost("stalled");
    muted_ms = track.muted ? muted_ms || now : 0;
  }
  function stop() {
    over = true;
    clearInterval(timer);
    track.removeEventListener("ended", onEnded);
    devices?.removeEventListener?.("devicechange", onDevices);
  }
  const onEnded = () => lost("ended");
  const onDevices = async () => {
    const [before, now] = [await device, await deviceBehind(devices, deviceId)];
    // One that is listed no more ends its track by itself.
    if (before && now && before !== now) lost("device");
  };
  const timer = setInterval(look, WATCH_MS);
  track.addEventListener("ended", onEnded);
  devices?.addEventListener?.("devicechange", onDevices);
  const heard = () => {
    last_ms = performance.now();
    silent = 0;
  };
  return { heard, look, lost, stop };
}
