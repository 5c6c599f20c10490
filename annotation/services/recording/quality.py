"""The quality of a take as the server measures it: the judge, whatever the page said.

Samples are read by our own reader of plain WAV (`annotation.recording.wav`), so no decoder meets a
file that somebody sent, and no child process has to be waited for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from annotation.audio.errors import AudioRefused
from annotation.models import Session
from annotation.recording.qc import Rules, as_json, judge, measure
from annotation.recording.qc.rules import RuleError
from annotation.recording.wav import WavFile, open_wav
from speecheq.errors import FieldError, RuleBroken

MAX_TAKE_MS = 600_000


class BadRules(RuleBroken):
    """Rules of a session that cannot be."""

    code = "qc_rules"


def qc_of_wav(
    path: Path, rules: Rules, *, kind: str = "speech", text: str = "", language: str = ""
) -> dict[str, Any]:
    """Figures, verdict and reasons of a take (`as_json` of the quality package).

    Of several channels the loudest one is measured. Raises AudioRefused for what is no WAV, lies
    about itself, or lasts longer than ten minutes.
    """
    return qc_of(open_wav(path), rules, kind=kind, text=text, language=language)


def qc_of(
    wav: WavFile, rules: Rules, *, kind: str = "speech", text: str = "", language: str = ""
) -> dict[str, Any]:
    """As `qc_of_wav`, of a file whose header was read already."""
    if wav.duration_ms > MAX_TAKE_MS:
        lasts, limit = wav.duration_ms / 1000, MAX_TAKE_MS // 1000
        raise AudioRefused("too_long", f"It lasts {lasts:.1f} s; a take has at most {limit} s.")
    figures = measure(loudest_channel(wav.read()), wav.sample_rate_hz)
    return as_json(figures, judge(figures, rules, kind=kind, text=text, language=language))


def loudest_channel(samples: np.ndarray) -> np.ndarray:
    """(frames, channels) as (frames,): an idle second input must not hide a clipped first one."""
    energy = np.einsum("ij,ij->j", samples, samples, dtype=np.float64)
    return np.ascontiguousarray(samples[:, int(energy.argmax())])


def rules_of(session: Session) -> Rules:
    """All rules in force in a session."""
    return changed_rules(session.qc_rules)


def changed_rules(changes: dict[str, Any]) -> Rules:
    """The usual rules with `changes`. Raises BadRules naming the rule and what is wrong."""
    try:
        return Rules().changed(changes)
    except RuleError as error:
        field = FieldError(f"qc_rules.{error.field}", error.code, error.detail)
        raise BadRules(error.detail, errors=[field]) from None
