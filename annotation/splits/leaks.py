"""What two splits share, counted from the rows themselves and from nothing the splitter said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TypedDict

import numpy as np

from annotation.splits.groups import folded
from annotation.splits.plan import SPLITS


@dataclass(frozen=True, slots=True)
class LeakRow:
    """One released clip: its split, and what could leak."""

    split: str
    speakers: tuple[str, ...] = ()
    audio: tuple[str, ...] = ()
    session: str | None = None
    text: str | None = None

    def values(self) -> Iterator[tuple[str, str]]:
        """Everything that could leak, as (kind, value)."""
        yield from (("speakers", each) for each in self.speakers)
        yield from (("audio", each) for each in self.audio)
        if self.session:
            yield "sessions", self.session
        if self.text:
            yield "texts", folded(self.text)


class LeakPair(TypedDict):
    """How many speakers, PCM hashes, sessions and texts are in both splits `a` and `b`."""

    a: str
    b: str
    speakers: int
    audio: int
    sessions: int
    texts: int


class LeakReport(TypedDict):
    """Pairs of splits; groups joined by speaker or audio; share of clips in the largest, 0 to 1."""

    pairs: list[LeakPair]
    components: int
    largest_share: float


def leak_report(rows: Iterable[LeakRow]) -> LeakReport:
    """Count what every pair of splits shares. Speakers and audio must be 0; texts need not be."""
    splits_with: dict[tuple[str, str], set[str]] = {}
    holders: dict[tuple[str, str], int] = {}
    edges: list[tuple[int, int]] = []
    n_rows = 0
    for n_rows, row in enumerate(rows, start=1):
        for kind, value in row.values():
            splits_with.setdefault((kind, value), set()).add(row.split)
            if kind in ("speakers", "audio"):
                edges.append((n_rows - 1, holders.setdefault((kind, value), len(holders))))
    components, largest = _components(n_rows, len(holders), edges)
    return {
        "pairs": [_pair(a, b, splits_with) for a, b in combinations(SPLITS, 2)],
        "components": components,
        "largest_share": round(largest / n_rows, 6) if n_rows else 0.0,
    }


def _pair(a: str, b: str, splits_with: dict[tuple[str, str], set[str]]) -> LeakPair:
    pair: LeakPair = {"a": a, "b": b, "speakers": 0, "audio": 0, "sessions": 0, "texts": 0}
    for (kind, _), splits in splits_with.items():
        if a in splits and b in splits:
            pair[kind] += 1  # type: ignore[literal-required]
    return pair


def _components(n_rows: int, n_values: int, edges: list[tuple[int, int]]) -> tuple[int, int]:
    """Components of the graph of rows and values, and the rows in the largest."""
    # Here, since the web process imports this module and never comes here: 25 MB it can do without.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not n_rows:
        return 0, 0
    ends = np.array(edges, dtype=np.int64).reshape(-1, 2)
    n_nodes = n_rows + n_values
    ones = np.ones(len(ends), dtype=np.int8)
    graph = coo_array((ones, (ends[:, 0], n_rows + ends[:, 1])), shape=(n_nodes, n_nodes))
    _, label = connected_components(graph, directed=False)
    sizes = np.bincount(label[:n_rows])
    return int((sizes > 0).sum()), int(sizes.max())
