"""The order in which one session speaks the prompts of a script.

Everything is drawn by SHA-256 from the seed and places in the script: no generator of random
numbers, whose shuffling may change from one version of Python to the next, and with it an order
that somebody wants to see again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from annotation.recording.script import BLOCKED, FIXED, RANDOM, TRAINING, shown


class Targeted(Protocol):
    """A prompt, written or stored, with the category it is to be spoken in ("": none)."""

    @property
    def target_esc(self) -> str: ...


P = TypeVar("P", bound=Targeted)


@dataclass(frozen=True)
class Section(Generic[P]):
    """Prompts as written; `kind` is training or main, `order` is fixed, random or blocked."""

    kind: str
    order: str
    prompts: Sequence[P]


def draw_order(sections: Iterable[Section[P]], seed: int) -> list[P]:
    """All prompts in the order of one session: sections of training first, else as written.

    Fixed: as written. Random: all prompts of the section shuffled. Blocked: those of one target
    category stay together, and both the categories and the prompts within them are shuffled. The
    same sections and seed always give the same order.

    Raises ValueError for an order that is none of these.
    """
    numbered = list(enumerate(sections))
    training = [each for each in numbered if each[1].kind == TRAINING]
    others = [each for each in numbered if each[1].kind != TRAINING]
    drawn: list[P] = []
    for number, section in training + others:
        drawn += _drawn(section, number, seed)
    return drawn


def _drawn(section: Section[P], number: int, seed: int) -> list[P]:
    if section.order == FIXED:
        return list(section.prompts)
    if section.order not in (RANDOM, BLOCKED):
        raise ValueError(f"A section has no order {shown(section.order)}.")

    def place(index: int) -> tuple[str, str]:
        esc = section.prompts[index].target_esc if section.order == BLOCKED else ""
        return _draw(seed, number, "block", esc), _draw(seed, number, "prompt", index)

    return [section.prompts[index] for index in sorted(range(len(section.prompts)), key=place)]


def _draw(*parts: Hashable) -> str:
    """The same parts always give the same; others give something unrelated."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()
