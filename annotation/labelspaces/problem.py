"""What is wrong with a scheme or an answer to it: where, for programs and for people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """`field` is the place, such as `extras.0.step`."""

    field: str
    code: str
    detail: str
