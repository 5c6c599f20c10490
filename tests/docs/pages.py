"""The pages of documentation as tests read them: blocks of shell, commands, links."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    page
    for pattern in ("*.md", "docs/*.md", "annotation/*.md", "training/*.md", "docker/*.md")
    for page in ROOT.glob(pattern)
)
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
# Up to where the shell would end the command, or the words around it go on.
_MANAGE = re.compile(r"manage\.py ([^`|>;&)\n]*)")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def shell_blocks(page: Path) -> list[str]:
    """What stands between ```sh and ```."""
    return [body for language, body in _FENCE.findall(text_of(page)) if language == "sh"]


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", text_of(page))


def shell(page: Path) -> list[str]:
    """Every piece of shell: blocks, and what stands in backticks."""
    return [*shell_blocks(page), *_INLINE.findall(prose(page))]


def manage_commands(page: Path) -> Iterator[list[str]]:
    """The words after `manage.py`, for each command that the page tells to run."""
    for piece in shell(page):
        for found in _MANAGE.findall(piece.replace("\\\n", " ")):
            words = shlex.split(found, comments=True)
            if words and not words[0].startswith("..."):
                yield words


def make_commands(page: Path) -> Iterator[list[str]]:
    """The words after `make`, where it begins a line of shell."""
    for piece in shell(page):
        for line in piece.splitlines():
            if re.match(r"make( |$)", line):
                yield shlex.split(line, comments=True)[1:]


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """The files that the page links to or shows, with the heading asked for, or an empty text."""
    for target in _LINK.findall(prose(page)):
        if not re.match(r"[a-z]+:", target):
            name, _, heading = target.partition("#")
            yield (page.parent / name).resolve() if name else page, heading


def anchors(page: Path) -> set[str]:
    """The names under which a page's headings can be linked to."""
    titles = (title.lower() for title in _HEADING.findall(text_of(page)))
    return {re.sub(r"[^\w -]", "", title).strip().replace(" ", "-") for title in titles}
