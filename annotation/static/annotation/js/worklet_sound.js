/**
 * The sound of a microphone by way of Web Audio, where a browser gives it no other way: an AudioWorklet hands on its blocks.
 * Web Audio runs by the clock of the loudspeakers: a machine too busy for it puts silence in, or leaves sound out, unsaid.
 */

/** @typedef {import("./track_sound.js").Sound} Sound */

/**
 * @param {MediaStream} stream
 * @param {string} worklet address of the module that hands the blocks on
 * @param {Pick<import("./track_sound.js").Receiver, "onBlock">} receiver
 * @returns {Promise<Sound>}
 */
export async function hearThroughWorklet(stream, worklet, { onBlock }) {
  const context = makeContext(stream.getAudioTracks()[0].getSettings().sampleRate);
  await context.audioWorklet.addModule(worklet);
  const source = context.createMediaStreamSource(stream);
  // Its output is silent; without a way to the loudspeakers some browsers would not run it.
  const tap = new AudioWorkletNode(context, "speecheq-tap", { numberOfInputs: 1, numberOfOutputs: 1 });
  tap.port.onmessage = ({ data }) => onBlock(data.samples, data.first);
  source.connect(tap).connect(context.destination);
  await context.resume();
  return {
    rate_hz: context.sampleRate,
    close() {
      tap.port.onmessage = null;
      void context.close();
    },
  };
}

/** At the rate of the device where it tells it; large buffers, as nobody listens. @param {number} [rate_hz] */
function makeContext(rate_hz) {
  try {
    return new AudioContext({ latencyHint: "playback", ...(rate_hz ? { sampleRate: rate_hz } : {}) });
  } catch {
    return new AudioContext({ latencyHint: "playback" });
  }
}
