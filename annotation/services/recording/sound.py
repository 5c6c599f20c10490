"""What a take sounds like, as the server measures it: its facts and its quality.

The browser's figures are told to people at once and never believed here. Samples are read without
a decoder (`recording.wav`), so that this may run in the web process.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from annotation.audio.errors import AudioRefused
from annotation.models import Prompt, Session
from annotation.recording import qc
from annotation.recording.qc.figures import half_up
from annotation.recording.wav import WavFile, open_wav
from annotation.services.recording.quality import rules_of
from annotation.services.recording.take_errors import TakeRefused
from speecheq.sentences import say

MAX_S = 600  # a take is one prompt: what is longer is a long recording


@dataclass(frozen=True)
class Sound:
    """Facts of a take's file, and the judgement on it (`qc.as_json`)."""

    pcm_sha256: str
    file_bytes: int
    duration_ms: int
    frames: int
    sample_rate_hz: int
    channels: int
    bits: int
    qc: dict[str, Any]

    @property
    def verdict(self) -> str:
        return str(self.qc["verdict"])

    def as_fields(self) -> dict[str, Any]:
        """As columns of a take."""
        return {**vars(self), "verdict": self.verdict}


@dataclass(frozen=True)
class Missing:
    """Sound that the recorder knows to have left out: at so many places, so many frames."""

    gaps: int = 0
    frames: int = 0


def examine(
    path: Path,
    *,
    session: Session,
    prompt: Prompt | None,
    kind: str,
    missing: Missing | None = None,
) -> Sound:
    """Read a WAV file and judge it by the rules of its session. Raises TakeRefused."""
    try:
        file = open_wav(path)
        _check_length(file)
        return Sound(
            pcm_sha256=file.pcm_sha256(),
            file_bytes=path.stat().st_size,
            duration_ms=file.duration_ms,
            frames=file.frames,
            sample_rate_hz=file.sample_rate_hz,
            channels=file.channels,
            bits=file.bits,
            qc=_judged(file, session, prompt, kind, missing or Missing()),
        )
    except AudioRefused as refusal:
        raise TakeRefused(refusal.detail, code=refusal.code) from None


def _check_length(file: WavFile) -> None:
    lasts_s = file.frames / file.sample_rate_hz
    if lasts_s > MAX_S:
        detail = say(
            "It lasts {lasts_s:.0f} s; a take has at most {most}. Send it as a long file.",
            lasts_s=lasts_s,
            most=MAX_S,
        )
        raise AudioRefused("too_long", detail)


def _judged(
    file: WavFile, session: Session, prompt: Prompt | None, kind: str, missing: Missing
) -> dict[str, Any]:
    measured = qc.measure(_loudest_channel(file.read()), file.sample_rate_hz)
    left_out_ms = half_up(1000 * missing.frames / file.sample_rate_hz)
    figures = measured.with_gaps(missing.gaps, left_out_ms)
    text = prompt.transcript if prompt else ""
    language = (prompt.language if prompt else "") or session.script.language
    judgement = qc.judge(figures, rules_of(session), kind=kind, text=text, language=language)
    return qc.as_json(figures, judgement)


def _loudest_channel(samples: np.ndarray) -> np.ndarray:
    """(frames, channels) -> (frames,): a mean would hide what one microphone has wrong."""
    energy = np.einsum("fc,fc->c", samples, samples, dtype=np.float64)
    return np.ascontiguousarray(samples[:, int(energy.argmax())])
