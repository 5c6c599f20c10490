"""What the engine is told about a clip. No torch here, so that a service can build rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from speecheq.sentences import say

SPLITS = ("train", "dev", "test")


class BadData(ValueError):
    """The data cannot be trained on or scored. `errors` holds (field, code, detail) triples."""

    def __init__(self, detail: str, *, code: str, field: str = ""):
        super().__init__(detail)
        self.detail, self.code, self.field = detail, code, field

    @property
    def errors(self) -> list[tuple[str, str, str]]:
        return [(self.field, self.code, self.detail)]


@dataclass(frozen=True)
class ClipRow:
    """One clip of a release, or of a pool to score. A label that is None is masked, never guessed.

    esc: category code; eis: level from 0; soft_esc: share of votes per category code, summing to 1;
    sex: "female", "male" or another word (masked); transcript and language give the phonemes;
    audio_sha256: of the PCM, the key of the feature cache.
    """

    key: str
    path: Path
    audio_sha256: str
    split: str = "test"
    speaker: str = ""
    duration_ms: int = 0
    esc: str | None = None
    eis: int | None = None
    soft_esc: Mapping[str, float] | None = None
    sex: str | None = None
    transcript: str | None = None
    language: str | None = None


def rows_of(rows: Sequence[ClipRow], split: str) -> list[ClipRow]:
    """The rows of one split. Raises BadData when there is none."""
    chosen = [row for row in rows if row.split == split]
    if not chosen:
        counts = {name: sum(row.split == name for row in rows) for name in SPLITS}
        found = ", ".join(f"{name} {count}" for name, count in counts.items())
        raise BadData(
            say(
                "The {split} split has no clips ({found}). Make a release whose {split} "
                "split holds labelled clips.",
                split=split,
                found=found,
            ),
            code="empty_split",
            field=f"release.splits.{split}",
        )
    return chosen
