"""Ratings as counts: how many raters gave each value to each clip.

Every coefficient here is a function of these counts alone. Two clips with the same counts are the
same to all of them, so coefficients are computed on the distinct count vectors (`Patterns`) and
their multiplicities: a million ratings of eight categories have a few hundred of them.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annotation.agreement.errors import AgreementInputError

Value = Hashable
"""A category code (str) or a level (float)."""

Column = Sequence[Any] | NDArray[Any]

MAX_CELLS = 50_000_000
"""Clips x values: 200 MB of counts. Real scales stay far below; free decimals would not."""


@dataclass(frozen=True, eq=False)
class Patterns:
    """Distinct count vectors of a table.

    Attributes:
        vectors: shape (patterns, values), float64, each row with at least one rating.
        multiplicity: shape (patterns,), int64, clips that have this vector.
    """

    vectors: NDArray[np.float64]
    multiplicity: NDArray[np.int64]

    @cached_property
    def sizes(self) -> NDArray[np.float64]:
        """Ratings per clip of each pattern, shape (patterns,)."""
        return np.asarray(self.vectors.sum(axis=1))

    @cached_property
    def pairable(self) -> Patterns:
        """Only the patterns with two ratings or more."""
        keep = self.sizes >= 2
        return Patterns(self.vectors[keep], self.multiplicity[keep])


@dataclass(frozen=True, eq=False)
class CountTable:
    """Counts of ratings per clip and value. Clips nobody rated are not in it.

    Attributes:
        values: the values in their order, ascending for levels.
        counts: shape (rows, values), int32, no row of zeros.
        clips_per_row: shape (rows,), int64: clips that have this row's counts.
    """

    values: tuple[Value, ...]
    counts: NDArray[np.int32]
    clips_per_row: NDArray[np.int64]

    @classmethod
    def from_counts(
        cls,
        counts: ArrayLike,
        values: Sequence[Value],
        *,
        clips_per_row: ArrayLike | None = None,
    ) -> CountTable:
        """From a matrix of counts, shape (rows, values). Rows of zeros are dropped.

        Args:
            counts: one row per clip, or per group of clips with equal counts.
            values: the values, in order.
            clips_per_row: shape (rows,), how many clips each row stands for; by default one.

        Raises:
            AgreementInputError: the shape does not fit, or a count is negative or not whole.
        """
        given = np.asarray(counts)
        if given.size == 0:
            given = np.zeros((0, len(values)), dtype=np.int32)
        if given.ndim != 2 or given.shape[1] != len(values):
            raise AgreementInputError(
                "bad_shape", f"Counts of shape {given.shape} do not fit {len(values)} values."
            )
        whole = given.astype(np.int32)
        if (whole != given).any() or (whole < 0).any():
            raise AgreementInputError("bad_count", "Counts must be whole numbers, 0 or more.")
        rated = whole.any(axis=1)
        clips = np.ones(len(whole)) if clips_per_row is None else np.asarray(clips_per_row)
        return cls(tuple(values), whole[rated], clips[rated].astype(np.int64))

    @classmethod
    def from_ratings(
        cls,
        clips: Column,
        raters: Column,
        values: Column,
        *,
        order: Sequence[Value] | None = None,
    ) -> CountTable:
        """From one row per rating. A missing value (None, NaN or "") is no rating.

        Args:
            clips: shape (ratings,), any key.
            raters: shape (ratings,), any key.
            values: shape (ratings,), categories or levels.
            order: the values on offer, in order; by default the sorted values that occur.

        Raises:
            AgreementInputError: a rater rated a clip twice, or a value is not in `order`.
        """
        clip, rater, value = _column(clips), _column(raters), _column(values)
        if not len(clip) == len(rater) == len(value):
            raise AgreementInputError("bad_shape", "Clips, raters and values differ in length.")
        rated = ~_missing(value)
        clip_code, clip_keys = factorise(clip[rated])
        _refuse_duplicates(clip_code, clip_keys, rater[rated])
        value_code, order = _encode(value[rated], order)
        shape = (len(clip_keys), len(order))
        _refuse_huge(*shape)
        cell = clip_code * shape[1] + value_code
        counts = np.bincount(cell, minlength=shape[0] * shape[1]).astype(np.int32)
        return cls(tuple(order), counts.reshape(shape), np.ones(shape[0], dtype=np.int64))

    @cached_property
    def n_items(self) -> int:
        """Clips with at least one rating."""
        return int(self.clips_per_row.sum())

    @cached_property
    def n_ratings(self) -> int:
        return int(self._ratings_per_row.sum())

    @cached_property
    def n_pairable(self) -> int:
        """Ratings on clips that have at least two."""
        sizes = self.counts.sum(axis=1, dtype=np.int64)
        return int(self._ratings_per_row[sizes >= 2].sum())

    @property
    def _ratings_per_row(self) -> NDArray[np.int64]:
        return np.asarray(self.counts.sum(axis=1, dtype=np.int64) * self.clips_per_row)

    @cached_property
    def patterns(self) -> Patterns:
        key = np.zeros(len(self.counts), dtype=np.int64)
        radix = 1
        for column in self.counts.T:
            base = int(column.max(initial=0)) + 1
            if radix > np.iinfo(np.int64).max // base:
                seen, key = np.unique(key, return_inverse=True)  # renumber before it overflows
                radix = len(seen)
            key = key * base + column
            radix *= base
        _, first, group = np.unique(key, return_index=True, return_inverse=True)
        multiplicity = np.zeros(len(first), dtype=np.int64)
        np.add.at(multiplicity, group, self.clips_per_row)
        return Patterns(self.counts[first].astype(np.float64), multiplicity)


def factorise(column: NDArray[Any]) -> tuple[NDArray[np.int64], list[Any]]:
    """Number the distinct keys of a column: (codes, keys), so that keys[codes] is the column."""
    if column.dtype.kind in "iufb":
        keys, codes = np.unique(column, return_inverse=True)
        return codes.astype(np.int64, copy=False), list(keys.tolist())
    numbers: dict[Any, int] = {}
    codes = np.fromiter(
        (numbers.setdefault(key, len(numbers)) for key in column.tolist()), np.int64, len(column)
    )
    return codes, list(numbers)


def _column(values: Column) -> NDArray[Any]:
    column = np.asarray(values)
    if column.dtype.kind == "U" and not isinstance(values, np.ndarray):
        # A list that mixes text and numbers would become text: keep what was given.
        column = np.array(values, dtype=object)
    return column


def _missing(column: NDArray[Any]) -> NDArray[np.bool_]:
    if column.dtype.kind == "f":
        return np.asarray(np.isnan(column))
    if column.dtype.kind == "U":
        return np.asarray(column == "")
    if column.dtype.kind == "O":
        absent = (key is None or key == "" or key != key for key in column)
        return np.fromiter(absent, bool, len(column))
    return np.zeros(len(column), dtype=bool)


def _encode(
    column: NDArray[Any], order: Sequence[Value] | None
) -> tuple[NDArray[np.int64], list[Value]]:
    codes, keys = factorise(column)
    ordered: list[Any] = sorted(keys) if order is None else list(order)
    place = {key: index for index, key in enumerate(ordered)}
    unknown = [key for key in keys if key not in place]
    if unknown:
        known = ", ".join(map(str, ordered))
        raise AgreementInputError("unknown_value", f"{unknown[0]!r} is not one of {known}.")
    return np.array([place[key] for key in keys], dtype=np.int64)[codes], ordered


def _refuse_duplicates(
    clip_code: NDArray[np.int64], clip_keys: list[Any], raters: NDArray[Any]
) -> None:
    rater_code, rater_keys = factorise(raters)
    both = clip_code * max(len(rater_keys), 1) + rater_code
    both.sort()
    twice = np.flatnonzero(both[1:] == both[:-1])
    if len(twice):
        clip, rater = divmod(int(both[twice[0]]), len(rater_keys))
        raise AgreementInputError(
            "duplicate_rating",
            f"Rater {rater_keys[rater]!r} rated clip {clip_keys[clip]!r} twice. Keep one rating.",
        )


def _refuse_huge(n_clips: int, n_values: int) -> None:
    if n_clips * n_values > MAX_CELLS:
        raise AgreementInputError(
            "too_many_values",
            f"{n_values} different values on {n_clips} clips are more than this can hold. "
            "Round the values to the levels of a scale.",
        )
