"""What the server found of a take, in the words that the recorder page uses too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from annotation.models import Take
from annotation.web.recording.record_texts import REASONS, VERDICTS

# As verdicts.js shows them: shares as percent, rates with a digit, all else as whole numbers.
FORMATS: dict[str, Callable[[float], str]] = {
    "clipping": lambda value: f"{100 * value:.{3 if value < 0.001 else 2}f} %",
    "dc_offset": lambda value: f"{100 * value:.2f} %",
    "too_short": lambda value: f"{value:.1f}",
    "too_long": lambda value: f"{value:.1f}",
}


def reasons_in_words(take: Take) -> list[str]:
    """What cut the take short, then why it is not green; one sentence each."""
    cut_short = VERDICTS.get(f"interrupted.{take.reported.get('interrupted')}")
    found = [str(cut_short)] if cut_short else []
    return found + [_in_words(reason) for reason in take.qc.get("reasons", [])]


def _in_words(reason: dict[str, Any]) -> str:
    """A reason without words of the page's is told in the server's."""
    sentence = REASONS.get(f"reason.{reason['code']}")
    if sentence is None:
        return reason.get("detail") or str(reason["code"])
    show = FORMATS.get(reason["code"], lambda value: f"{value:.0f}")
    told = {name: show(reason[name]) for name in ("value", "limit")}
    return str(sentence).replace("{value}", told["value"]).replace("{limit}", told["limit"])
