"""Native labels read in our scales, through a mapping that is data."""

from collections.abc import Mapping

from annotation.recipes.rows import ManifestRow

Label = tuple[str, int | None]
"""(ESC, EIS); ESC is empty where the native label has no category of ours."""


def native_label(row: ManifestRow) -> str:
    """The native label as mappings name it: `happy/strong`, or `happy` without an intensity."""
    if row.native_intensity:
        return f"{row.native_emotion}/{row.native_intensity}"
    return row.native_emotion


def intended_label(row: ManifestRow, mapping: Mapping[str, Label]) -> Label:
    """What the speaker was asked to express: the row's own word, else its native label mapped.

    A label with an intensity falls back to the emotion alone, whose level is then unknown.
    ("", None) where nothing is known.
    """
    if row.intended_esc or not row.native_emotion:
        return row.intended_esc, row.intended_eis
    for name in (native_label(row), row.native_emotion):
        if name in mapping:
            return mapping[name]
    return "", None
