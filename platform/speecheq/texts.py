"""Text that both databases can hold and an answer can show: no NUL, no half of a surrogate pair."""

from __future__ import annotations

import re
import unicodedata

from speecheq.errors import Malformed, field_error
from speecheq.sentences import say

# Control characters, halves of surrogate pairs, and what breaks a line.
_NOT_IN_A_LINE = {"Cc", "Cs", "Zl", "Zp"}
_BLANK_LETTERS = "\u115f\u1160\u3164\uffa0"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> bool:
    """Whether `text` can be stored and shown as it is."""
    return not _UNSTORABLE.search(text)


def made_storable(text: str) -> str:
    """The text with what cannot be stored spelt out, such as a file name in an unknown encoding."""
    return _UNSTORABLE.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def names_somebody(text: str) -> bool:
    """Whether there is a letter or a digit to be seen: blanks, format characters and the letters
    that are made to be blank (fillers of Hangul) are none, however many."""
    return any(
        unicodedata.category(character)[0] in "LN" and character not in _BLANK_LETTERS
        for character in text
    )


def check_line(text: str, *, field: str) -> None:
    """Raises Malformed, about `field`, where a name would not stay on its line wherever it is shown
    or logged."""
    if any(unicodedata.category(character) in _NOT_IN_A_LINE for character in text):
        detail = say("{text!r} holds a control character or a line break: leave it out.", text=text)
        raise field_error(field, "control_character", detail, kind=Malformed)
