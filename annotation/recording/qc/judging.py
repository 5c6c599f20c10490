"""From figures to a verdict, with every reason in numbers and in English."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annotation.recording.qc.figures import FLOOR_DBFS, Figures
from annotation.recording.qc.rules import Rules
from annotation.recording.qc.syllables import expected_ms, syllables

GREEN, YELLOW, RED = "green", "yellow", "red"
SPEECH, ROOM_TONE = "speech", "room_tone"
# Below this nothing came from a microphone: one step of a 16-bit converter is -90 dBFS.
DEAD_DBFS = -100.0


# Each code, and what it says.
REASONS = {
    "clipping": "{value:.3%} of the samples are clipped; more than {limit:.3%} is too much. "
    "Turn the gain down or step back.",
    "no_speech": "{value:.0f} ms of speech were found; {limit:.0f} are needed. Is the right "
    "microphone on?",
    "cut_start": "Speech begins {value:.0f} ms after the start; {limit:.0f} are wanted. Begin to "
    "speak a little later.",
    "cut_end": "Speech ends {value:.0f} ms before the end; {limit:.0f} are wanted. Stop a little "
    "later.",
    "low_snr": "Speech is {value:.1f} dB above the noise; {limit:g} are wanted.",
    "noisy": "The noise floor is at {value:.1f} dBFS; {limit:g} is the limit.",
    "too_quiet": "Speech is at {value:.1f} dBFS; {limit:g} is wanted. Step closer or turn the "
    "gain up.",
    "too_loud": "Speech is at {value:.1f} dBFS; {limit:g} is the limit. Turn the gain down or "
    "step back.",
    "too_short": "{value:.1f} syllables a second; more than {limit:g} means that words are "
    "missing or rushed.",
    "too_long": "{value:.1f} syllables a second; less than {limit:g} means that there is more "
    "than the text, or long hesitation.",
    "dc_offset": "The samples are off zero by {value:.4f} of full scale; {limit:g} is the limit.",
    "dropouts": "Places where sound was lost: {value:.0f}; {limit:.0f} is too many. Close other "
    "programs and record again.",
    "sound_missing": "{value:.0f} ms of the sound are missing; more than {limit:.0f} is too much. "
    "Close other programs and record again.",
    "dead_input": "The loudest sample is at {value:.1f} dBFS, below {limit:g}: nothing came from "
    "the microphone.",
    "room_too_loud": "The room is at {value:.1f} dBFS; {limit:g} is the limit.",
    "speech_in_room": "{value:.0f} ms sound like speech; more than {limit:.0f} is no room tone.",
    "room_too_short": "The room tone lasts {value:.0f} ms; {limit:.0f} are wanted.",
}


@dataclass(frozen=True)
class Reason:
    """Why a take is not green. `code` is one of REASONS; `value` was worse than `limit`."""

    code: str
    severity: str
    value: float
    limit: float

    @property
    def detail(self) -> str:
        """In English, with both numbers and what to do."""
        return REASONS[self.code].format(value=self.value, limit=self.limit)


@dataclass(frozen=True)
class Judgement:
    """The verdict is that of the worst reason; reasons come worst first."""

    verdict: str
    reasons: tuple[Reason, ...]
    expected_ms: int | None


def judge(
    figures: Figures,
    rules: Rules,
    *,
    kind: str = SPEECH,
    text: str = "",
    language: str = "",
) -> Judgement:
    """Hold figures against rules.

    Args:
        kind: "speech" or "room_tone"; a room has rules of its own.
        text: what was to be spoken; without it the length is not judged.
        language: BCP 47, for counting syllables.
    """
    if kind not in (SPEECH, ROOM_TONE):
        raise ValueError(f"A take is of kind {SPEECH!r} or {ROOM_TONE!r}, not {kind!r}.")
    count = syllables(text, language) if kind == SPEECH and text else None
    told = _of_room(figures, rules) if kind == ROOM_TONE else _of_speech(figures, rules, count)
    reasons = sorted((one for one in told if one), key=lambda one: one.severity != RED)
    verdict = reasons[0].severity if reasons else GREEN
    return Judgement(verdict, tuple(reasons), expected_ms(count, language))


def _of_speech(figures: Figures, rules: Rules, count: int | None) -> list[Reason | None]:
    dead = _dead(figures)
    if dead:
        return [dead]
    told = _of_sound(figures, rules)
    silent = _below(figures.speech_ms, rules, "speech_ms", "no_speech")
    told += [silent, _above(figures.noise_dbfs, rules, "noise_dbfs", "noisy")]
    if figures.snr_db is None or figures.lead_ms is None or figures.tail_ms is None:
        return told
    told += [
        _below(figures.lead_ms, rules, "lead_ms", "cut_start"),
        _below(figures.tail_ms, rules, "tail_ms", "cut_end"),
        _below(figures.snr_db, rules, "snr_db", "low_snr"),
        _below(figures.level_dbfs, rules, "level_low_dbfs", "too_quiet"),
        _above(figures.level_dbfs, rules, "level_high_dbfs", "too_loud"),
    ]
    if count is not None and figures.speech_ms > 0 and silent is None:
        rate = 1000 * count / figures.speech_ms
        told.append(_above(rate, rules, "rate_high", "too_short"))
        told.append(_below(rate, rules, "rate_low", "too_long"))
    return told


def _of_room(figures: Figures, rules: Rules) -> list[Reason | None]:
    dead = _dead(figures)
    if dead:
        return [dead]
    return [
        *_of_sound(figures, rules),
        _above(figures.noise_dbfs, rules, "room_noise_dbfs", "room_too_loud"),
        _above(figures.speech_ms, rules, "room_speech_ms", "speech_in_room"),
        _below(figures.duration_ms, rules, "room_duration_ms", "room_too_short"),
    ]


def _of_sound(figures: Figures, rules: Rules) -> list[Reason | None]:
    """What is wrong in any sound."""
    return [
        _above(figures.clipped_share, rules, "clipped_share", "clipping"),
        _above(abs(figures.dc_offset), rules, "dc_offset", "dc_offset"),
        _reached(figures.dropouts, rules, "dropouts", "dropouts"),
        _above(figures.missing_ms, rules, "missing_ms", "sound_missing"),
    ]


def _dead(figures: Figures) -> Reason | None:
    if figures.peak_dbfs >= DEAD_DBFS:
        return None
    return Reason("dead_input", RED, max(figures.peak_dbfs, FLOOR_DBFS), DEAD_DBFS)


def _above(value: float, rules: Rules, figure: str, code: str) -> Reason | None:
    yellow, red = rules.limits(figure)
    if value > red:
        return Reason(code, RED, value, red)
    return Reason(code, YELLOW, value, yellow) if value > yellow else None


def _below(value: float, rules: Rules, figure: str, code: str) -> Reason | None:
    yellow, red = rules.limits(figure)
    if value < red:
        return Reason(code, RED, value, red)
    return Reason(code, YELLOW, value, yellow) if value < yellow else None


def _reached(value: float, rules: Rules, figure: str, code: str) -> Reason | None:
    yellow, red = rules.limits(figure)
    if value >= red:
        return Reason(code, RED, value, red)
    return Reason(code, YELLOW, value, yellow) if value >= yellow else None


_REASON_FIELDS = ("code", "severity", "value", "limit", "detail")
# Digits that mean something; more would only make two machines differ.
_DIGITS = {"clipped_share": 6, "dc_offset": 6}


def as_json(figures: Figures, judgement: Judgement) -> dict[str, Any]:
    """Figures and verdict as they are stored with a take and sent to pages."""
    names = [
        *("snr_db", "noise_dbfs", "clipped_share", "peak_dbfs", "level_dbfs", "lead_ms"),
        *("tail_ms", "speech_ms", "dc_offset", "dropouts", "missing_ms", "duration_ms"),
    ]
    told = {name: getattr(figures, name) for name in names}
    return {
        "verdict": judgement.verdict,
        "reasons": [_reason_json(reason) for reason in judgement.reasons],
        **{name: _rounded(name, value) for name, value in told.items()},
        "expected_ms": judgement.expected_ms,
    }


def _reason_json(reason: Reason) -> dict[str, Any]:
    told = {name: getattr(reason, name) for name in _REASON_FIELDS}
    return {**told, "value": round(reason.value, 6)}


def _rounded(name: str, value: float | None) -> float | None:
    return round(value, _DIGITS.get(name, 2)) if isinstance(value, float) else value
