"""Positions of a line chart: one or two measures over the epochs.

Only numbers are computed here; the template draws them, and the stylesheet colours them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 360, 190
LEFT, RIGHT, TOP, BOTTOM = 34, 10, 8, 164
TICKS = 4
SMALLEST = 0.04  # the least a label of two decimals can tell apart in quarters

Points = Sequence[tuple[int, float]]
"""(epoch, value); an epoch without the measure is left out."""


@dataclass(frozen=True)
class Curve:
    """A named line: `path` for a polyline, and its last point."""

    label: Any
    path: str
    x: float
    y: float
    last: float


@dataclass(frozen=True)
class Tick:
    label: str
    at: float


@dataclass(frozen=True)
class Chart:
    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    curves: list[Curve]
    rows: list[Tick]
    columns: list[Tick]


def chart(lines: Sequence[tuple[Any, Points]], *, n_epochs: int, top: float | None = None) -> Chart:
    """Lay out lines over epochs 1 to `n_epochs`; the value axis goes from 0 to `top`, or to a round
    number above the largest value."""
    highest = max((value for _, points in lines for _, value in points), default=1.0)
    top = rounded_up(highest) if top is None else top

    def x(epoch: int) -> float:
        return round(LEFT + (epoch - 1) / max(1, n_epochs - 1) * (WIDTH - RIGHT - LEFT), 1)

    def y(value: float) -> float:
        return round(BOTTOM - min(1.0, max(0.0, value / top)) * (BOTTOM - TOP), 1)

    curves = [
        Curve(
            label=label,
            path=" ".join(f"{x(epoch)},{y(value)}" for epoch, value in points),
            x=x(points[-1][0]),
            y=y(points[-1][1]),
            last=points[-1][1],
        )
        for label, points in lines
        if points
    ]
    steps = [top * step / TICKS for step in range(TICKS + 1)]
    step = max(1, math.ceil(n_epochs / 6))
    shown = [epoch for epoch in range(1, n_epochs + 1) if epoch == 1 or epoch % step == 0]
    return Chart(
        WIDTH,
        HEIGHT,
        LEFT,
        WIDTH - RIGHT,
        TOP,
        BOTTOM,
        curves,
        [Tick(f"{value:.2f}", y(value)) for value in steps],
        [Tick(str(epoch), x(epoch)) for epoch in shown],
    )


def rounded_up(value: float) -> float:
    """The next of 1, 2, 4 or 8 times a power of ten, so that quarters of it are short numbers."""
    if value <= 0:
        return 1.0
    value = max(value, SMALLEST)
    power = 10.0 ** math.floor(math.log10(value))
    return next((n * power for n in (1, 2, 4, 8) if n * power >= value), 10 * power)
