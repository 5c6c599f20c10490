"""Text that both databases can hold and an answer can show: no NUL, no half of a surrogate pair."""

from __future__ import annotations

import re

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> bool:
    """Whether `text` can be stored and shown as it is."""
    return not _UNSTORABLE.search(text)


def made_storable(text: str) -> str:
    """The text with what cannot be stored spelt out, such as a file name in an unknown encoding."""
    return _UNSTORABLE.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
