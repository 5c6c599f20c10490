"""An error in the language of the page.

Errors are raised in English, the language of REST and of the log, and those of background work are
stored so. A page in another language gives the translated meaning of the code first, and after it
the English detail, which names the values. A detail without values may have a translation of its
own (it is marked with `gettext_noop` where it is raised), which then says all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language, gettext

from speecheq.error_codes import catalogue

FULL_STOPS = ("。", "？", "！")  # a translated sentence ends so; values within tell nothing


def meaning_of(name: str) -> str:
    """What the code `name` means in the language of the page; "" in English and where unknown."""
    known = catalogue().get(name)
    if known is None or (get_language() or "en").startswith("en"):
        return ""
    words = gettext(known.meaning)
    return "" if words == known.meaning else words


def in_words(name: str, english: str) -> str:
    """What is wrong, for a person; a text that is translated already stays as it is."""
    whole = gettext(english) if english else ""
    if whole != english:
        return whole
    meaning = "" if english.endswith(FULL_STOPS) else meaning_of(name)
    return f"{meaning} ({english})" if meaning else english


def words_of(error: Any) -> str:
    """The same of a DomainError, a FieldError, or a stored error or refused row with both."""
    if isinstance(error, Mapping):
        return in_words(str(error.get("code", "")), str(error.get("detail", "")))
    return in_words(error.code, str(error.detail))
