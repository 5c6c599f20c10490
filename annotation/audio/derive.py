"""What pages, listeners and models get instead of the original. Same samples, same bytes.

* 16 kHz mono FLAC, 16 bits: the mean of the channels, resampled by soxr (HQ), never normalised:
  loudness carries intensity.
* Peaks, JSON: {"version": 1, "sample_rate_hz": 16000, "samples_per_peak": 160, "bits": 16,
  "duration_ms": int, "data": [min, max, min, max, ...]}: 100 pairs a second, each -32768 to 32767,
  the last over what remains.
"""

import io
import json

import numpy as np
import soundfile
import soxr

RATE_HZ = 16_000
SAMPLES_PER_PEAK = 160


def to_16k(mono: np.ndarray, rate_hz: int) -> np.ndarray:
    """(frames,) float32 at `rate_hz` as (round(frames * 16000 / rate_hz),) int16 at 16 kHz."""
    if rate_hz != RATE_HZ:
        wanted = max(1, round(len(mono) * RATE_HZ / rate_hz))
        resampled = soxr.resample(mono, rate_hz, RATE_HZ, quality="HQ")[:wanted]
        mono = np.pad(resampled, (0, wanted - len(resampled)))
    scaled = np.rint(mono.astype(np.float64) * 32768)
    return np.clip(scaled, -32768, 32767).astype(np.int16)


def flac_bytes(samples: np.ndarray) -> bytes:
    """(frames,) int16 at 16 kHz as a FLAC file."""
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, RATE_HZ, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()


def peaks(samples: np.ndarray) -> np.ndarray:
    """(frames,) int16 as (ceil(frames / 160), 2) int16: lowest and highest of each stretch."""
    starts = np.arange(0, len(samples), SAMPLES_PER_PEAK)
    low = np.minimum.reduceat(samples, starts)
    return np.stack([low, np.maximum.reduceat(samples, starts)], axis=1)


def peaks_json(samples: np.ndarray) -> bytes:
    """The peaks file of (frames,) int16 samples at 16 kHz."""
    content = {
        "version": 1,
        "sample_rate_hz": RATE_HZ,
        "samples_per_peak": SAMPLES_PER_PEAK,
        "bits": 16,
        "duration_ms": max(1, (len(samples) * 2000 + RATE_HZ) // (2 * RATE_HZ)),
        "data": peaks(samples).ravel().tolist(),
    }
    return json.dumps(content, separators=(",", ":")).encode()
