"""Positions of a forest plot: values with intervals, one below the other, against references.

Only numbers are computed here; the template draws them, and the stylesheet colours them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 760
LEFT = 270
RIGHT = 60
TOP = 46
ROW = 26
STEP = 0.25
WIDE_FROM = 0x2E80
"""Chinese characters take twice the room of Latin ones."""

Line = tuple[str, float, float | None, float | None]
"""(label, value, low, high) of one estimate."""


@dataclass(frozen=True)
class Mark:
    """One estimate: its place and its numbers."""

    label: str
    value: float
    y: float
    x: float
    x_low: float | None
    x_high: float | None


@dataclass(frozen=True)
class Guide:
    """A vertical line: a tick of the axis, or a reference with its label on the side with room."""

    label: Any
    x: float
    y: float = 0.0
    anchor: str = "middle"
    label_x: float = 0.0


@dataclass(frozen=True)
class Forest:
    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    marks: list[Mark]
    ticks: list[Guide]
    references: list[Guide]


def forest(lines: Sequence[Line], *, references: Sequence[tuple[float, Any]]) -> Forest:
    """Lay out estimates on an axis that ends at 1 and starts at 0, or lower where one lies there.

    Values are at most 1. The axis starts at -1 at the lowest; what lies below is drawn there.
    """
    lowest = min([0.0, *(min(value, value if low is None else low) for _, value, low, _ in lines)])
    start = max(-1.0, math.floor(lowest / STEP) * STEP)

    def x(value: float) -> float:
        share = (max(value, start) - start) / (1 - start)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    marks = [
        Mark(
            label=label,
            value=value,
            y=TOP + ROW * i + ROW / 2,
            x=x(value),
            x_low=None if low is None else x(low),
            x_high=None if high is None else x(high),
        )
        for i, (label, value, low, high) in enumerate(lines)
    ]
    bottom = TOP + ROW * len(lines)
    n_ticks = round((1 - start) / STEP)
    ticks = [Guide(f"{start + STEP * i:.2f}", x(start + STEP * i)) for i in range(n_ticks + 1)]
    drawn = [
        _reference(label, x(at), 16 + 16 * (i % 2)) for i, (at, label) in enumerate(references)
    ]
    return Forest(WIDTH, bottom + 24, LEFT, WIDTH - RIGHT, TOP, bottom, marks, ticks, drawn)


def _reference(label: Any, x: float, y: float) -> Guide:
    """A reference with its label to the right, or to the left where there is no room."""
    room = sum(12.0 if ord(letter) >= WIDE_FROM else 6.2 for letter in str(label))
    if x + 4 + room > WIDTH:
        return Guide(label, x, y, "end", x - 4)
    return Guide(label, x, y, "start", x + 4)
