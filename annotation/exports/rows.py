"""The row of a release: what it holds, in which order, and its one way of being written.

A release is hashed over these bytes, so they may depend on nothing but the row: fields in the order
of FIELDS, dicts inside sorted by key, floats to six decimals, UTF-8, one line each.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypedDict

FIELDS = (
    "key",
    "corpus",
    "speaker",
    "sex",
    "language",
    "transcript",
    "duration_ms",
    "split",
    "esc",
    "eis",
    "eis_score",
    "soft_esc",
    "n_ratings",
    "votes",
    "intended",
    "native",
    "provenance",
    "audio_sha256",
    "inclusion_probability",
)
DECIMALS = 6


class IntendedLabel(TypedDict):
    """What the speaker was asked to express."""

    esc: str
    eis: int | None


class ReleaseRow(TypedDict):
    """One clip of a release. None where a value is not known; a missing rating is never 0.

    speaker is a public id, None for a clip that nobody knows the speaker of. votes counts raters by
    category and soft_esc gives their shares; both may name a category that the label space has no
    place for, since such a vote still counts against the others. eis_score is the mean behind eis.
    native holds the labels the corpus came with. provenance says whose label esc and eis are.
    """

    key: str
    corpus: str
    speaker: str | None
    sex: str | None
    language: str | None
    transcript: str | None
    duration_ms: int | None
    split: str
    esc: str
    eis: int | None
    eis_score: float | None
    soft_esc: dict[str, float]
    n_ratings: int
    votes: dict[str, int]
    intended: IntendedLabel | None
    native: dict[str, str] | None
    provenance: str
    audio_sha256: str | None
    inclusion_probability: float | None


def canonical_row(row: Mapping[str, Any]) -> ReleaseRow:
    """`row` with its fields in order, inner dicts sorted and floats rounded.

    Raises:
        ValueError: a field is missing or unknown, or a number is not finite.
    """
    if set(row) != set(FIELDS):
        wrong = ", ".join(sorted(set(row) ^ set(FIELDS)))
        raise ValueError(f"A release row has other fields: {wrong}.")
    return {field: _canonical(row[field]) for field in FIELDS}  # type: ignore[return-value]


def row_bytes(row: Mapping[str, Any]) -> bytes:
    """The canonical line of `row`, newline included."""
    return dump(canonical_row(row)) + b"\n"


def ordering_key(row: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """Rows are ordered by the UTF-8 bytes of corpus and key, whatever a database thinks of case."""
    return row["corpus"].encode(), row["key"].encode()


def canonical_json(value: Any) -> bytes:
    """Keys sorted at every depth, floats to six decimals, UTF-8, no space: for hashing."""
    return dump(_canonical(value))


def dump(value: Any) -> bytes:
    """Compact JSON in UTF-8, as it stands."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode()


def in_batches(rows: Iterable[ReleaseRow], size: int) -> Iterator[list[ReleaseRow]]:
    """Lists of up to `size` rows, so that memory stays bounded."""
    batch: list[ReleaseRow] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _canonical(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [_canonical(each) for each in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} is not a number that JSON can hold.")
        return round(value, DECIMALS) + 0.0  # -0.0 becomes 0.0
    return value
