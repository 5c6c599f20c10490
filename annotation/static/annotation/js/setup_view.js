/** Before the first prompt: which microphone, what it really does, how quiet the room is. */

import { noiseFloor, noiseVerdict } from "./level.js";
import { listDevices } from "./microphone.js";
import { joined } from "./wav_encode.js";

const STORED = "speecheq.microphone";
const NOISE_S = 3;

/**
 * @param {Pick<import("./recorder_view.js").RecorderView, "part" | "say" | "texts">} view
 * @param {{open: (device: string) => Promise<void>, store: Pick<Storage, "getItem" | "setItem">}} parts `open` a microphone by id
 */
export function mountSetup({ part, say, texts }, { open, store }) {
  const off = new AbortController();
  const select = /** @type {HTMLSelectElement} */ (part("device"));
  const check = /** @type {HTMLButtonElement} */ (part("noise-check"));
  /** What is heard during the check. @type {Float32Array[] | null} */
  let quiet = null;
  let frames = 0;
  let rate_hz = 0;

  /** @param {string} [current] */
  async function refresh(current = select.value) {
    const devices = await listDevices().catch(() => []);
    const options = devices.map(({ id, label }, n) => {
      const option = document.createElement("option");
      option.value = id;
      option.textContent = label || `${texts.microphone} ${n + 1}`;
      option.selected = id === current;
      return option;
    });
    select.replaceChildren(...options);
    part("device-field").hidden = options.length === 0;
  }

  function endCheck() {
    const noise = noiseFloor(joined(quiet ?? []), rate_hz);
    quiet = null;
    check.disabled = false;
    const verdict = noiseVerdict(noise);
    part("noise").dataset.noise = verdict;
    say("noise-words", texts[`noise.${verdict}`].replace("{value}", noise.toFixed(0)));
  }

  function startCheck() {
    quiet = [];
    frames = 0;
    check.disabled = true;
    say("noise-words", texts["noise.listening"]);
  }

  /** @param {string} name @param {unknown} value true, false or unknown */
  function fact(name, value) {
    const word = value === false ? "off" : value === true ? "on" : "unknown";
    part(name).dataset.fact = word;
    say(name, texts[`processing.${word}`]);
  }

  check.addEventListener("click", startCheck, { signal: off.signal });
  for (const button of [part("allow"), part("allow-again")]) {
    button.addEventListener("click", () => void open(remembered()), { signal: off.signal });
    /** @type {HTMLButtonElement} */ (button).disabled = false;
  }
  select.addEventListener("change", () => void open(select.value), { signal: off.signal });
  navigator.mediaDevices?.addEventListener?.("devicechange", () => void refresh(), { signal: off.signal });

  /** The microphone that was chosen last in this browser. */
  function remembered() {
    return store.getItem(STORED) ?? "";
  }

  return {
    remembered,
    /** A microphone is open. @param {import("./microphone.js").Microphone} microphone */
    async opened({ device, rate_hz: rate, label, report }) {
      rate_hz = rate;
      quiet = null;
      try {
        store.setItem(STORED, device);
      } catch {
        // It is chosen anew next time.
      }
      part("allow").hidden = true;
      part("facts").hidden = part("noise").hidden = false;
      check.disabled = false;
      say("fact-label", label || texts.microphone);
      const told = report.device_sample_rate_hz;
      say("fact-rate", told && told !== rate ? texts.resampled.replace("{from}", String(told)).replace("{to}", String(rate)) : `${rate} Hz`);
      fact("fact-agc", report.auto_gain_control);
      fact("fact-echo", report.echo_cancellation);
      fact("fact-noise", report.noise_suppression);
      await refresh(device);
    },
    /** It is gone. */
    closed() {
      quiet = null;
      part("allow").hidden = false;
      check.disabled = true;
    },
    /** @param {Float32Array} samples */
    push(samples) {
      if (!quiet) return;
      quiet.push(samples);
      frames += samples.length;
      if (frames >= NOISE_S * rate_hz) endCheck();
    },
    refresh,
    unmount: () => off.abort(),
  };
}
