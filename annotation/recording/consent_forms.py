"""What a consent text is, what its hash covers, who is a minor: pure, without a database.

A text is written as plain text: paragraphs with an empty line between them, `## ` before a
heading, `- ` before each entry of a list.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

PURPOSES = ("record", "label", "train", "publish")
ADULT_AT = 18  # completed years
HEADING, ENTRY = "## ", "- "


def canonical(values: Mapping[str, Any]) -> str:
    """JSON that is the same for the same values: keys sorted, no spaces, text as it is."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(values: Mapping[str, Any]) -> str:
    """SHA-256, as 64 hexadecimal digits, over the canonical JSON in UTF-8."""
    return hashlib.sha256(canonical(values).encode()).hexdigest()


def tidy(text: str) -> str:
    """Text as it is stored and hashed: line ends of Unix, composed letters (NFC), no spaces at the
    end of a line or around the whole. Browsers and editors differ in these and mean the same."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(line.rstrip() for line in lines.split("\n")).strip()


def text_sha256(
    *, title: str, body: str, purposes: Mapping[str, str], language: str, version: int
) -> str:
    """The hash that stands for a consent text: of all that a speaker reads of it."""
    return digest(
        {
            "title": title,
            "body": body,
            "purposes": dict(purposes),
            "language": language,
            "version": version,
        }
    )


def in_order(purposes: Iterable[str]) -> list[str]:
    """Purposes once each, in the order in which they build on each other."""
    given = set(purposes)
    return [purpose for purpose in PURPOSES if purpose in given]


def is_minor(*, birth_year: int | None, year: int, declared: bool | None) -> bool:
    """Whether a guardian must sign.

    The year of birth decides where it can, against any declaration of being of age. In the year in
    which somebody turns 18 it cannot: then, and where it is unknown, the declaration does. Without
    one, somebody who may still be 17 counts as a minor.
    """
    if declared or surely_minor(birth_year, year):
        return True
    return birth_year is not None and year - birth_year == ADULT_AT and declared is None


def surely_minor(birth_year: int | None, year: int) -> bool:
    """Whether who was born in `birth_year` cannot have been of age in `year`."""
    return birth_year is not None and year - birth_year < ADULT_AT


@dataclass(frozen=True)
class Block:
    """A part of a text as it is shown. `kind` is heading, paragraph or list; a list has an entry a
    line, a paragraph the lines it was written in."""

    kind: str
    lines: tuple[str, ...]


def blocks(body: str) -> list[Block]:
    """The parts of a text, from its first to its last."""
    found: list[Block] = []
    for part in tidy(body).split("\n\n"):
        found += _split([line for line in part.split("\n") if line])
    return found


def _split(lines: list[str]) -> Iterable[Block]:
    """What stands between two empty lines: runs of lines of one kind."""
    run: list[str] = []
    kind = ""
    for line in lines:
        its_kind, its_text = _read(line)
        if run and (its_kind != kind or kind == "heading"):
            yield Block(kind, tuple(run))
            run = []
        kind = its_kind
        run.append(its_text)
    if run:
        yield Block(kind, tuple(run))


def _read(line: str) -> tuple[str, str]:
    if line.startswith(HEADING):
        return "heading", line.removeprefix(HEADING).strip()
    if line.startswith(ENTRY):
        return "list", line.removeprefix(ENTRY).strip()
    return "paragraph", line
