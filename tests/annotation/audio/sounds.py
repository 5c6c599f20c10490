"""Small sounds and files for tests, the same at every run."""

import struct
from pathlib import Path

import numpy as np
import soundfile


def tone(seconds: float = 1.0, *, rate: int = 16_000, hz: float = 440.0, peak: float = 0.5):
    """A sine as (frames,) float64."""
    at = np.arange(round(seconds * rate)) / rate
    return peak * np.sin(2 * np.pi * hz * at)


def speechlike(seconds: float = 1.0, *, rate: int = 16_000, seed: int = 7) -> np.ndarray:
    """Noise with a moving envelope as (frames,) int16."""
    rng = np.random.default_rng(seed)
    count = round(seconds * rate)
    envelope = 0.5 + 0.5 * np.sin(2 * np.pi * 3 * np.arange(count) / rate)
    return np.rint(rng.uniform(-8000, 8000, count) * envelope).astype(np.int16)


def write(path: Path, samples: np.ndarray, rate: int = 16_000, **how: str) -> Path:
    """Write with libsndfile: `format` and `subtype` as soundfile names them."""
    soundfile.write(path, samples, rate, **how)
    return path


def write_av(path: Path, samples: np.ndarray, *, container: str, codec: str, rate: int = 16_000):
    """Encode (frames,) int16 with FFmpeg, mono."""
    import av

    out_rate = 48_000 if codec == "libopus" else rate
    with av.open(str(path), "w", format=container) as out:
        stream = out.add_stream(codec, rate=out_rate, layout="mono")
        context = stream.codec_context
        frame = av.AudioFrame.from_ndarray(samples[None, :].copy(), format="s16", layout="mono")
        frame.sample_rate = rate
        resampler = av.AudioResampler(
            format=context.format, layout="mono", rate=out_rate, frame_size=context.frame_size
        )
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(piece))
        out.mux(stream.encode(None))
    return path


def wav_header(data_bytes: int, *, rate: int = 16_000, bits: int = 16, tag: int = 1) -> bytes:
    """A mono WAV header that promises `data_bytes` of sound."""
    width = bits // 8
    form = struct.pack("<4sI4s4sI", b"RIFF", 36 + data_bytes, b"WAVE", b"fmt ", 16)
    fmt = struct.pack("<HHIIHH", tag, 1, rate, rate * width, width, bits)
    return form + fmt + struct.pack("<4sI", b"data", data_bytes)
