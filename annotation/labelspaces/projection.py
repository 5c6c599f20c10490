"""Read a label at a coarser scale. What has no place there leaves, and is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from annotation.labelspaces.rules import CONTROL, NEUTRAL
from annotation.labelspaces.space import LabelSpace
from speecheq.sentences import say


class Label(NamedTuple):
    """A category and its intensity (None: not rated)."""

    esc: str
    eis: int | None


class FinerScale(ValueError):
    """The labels cannot be read on the target scale. `categories` are what they differ in."""

    code = "finer_scale"

    def __init__(self, source: LabelSpace, target: LabelSpace, categories: list[str]) -> None:
        self.categories = categories
        listed = ", ".join(categories)
        self.detail = say(
            "{name} is not coarser than {source_name}: it differs in {listed}. "
            "Choose a label space as coarse as the labels, or coarser.",
            name=target.name,
            source_name=source.name,
            listed=listed,
        )
        super().__init__(self.detail)


@dataclass(frozen=True)
class Projection:
    """From one label space to another that is as coarse or coarser.

    Raises:
        FinerScale: on construction, where the target splits a category of the source.
    """

    source: LabelSpace
    target: LabelSpace
    _codes: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        finer = [code for code in self.target.esc if self._splits(code)]
        missing = sorted(set(self.source.levels) - set(self.target.levels))
        if finer or missing:
            raise FinerScale(self.source, self.target, finer + [f"EIS {x}" for x in missing])
        codes = {code: found for code in self.source.esc if (found := self._find(code))}
        object.__setattr__(self, "_codes", codes | {code: code for code in CONTROL})

    def _splits(self, code: str) -> bool:
        """Whether the target adds `code` below a category that the source keeps whole."""
        if code in self.source.esc:
            return False
        return any(above in self.source.esc for above in self.target.ancestors(code))

    def _find(self, code: str) -> str | None:
        path = (code, *self.source.ancestors(code))
        return next((each for each in path if each in self.target.esc), None)

    def esc(self, code: str) -> str | None:
        """What `code` is called in the target, None where it leaves. Unknown codes leave too."""
        return self._codes.get(code)

    def label(self, label: Label) -> Label | None:
        """The label at the target's scale, or None where it leaves.

        Onto NEU the intensity becomes 0, since NEU and 0 imply each other; a rating that was
        missing stays missing.
        """
        esc = self.esc(label.esc)
        if esc is None:
            return None
        if esc == NEUTRAL and label.eis is not None:
            return Label(esc, 0)
        return Label(esc, label.eis)

    def votes(self, votes: Mapping[str, int]) -> dict[str, int]:
        """Votes counted by target category.

        A vote for a category without a place keeps its own code: dropping it would let a minority
        win the clip.
        """
        counted: Counter[str] = Counter()
        for code, n in votes.items():
            counted[self.esc(code) or code] += n
        return dict(counted)
