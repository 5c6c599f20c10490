"""The manifest of a release: what is in it, from whom, how it was made, and its hashes."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from annotation.exports.rows import FIELDS, ReleaseRow, canonical_json, row_bytes

FORMAT_VERSION = 1
SPLITS = ("train", "dev", "test")


@dataclass
class _SplitSums:
    """Running sums of one split."""

    clips: int = 0
    label_only: int = 0
    duration_ms: int = 0
    ratings: int = 0
    speakers: set[str] = field(default_factory=set)
    values: dict[str, Counter[str]] = field(default_factory=dict)
    digest: Any = field(default_factory=hashlib.sha256)

    def add(self, row: ReleaseRow, line: bytes) -> None:
        self.clips += 1
        self.label_only += row["audio_sha256"] is None
        self.duration_ms += row["duration_ms"] or 0
        self.ratings += row["n_ratings"]
        if row["speaker"] is not None:
            self.speakers.add(row["speaker"])
        for name in ("esc", "eis", "sex", "language", "provenance", "corpus"):
            value = row[name]
            shown = "null" if value is None else str(value)
            self.values.setdefault(name, Counter())[shown] += 1
        self.digest.update(line)

    def counts(self) -> dict[str, Any]:
        return {
            "clips": self.clips,
            "label_only": self.label_only,
            "speakers": len(self.speakers),
            "duration_ms": self.duration_ms,
            "ratings": self.ratings,
            **{name: dict(counter) for name, counter in self.values.items()},
        }


class ReleaseSums:
    """Counts and hashes over the rows, one row at a time, in their order."""

    def __init__(self) -> None:
        self._all = _SplitSums()
        self._splits = {split: _SplitSums() for split in SPLITS}

    def add(self, row: ReleaseRow) -> None:
        """Count a row. Rows come in the order of `rows.ordering_key`."""
        line = row_bytes(row)
        self._all.add(row, line)
        self._splits[row["split"]].add(row, line)

    @property
    def sha256(self) -> str:
        """Of the canonical lines of all rows: the hash of the JSONL export."""
        return str(self._all.digest.hexdigest())

    def checksums(self) -> dict[str, str]:
        """SHA-256 of the release and of the JSONL stream of each split."""
        splits = {name: sums.digest.hexdigest() for name, sums in self._splits.items()}
        return {"release": self.sha256, **splits}

    def counts(self) -> dict[str, Any]:
        """Clips, speakers, durations, ratings and labels, in all and by split."""
        by_split = {name: sums.counts() for name, sums in self._splits.items()}
        return {"all": self._all.counts(), "splits": by_split}


def build_manifest(
    *,
    release: Mapping[str, Any],
    corpora: Iterable[Mapping[str, Any]],
    label_space: Mapping[str, Any],
    consensus: Mapping[str, Any],
    splits: Mapping[str, Any],
    left_out: Mapping[str, Any],
    leaks: Mapping[str, Any],
    sums: ReleaseSums,
) -> dict[str, Any]:
    """Everything a reader needs to trust a release, without one database id or time in it.

    Args:
        release: name and version.
        corpora: slug, name, language, licence and licence_source of each.
        label_space: code, version, categories and levels.
        consensus: method, version of the method and what it was computed from.
        splits: the request (ratios, seed, disjoint, assign) and what came of it.
        left_out: clips that did not enter, counted by reason.
        leaks: the leak report.
        sums: over all rows.
    """
    return {
        "format_version": FORMAT_VERSION,
        "release": dict(release),
        "corpora": sorted((dict(each) for each in corpora), key=lambda each: each["slug"]),
        "label_space": dict(label_space),
        "consensus": dict(consensus),
        "splits": dict(splits),
        "fields": list(FIELDS),
        "counts": sums.counts(),
        "left_out": dict(left_out),
        "leaks": dict(leaks),
        "checksums": sums.checksums(),
    }


def manifest_bytes(manifest: Mapping[str, Any]) -> bytes:
    """The manifest in canonical JSON: the same release gives the same bytes."""
    return canonical_json(manifest) + b"\n"
