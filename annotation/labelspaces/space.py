"""A label space in memory: which categories and levels exist, and what is coarser than what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from annotation.labelspaces.rules import CONTROL


@dataclass(frozen=True)
class LabelSpace:
    """A versioned set of categories with a parent map, and of levels.

    Attributes:
        code, version: its name, such as `core-7` and 1.
        esc: category codes in their order, control codes left out.
        parents: code to the code it becomes on a coarser scale.
        levels: intensities, ascending.
    """

    code: str
    version: int
    esc: tuple[str, ...]
    parents: Mapping[str, str]
    levels: tuple[int, ...]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> LabelSpace:
        """Read the form that `presets.py` and the database share.

        Raises:
            ValueError: a code or level twice, or parents that run in a circle.
        """
        categories = data["categories"]
        esc = tuple(each["code"] for each in categories)
        parents = {each["code"]: each["parent"] for each in categories if each.get("parent")}
        levels = tuple(sorted(each["value"] for each in data["levels"]))
        _refuse_repeats(esc)
        _refuse_repeats(levels)
        space = cls(str(data["code"]), int(data["version"]), esc, parents, levels)
        for code in esc:
            list(space.ancestors(code))
        return space

    @property
    def name(self) -> str:
        """Code and version in one word, such as `core-7@1`."""
        return f"{self.code}@{self.version}"

    def holds(self, code: str) -> bool:
        """Whether `code` can be a label here. Control codes always can."""
        return code in self.esc or code in CONTROL

    def ancestors(self, code: str) -> Iterator[str]:
        """The parent of `code`, then its parent, up to the top."""
        seen = {code}
        while (parent := self.parents.get(code)) is not None:
            if parent in seen:
                raise ValueError(f"The parents of {code!r} in {self.name} run in a circle.")
            seen.add(parent)
            yield parent
            code = parent


def _refuse_repeats(values: Iterable[object]) -> None:
    listed = list(values)
    repeated = sorted({str(each) for each in listed if listed.count(each) > 1})
    if repeated:
        raise ValueError(f"Listed more than once: {', '.join(repeated)}.")
