/**
 * Runs beside the sound itself: hands on what the microphone gives, block by block, untouched. Each block carries the
 * number of its first frame, so that the page sees what was left out when the machine was too busy.
 */

const BLOCK_FRAMES = 2048;

const scope = /** @type {any} */ (globalThis);

class Tap extends scope.AudioWorkletProcessor {
  #block = new Float32Array(BLOCK_FRAMES);
  #filled = 0;
  #first = 0;

  /** @param {Float32Array[][]} inputs @returns {boolean} whether to go on */
  process([channels]) {
    const samples = channels?.[0];
    if (!samples) return true; // the source is not connected yet, or its track ended
    if (this.#filled && this.#first + this.#filled !== scope.currentFrame) this.#send();
    if (!this.#filled) this.#first = scope.currentFrame;
    this.#block.set(samples, this.#filled);
    this.#filled += samples.length;
    if (this.#filled + samples.length > BLOCK_FRAMES) this.#send();
    return true;
  }

  #send() {
    const samples = this.#block.slice(0, this.#filled);
    this.port.postMessage({ first: this.#first, samples }, [samples.buffer]);
    this.#filled = 0;
  }
}

scope.registerProcessor("speecheq-tap", Tap);
