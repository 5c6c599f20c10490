"""Agreement kept up to date rating by rating, without reading the corpus again.

What a clip adds to alpha depends on its count vector alone, so a new rating takes the clip's old
contribution out and puts the new one in: the cost is that of one clip, never of the corpus. The
sums are kept per number of ratings m and are whole numbers; dividing by m - 1 is left to the end,
so years of adding and removing leave no rounding behind and equal the batch.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from annotation.agreement.table import Value

Counts = Sequence[int]
"""How often each value was given to one clip, in the order of `values`."""


class ClipSums(ABC):
    """Sums over clips of something that depends on a clip's count vector.

    Attributes:
        values: the values, in order; every count vector has their length.
        n_items: clips with at least one rating.
        n_ratings: ratings.
        n_pairable: ratings on clips that have at least two.
    """

    def __init__(self, values: Sequence[Value]) -> None:
        self.values = tuple(values)
        self.n_items = 0
        self.n_ratings = 0
        self.n_pairable = 0

    def add(self, counts: Counts, value: Value) -> None:
        """Count one more rating. counts: the clip's vector before it, which is left as it is."""
        after = list(counts)
        after[self._place(value)] += 1
        self.replace(counts, after)

    def remove(self, counts: Counts, value: Value) -> None:
        """Take one rating back. counts: the clip's vector that still holds it.

        Raises:
            ValueError: the clip has no rating of this value.
        """
        after = list(counts)
        after[self._place(value)] -= 1
        self.replace(counts, after)

    def replace(self, before: Counts, after: Counts) -> None:
        """Exchange a clip's whole vector; all zeros stands for a clip without ratings.

        Raises:
            ValueError: a vector of the wrong length or with a negative count.
        """
        for counts in (before, after):
            self._check(counts)
        self._shift(before, -1)
        self._shift(after, 1)

    def _shift(self, counts: Counts, sign: int) -> None:
        size = sum(counts)
        if not size:
            return
        self.n_items += sign
        self.n_ratings += sign * size
        if size >= 2:
            self.n_pairable += sign * size
            self._shift_pairs(counts, size, sign)

    @abstractmethod
    def _shift_pairs(self, counts: Counts, size: int, sign: int) -> None:
        """Add (sign 1) or take back (sign -1) a clip with `size` >= 2 ratings."""

    @abstractmethod
    def alpha(self) -> float | None:
        """Krippendorff's alpha of all that was added, or None where it is undefined."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """The whole state as plain JSON; `from_json` reads it."""

    def _header(self) -> dict[str, Any]:
        return {
            "values": list(self.values),
            "n_items": self.n_items,
            "n_ratings": self.n_ratings,
            "n_pairable": self.n_pairable,
        }

    @classmethod
    def _from_header(cls, state: dict[str, Any]) -> Self:
        sums = cls(state["values"])
        sums.n_items = state["n_items"]
        sums.n_ratings = state["n_ratings"]
        sums.n_pairable = state["n_pairable"]
        return sums

    def _place(self, value: Value) -> int:
        try:
            return self.values.index(value)
        except ValueError:
            known = ", ".join(map(str, self.values))
            raise ValueError(f"{value!r} is not one of {known}.") from None

    def _check(self, counts: Counts) -> None:
        if len(counts) != len(self.values):
            raise ValueError(f"{len(counts)} counts do not fit {len(self.values)} values.")
        if min(counts, default=0) < 0:
            raise ValueError(f"A clip cannot have {min(counts)} ratings of one value.")


class NominalSums(ClipSums):
    """Running sums for nominal alpha.

    Attributes:
        totals: pairable ratings of each value.
        unequal: for each number of ratings m, the ordered pairs of unequal ratings of those clips.
    """

    def __init__(self, values: Sequence[Value]) -> None:
        super().__init__(values)
        self.totals = [0] * len(self.values)
        self.unequal: dict[int, int] = {}

    def _shift_pairs(self, counts: Counts, size: int, sign: int) -> None:
        self.totals = [
            total + sign * count for total, count in zip(self.totals, counts, strict=True)
        ]
        unequal = size * size - sum(count * count for count in counts)
        self.unequal[size] = self.unequal.get(size, 0) + sign * unequal

    def alpha(self) -> float | None:
        if sum(total > 0 for total in self.totals) < 2:
            return None
        n = sum(self.totals)
        observed = sum(pairs / (size - 1) for size, pairs in sorted(self.unequal.items()))
        expected = (n * n - sum(total * total for total in self.totals)) / (n - 1)
        return 1 - observed / expected

    def to_json(self) -> dict[str, Any]:
        unequal = {str(size): pairs for size, pairs in sorted(self.unequal.items()) if pairs}
        return {**self._header(), "totals": self.totals, "unequal": unequal}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Self:
        sums = cls._from_header(state)
        sums.totals = list(state["totals"])
        sums.unequal = {int(size): pairs for size, pairs in state["unequal"].items()}
        return sums


class CoincidenceMatrix(ClipSums):
    """Which value met which on the same clip: enough for ordinal alpha. Values must ascend.

    Attributes:
        pairs: for each number of ratings m, the ordered pairs (value, value) of those clips,
            shape (values, values), whole numbers.
    """

    def __init__(self, values: Sequence[Value]) -> None:
        super().__init__(values)
        self.pairs: dict[int, list[list[int]]] = {}

    def _shift_pairs(self, counts: Counts, size: int, sign: int) -> None:
        width = len(counts)
        matrix = self.pairs.setdefault(size, [[0] * width for _ in range(width)])
        for row, first in enumerate(counts):
            if not first:
                continue
            for column, second in enumerate(counts):
                # A rating is never paired with itself.
                matrix[row][column] += sign * first * (second - (row == column))

    def coincidences(self) -> np.ndarray:
        """Krippendorff's coincidence matrix, shape (values, values); its sum is `n_pairable`."""
        width = len(self.values)
        matrix = np.zeros((width, width))
        for size, pairs in sorted(self.pairs.items()):
            matrix += np.array(pairs, dtype=np.float64) / (size - 1)
        return matrix

    def alpha(self) -> float | None:
        matrix = self.coincidences()
        totals = matrix.sum(axis=0)
        if (totals > 0).sum() < 2:
            return None
        rank = totals.cumsum() - totals / 2  # mid-rank of each value
        apart = (rank[:, None] - rank[None, :]) ** 2
        expected = (np.outer(totals, totals) * apart).sum() / (totals.sum() - 1)
        return float(1 - (matrix * apart).sum() / expected)

    def to_json(self) -> dict[str, Any]:
        pairs = {str(size): m for size, m in sorted(self.pairs.items()) if any(map(any, m))}
        return {**self._header(), "pairs": pairs}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Self:
        matrix = cls._from_header(state)
        matrix.pairs = {int(size): [list(row) for row in m] for size, m in state["pairs"].items()}
        return matrix
