"""Why a take is doubtful or bad, in the page's language. The modules of the recorder page say the
same of the same reasons (`js/verdicts.js`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from annotation.web.recording.record_texts import REASONS

# Others are shown without digits behind the point.
_FORMATS: dict[str, Callable[[float], str]] = {
    "clipping": lambda value: f"{100 * value:.{3 if value < 0.001 else 2}f} %",
    "dc_offset": lambda value: f"{100 * value:.2f} %",
    "too_short": lambda value: f"{value:.1f}",
    "too_long": lambda value: f"{value:.1f}",
}


def reasons_in_words(qc: dict[str, Any]) -> list[str]:
    """One sentence a reason, the worst first. `qc`: as it is stored with a take."""
    return [_in_words(**reason) for reason in qc.get("reasons", [])]


def _in_words(*, code: str, value: float, limit: float, detail: str = "", **_more: Any) -> str:
    sentence = REASONS.get(f"reason.{code}")
    if sentence is None:
        return detail or code
    written = _FORMATS.get(code, lambda number: f"{number:.0f}")
    return str(sentence).replace("{value}", written(value)).replace("{limit}", written(limit))
