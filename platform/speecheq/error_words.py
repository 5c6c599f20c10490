"""An error in the language of whoever reads it.

What is wrong is said with `speecheq.sentences.say`, in English and with its values; nobody who
raises an error thinks of languages. Where it is told, on a page, in an answer of REST or from a
stored row, `words_of` says it in the language of the request. A text that is no such sentence, e.g.
what a decoder or the system says, stays as it is; in another language than English the meaning of
its code comes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language, gettext

from speecheq.error_codes import catalogue
from speecheq.sentences import WORDS, Sentence, restored

FULL_STOPS = ("。", "？", "！")  # a translated sentence ends so; values within tell nothing


def meaning_of(name: str) -> str:
    """What the code `name` means in the language of the page; "" in English and where unknown."""
    known = catalogue().get(name)
    if known is None or (get_language() or "en").startswith("en"):
        return ""
    words = gettext(known.meaning)
    return "" if words == known.meaning else words


def worded(sentence: str) -> str:
    """A sentence in the language of the request: at once, for the errors of Django and DRF, which
    keep nothing but text. One that is no Sentence stays as it is."""
    return sentence.translated(gettext) if isinstance(sentence, Sentence) else sentence


def in_words(name: str, detail: str) -> str:
    """What is wrong, for a person; a text that is translated already stays as it is."""
    if isinstance(detail, Sentence):
        return worded(detail)
    whole = gettext(detail) if detail else ""
    if whole != detail:
        return whole
    meaning = "" if detail.endswith(FULL_STOPS) else meaning_of(name)
    return f"{meaning} ({detail})" if meaning else detail


def as_told(stored: Any) -> Any:
    """Stored JSON as REST tells it: each `detail` of an error in the language of the request."""
    if isinstance(stored, list):
        return [as_told(each) for each in stored]
    if not isinstance(stored, Mapping):
        return stored
    rest = {name: as_told(value) for name, value in stored.items() if name != WORDS}
    is_error = "code" in stored and isinstance(stored.get("detail"), str)
    return rest | {"detail": words_of(stored)} if is_error else rest


def words_of(error: Any) -> str:
    """The same of a DomainError, a FieldError, or a stored error or refused row with both."""
    if isinstance(error, Mapping):
        return in_words(str(error.get("code", "")), restored(error))
    return in_words(error.code, error.detail)
