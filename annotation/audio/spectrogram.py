"""A spectrogram as a small PNG that a page can simply stretch below the waveform.

One pixel is one frame wide (10 ms; more for sounds over 40 s, so that the width stays bounded) and
one band high, lowest band at the bottom: 64 bands of equal width in mel, or 128 of equal width in
Hz, both over 0 to 8 kHz. 64 shades cover the 70 dB below the loudest point.
"""

import functools
import io

import numpy as np
from PIL import Image

from annotation.audio.derive import RATE_HZ

WINDOW = 400  # 25 ms
FFT_SIZE = 512
HOP = 160  # 10 ms
BANDS = 64  # the narrowest is 57 Hz wide, so each holds at least one 31 Hz bin
LINEAR_BANDS = 128  # 62.5 Hz each
MAX_WIDTH = 4000
RANGE_DB = 70.0
SHADES = 64
FRAMES_AT_ONCE = 2048
# Anchors of the palette, dark to light: night blue, violet, rose, amber, pale yellow.
ANCHORS = ((11, 12, 32), (72, 28, 110), (176, 50, 104), (240, 130, 60), (252, 240, 190))


def hz_to_mel(hz: np.ndarray | float) -> np.ndarray:
    """Mel of a frequency in Hz: 2595 log10(1 + f / 700) (O'Shaughnessy 1987)."""
    return 2595.0 * np.log10(1.0 + np.asarray(hz) / 700.0)


@functools.cache
def mel_filters() -> np.ndarray:
    """Triangles of equal width in mel over 0 to 8 kHz: (BANDS, FFT_SIZE // 2 + 1) float32."""
    mels = hz_to_mel(np.linspace(0, RATE_HZ / 2, FFT_SIZE // 2 + 1))
    edges = np.linspace(0, mels[-1], BANDS + 2)
    rising = (mels[None, :] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - mels[None, :]) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)


@functools.cache
def linear_filters() -> np.ndarray:
    """The mean of two bins each, without the highest: (LINEAR_BANDS, FFT_SIZE // 2 + 1) float32."""
    per_band = FFT_SIZE // 2 // LINEAR_BANDS
    bands = np.repeat(np.eye(LINEAR_BANDS), per_band, axis=1) / per_band
    return np.pad(bands, ((0, 0), (0, 1))).astype(np.float32)


FILTERS = {"mel": mel_filters, "linear": linear_filters}
SCALES = tuple(FILTERS)


def band_db(samples: np.ndarray, filters: np.ndarray) -> np.ndarray:
    """Energy in bands, in dB below the loudest point of the picture, 0 to -70.

    Args:
        samples: (frames,) int16 at 16 kHz.
        filters: (bands, FFT_SIZE // 2 + 1), the weight of each bin in each band.

    Returns:
        (bands, width) float32.
    """
    hop = max(HOP, -(-len(samples) // MAX_WIDTH))
    width = -(-len(samples) // hop)
    padded = np.zeros((width - 1) * hop + WINDOW, np.float32)
    start = WINDOW // 2 - hop // 2 if hop < WINDOW else 0  # centres each frame on its pixel
    body = samples[: len(padded) - start]
    padded[start : start + len(body)] = body / np.float32(32768)
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::hop]  # (width, WINDOW)
    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    power = np.empty((len(filters), width), np.float32)
    for at in range(0, width, FRAMES_AT_ONCE):
        spectrum = np.fft.rfft(frames[at : at + FRAMES_AT_ONCE] * window, FFT_SIZE)
        energy = spectrum.real**2 + spectrum.imag**2  # (frames, bins)
        power[:, at : at + FRAMES_AT_ONCE] = filters @ energy.T.astype(np.float32)
    loudest = max(float(power.max()), 1e-12)
    return np.maximum(10 * np.log10(np.maximum(power / loudest, 1e-10)), -RANGE_DB)


@functools.cache
def palette() -> bytes:
    """SHADES colours, RGB bytes, interpolated between the anchors."""
    at = np.linspace(0, 1, SHADES)
    stops = np.linspace(0, 1, len(ANCHORS))
    channels = [np.interp(at, stops, [anchor[c] for anchor in ANCHORS]) for c in range(3)]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8).tobytes()


def spectrogram_png(samples: np.ndarray, scale: str = "mel") -> bytes:
    """The picture of (frames,) int16 samples at 16 kHz: width x bands pixels, 64 colours."""
    loudness = band_db(samples, FILTERS[scale]())
    shades = np.rint((loudness / RANGE_DB + 1) * (SHADES - 1)).astype(np.uint8)
    image = Image.fromarray(shades[::-1])
    image = Image.frombytes("P", image.size, image.tobytes())
    image.putpalette(palette())
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=False, compress_level=6)
    return buffer.getvalue()
