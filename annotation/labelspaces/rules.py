"""The one place that says which labels may exist: known names, known levels, NEU only at 0."""

from collections.abc import Collection

from speecheq.sentences import say

NEUTRAL = "NEU"
CONTROL = frozenset({"OTH", "UNK"})
"""Codes every label space holds without listing them; never trained on."""


class LabelError(ValueError):
    """A label that may not be stored. `code` is for programs, `field` is `esc` or `eis`."""

    def __init__(self, code: str, detail: str, field: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.field = field


def check_label(
    esc: str,
    eis: int | None,
    scheme_categories: Collection[str],
    levels: Collection[int],
    *,
    eis_required: bool = False,
) -> None:
    """Raise LabelError unless (esc, eis) is a label of the scheme.

    Args:
        esc: category code, such as `HAP`.
        eis: intensity, or None where it was not rated. A missing rating is never 0.
        scheme_categories: the codes on offer, control codes among them if they are on offer.
        levels: the intensities on offer.
        eis_required: whether a missing intensity is refused.

    Raises:
        LabelError: unknown_esc, eis_required, out_of_scale, neu_needs_zero or zero_needs_neu.
    """
    if esc not in scheme_categories:
        offered = ", ".join(scheme_categories)
        raise LabelError(
            "unknown_esc",
            say("No category {esc!r}. The scheme has: {offered}.", esc=esc, offered=offered),
            "esc",
        )
    if eis is None:
        if eis_required:
            raise LabelError(
                "eis_required", say("{esc} needs an intensity in this scheme.", esc=esc), "eis"
            )
        return
    _check_level(esc, eis, levels)


def _check_level(esc: str, eis: int, levels: Collection[int]) -> None:
    if isinstance(eis, bool) or not isinstance(eis, int) or eis not in levels:
        offered = ", ".join(str(level) for level in sorted(levels))
        raise LabelError(
            "out_of_scale",
            say("EIS {eis!r} is not one of {offered}.", eis=eis, offered=offered),
            "eis",
        )
    if esc == NEUTRAL and eis != 0:
        raise LabelError(
            "neu_needs_zero", say("NEU has no intensity: EIS {eis} must be 0.", eis=eis), "eis"
        )
    if esc != NEUTRAL and eis == 0:
        detail = say(
            "EIS 0 means no emotion: choose NEU, or an intensity above 0 for {esc}.", esc=esc
        )
        raise LabelError("zero_needs_neu", detail, "eis")
