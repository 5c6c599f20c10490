"""How long should a text take to say? Counted in syllables, because they come at a steady rate.

Chinese: one per Han character. Words in Latin letters: one per group of vowel letters, without a
silent final e or ed in English. A digit counts as one. Other scripts give None: nothing is
expected, so nothing is judged.
"""

from __future__ import annotations

import re
import unicodedata

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_WORD = re.compile(r"[a-z']+")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT_E = re.compile(r"(?:[^aeiouyl']|[aeiouy]l)e$")  # "are", "while"; not "table", "the"
_SILENT_ED = re.compile(r"[^aeiouytd']ed$")  # "walked"; not "wanted"
_DIGIT = re.compile("[0-9]")

# Read aloud, with emotion: slower than conversation. Syllables a second.
USUAL_RATES = {"zh": 4.2, "en": 4.0}
USUAL_RATE = 4.0


def syllables(text: str, language: str) -> int | None:
    """Syllables of `text`; None when it has nothing that can be counted."""
    plain = unicodedata.normalize("NFD", text.lower())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    english = primary(language) == "en"
    words = sum(_of_word(word, english=english) for word in _WORD.findall(plain))
    return words + len(_HAN.findall(text)) + len(_DIGIT.findall(text)) or None


def expected_ms(count: int | None, language: str) -> int | None:
    """How long that many syllables usually last."""
    if count is None:
        return None
    return int(1000 * count / USUAL_RATES.get(primary(language), USUAL_RATE) + 0.5)


def primary(language: str) -> str:
    """The language of a BCP 47 tag: zh of zh-Hans-CN; cmn is zh."""
    first = language.lower().replace("_", "-").split("-")[0]
    return "zh" if first in ("cmn", "yue") else first


def _of_word(word: str, *, english: bool) -> int:
    groups = len(_VOWELS.findall(word))
    if english and groups > 1 and (_SILENT_E.search(word) or _SILENT_ED.search(word)):
        groups -= 1
    return groups
