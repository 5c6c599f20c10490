"""What a take must be, in numbers that a session may change."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from speecheq.sentences import say


@dataclass(frozen=True)
class RuleFact:
    """What may be set: unit, range, and which side is worse ("above" or "below" the limit)."""

    unit: str
    minimum: float
    maximum: float
    worse: str


class RuleError(ValueError):
    """A rule that cannot be. `field` names it, `code` is unknown_rule, bad_rule_value, out_of_range
    or rules_cross."""

    def __init__(self, field: str, code: str, detail: str):
        super().__init__(detail)
        self.field = field
        self.code = code
        self.detail = detail


_SHARE = ("share", 0.0, 1.0)
_MS = ("ms", 0.0, 60_000.0)
_DB = ("dB", -20.0, 120.0)
_DBFS = ("dBFS", -120.0, 0.0)
_RATE = ("syllables/s", 0.0, 50.0)
_COUNT = ("count", 1.0, 1_000_000.0)

# Each figure that is judged, without _yellow and _red.
_JUDGED = {
    "clipped_share": (*_SHARE, "above"),
    "speech_ms": (*_MS, "below"),
    "lead_ms": (*_MS, "below"),
    "tail_ms": (*_MS, "below"),
    "snr_db": (*_DB, "below"),
    "noise_dbfs": (*_DBFS, "above"),
    "level_low_dbfs": (*_DBFS, "below"),
    "level_high_dbfs": (*_DBFS, "above"),
    "rate_low": (*_RATE, "below"),
    "rate_high": (*_RATE, "above"),
    "dc_offset": (*_SHARE, "above"),
    "dropouts": (*_COUNT, "above"),
    "missing_ms": (*_MS, "above"),
    "room_noise_dbfs": (*_DBFS, "above"),
    "room_speech_ms": (*_MS, "above"),
    "room_duration_ms": (*_MS, "below"),
}

RULES: dict[str, RuleFact] = {
    f"{figure}_{severity}": RuleFact(*fact)
    for figure, fact in _JUDGED.items()
    for severity in ("yellow", "red")
}


@dataclass(frozen=True)
class Rules:
    """Limits of a session. Worse than `_yellow` is doubtful, worse than `_red` is bad; a figure
    that equals its limit passes, except dropouts, where the limit is the first count that fails.
    Why each default is what it is: docs/quality.md."""

    clipped_share_yellow: float = 0.0
    clipped_share_red: float = 0.0005
    speech_ms_yellow: float = 200
    speech_ms_red: float = 100
    lead_ms_yellow: float = 100
    lead_ms_red: float = 30
    tail_ms_yellow: float = 100
    tail_ms_red: float = 30
    snr_db_yellow: float = 25
    snr_db_red: float = 12
    noise_dbfs_yellow: float = -50
    noise_dbfs_red: float = -35
    level_low_dbfs_yellow: float = -45
    level_low_dbfs_red: float = -60
    level_high_dbfs_yellow: float = -12
    level_high_dbfs_red: float = -6
    rate_low_yellow: float = 1.8
    rate_low_red: float = 0.6
    rate_high_yellow: float = 7.5
    rate_high_red: float = 12.0
    dc_offset_yellow: float = 0.01
    dc_offset_red: float = 0.05
    dropouts_yellow: int = 1
    dropouts_red: int = 3
    missing_ms_yellow: float = 50
    missing_ms_red: float = 150
    room_noise_dbfs_yellow: float = -55
    room_noise_dbfs_red: float = -40
    room_speech_ms_yellow: float = 100
    room_speech_ms_red: float = 500
    room_duration_ms_yellow: float = 3_000
    room_duration_ms_red: float = 1_000

    def changed(self, changes: Mapping[str, Any]) -> Rules:
        """These rules with some of them changed. Raises RuleError for the first that cannot be:
        an unknown name, no number, out of range, or a yellow limit beyond its red one."""
        for name, value in changes.items():
            _check(name, value)
        made = replace(self, **changes)
        for figure, (*_, worse) in _JUDGED.items():
            yellow, red = made.limits(figure)
            if (yellow > red) if worse == "above" else (yellow < red):
                raise RuleError(
                    f"{figure}_yellow",
                    "rules_cross",
                    say(
                        "{figure}_yellow {yellow:g} is worse than {figure}_red {red:g}: no take "
                        "would be yellow. Change both, or set them equal.",
                        figure=figure,
                        yellow=yellow,
                        red=red,
                    ),
                )
        return made

    def limits(self, figure: str) -> tuple[float, float]:
        """Yellow and red limit of a figure."""
        return getattr(self, f"{figure}_yellow"), getattr(self, f"{figure}_red")

    def as_dict(self) -> dict[str, float]:
        """All rules in force, for answers and pages."""
        return asdict(self)


def _check(name: str, value: Any) -> None:
    fact = RULES.get(name)
    if fact is None:
        known = ", ".join(RULES)
        raise RuleError(
            name,
            "unknown_rule",
            say("No rule {name!r}. Known rules: {known}.", name=name, known=known),
        )
    if not _is_number(value):
        raise RuleError(
            name,
            "bad_rule_value",
            say("{name} is {value}; a number is wanted.", name=name, value=_short(value)),
        )
    if fact.unit == "count" and value != int(value):
        raise RuleError(
            name,
            "bad_rule_value",
            say("{name} is {value!r}; a whole number is wanted.", name=name, value=value),
        )
    if not fact.minimum <= value <= fact.maximum:
        detail = say(
            "{name} {value:g} is outside {least:g} to {most:g} {unit}.",
            name=name,
            value=value,
            least=fact.minimum,
            most=fact.maximum,
            unit=fact.unit,
        )
        raise RuleError(name, "out_of_range", detail)


def _is_number(value: Any) -> bool:
    """Whether it is a number that a float can hold; JSON allows whole numbers of any length."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _short(value: Any) -> str:
    told = repr(value)
    return told if len(told) <= 40 else f"{told[:40]}…"
