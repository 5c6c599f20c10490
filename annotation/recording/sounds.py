"""How often each sound of a language occurs in a script, and which occur too seldom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

LEAST = 3
"""A script is called balanced where every sound occurs at least so often."""

ZERO = "∅"
"""The initial of a syllable that begins with its final, such as 云 (vn2): y and w only spell it."""

INITIALS = tuple(f"b p m f d t n l g k h j q x zh ch sh r z c s {ZERO}".split())
# The finals of the standard table of syllables, with v for ü. The letter i is three vowels: `i`
# itself, that of zi, ci, si (`-i front`) and that of zhi, chi, shi, ri (`-i back`). ê is left out:
# it is spoken in the interjection 欸 alone.
FRONT, BACK = "-i front", "-i back"
_SIMPLE = "a o e i u v"
_COMPOUND = "ai ei ao ou ia ie ua uo ve iao iou uai uei"
_NASAL = "an ian uan van en in uen vn ang iang uang eng ing ueng ong iong"
FINALS = (*_SIMPLE.split(), FRONT, BACK, "er", *_COMPOUND.split(), *_NASAL.split())
TONES = tuple("12345")
# Of the CMU Pronouncing Dictionary, without stress.
VOWELS = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW"
CONSONANTS = "B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH"
PHONES = (*VOWELS.split(), *CONSONANTS.split())
_APICAL = {"z": FRONT, "c": FRONT, "s": FRONT, "zh": BACK, "ch": BACK, "sh": BACK, "r": BACK}


@dataclass(frozen=True)
class Sounds:
    """Occurrences by group (`initials`, `finals` and `tones`, or `phones`) and sound.

    Every sound of a group is listed, in its order, with 0 where it does not occur. `other` holds
    what belongs to no group: syllables such as 嗯, and words of another language.
    """

    language: str
    groups: Mapping[str, Mapping[str, int]]
    other: Mapping[str, int] = field(default_factory=dict)

    def rare(self, least: int = LEAST) -> dict[str, list[str]]:
        """By group, the sounds that occur less than `least` times; no group where all is well."""
        found = {
            name: [sound for sound, n in counts.items() if n < least]
            for name, counts in self.groups.items()
        }
        return {name: sounds for name, sounds in found.items() if sounds}


def count_sounds(readings: Iterable[Sequence[str]], language: str) -> Sounds | None:
    """Count over readings with symbols such as `zh:ang4` or `en:K`.

    language: `zh` or `en`; None for any other, which has no table of sounds here.
    """
    if language == "zh":
        return _mandarin(readings)
    return _english(readings) if language == "en" else None


def _english(readings: Iterable[Sequence[str]]) -> Sounds:
    counts = Counter(symbol for reading in readings for symbol in reading)
    phones = {phone: counts.pop(f"en:{phone}", 0) for phone in PHONES}
    return Sounds("en", {"phones": phones}, dict(counts))


def _mandarin(readings: Iterable[Sequence[str]]) -> Sounds:
    initials, finals, tones, other = (Counter[str]() for _ in range(4))
    for reading in readings:
        initial = ZERO
        for symbol in reading:
            language, _, sound = symbol.partition(":")
            final, tone = sound.rstrip("12345"), sound[-1:]
            if language != "zh" or (final not in FINALS and sound not in INITIALS):
                other[symbol] += 1
            elif sound in INITIALS:
                initial = sound
            else:
                initials[initial] += 1
                finals[_APICAL.get(initial, final) if final == "i" else final] += 1
                tones[tone] += 1
                initial = ZERO
    groups = {
        "initials": {each: initials[each] for each in INITIALS},
        "finals": {each: finals[each] for each in FINALS},
        "tones": {each: tones[each] for each in TONES},
    }
    return Sounds("zh", groups, dict(other))
