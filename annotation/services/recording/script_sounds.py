"""How often each sound occurs in a script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from annotation.models import Prompt, Script
from annotation.models.script import SectionKind
from annotation.recording.phonemes import Reading, language_of, read_transcripts
from annotation.recording.sounds import LEAST, Sounds, count_sounds


@dataclass(frozen=True)
class Unread:
    """A transcript without phonemes, and why."""

    key: str
    transcript: str
    unknown: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class SoundReport:
    """Counts over the distinct transcripts outside training.

    Attributes:
        n_transcripts: how many were counted; those that cannot be read are not.
        sounds: None where the language of the script has no table of sounds here.
        rare: by group, what occurs less than LEAST times.
    """

    n_transcripts: int
    sounds: Sounds | None
    rare: dict[str, list[str]]
    unread: list[Unread]

    @property
    def least(self) -> int:
        return LEAST

    @property
    def balanced(self) -> bool:
        """Whether every sound of the language occurs often enough and nothing is unread."""
        return self.sounds is not None and not self.rare and not self.unread


def sounds_of(script: Script) -> SoundReport:
    """Count the sounds of a script. What has no phonemes yet is looked up now: the dictionary may
    have come since the script was stored."""
    distinct: dict[tuple[str, str], Prompt] = {}
    prompts = script.prompts.exclude(section__kind=SectionKind.TRAINING).defer("scenario", "hint")
    for prompt in prompts:
        distinct.setdefault((prompt.transcript, prompt.language or script.language), prompt)
    read: list[Sequence[str]] = []
    unread: list[Unread] = []
    for prompt, reading in zip(distinct.values(), _readings(distinct), strict=True):
        if reading.symbols is None:
            unread.append(Unread(prompt.key, prompt.transcript, reading.unknown, reading.reason))
        else:
            read.append(reading.symbols)
    sounds = count_sounds(read, language_of(script.language))
    return SoundReport(len(read), sounds, sounds.rare() if sounds else {}, unread)


def _readings(distinct: dict[tuple[str, str], Prompt]) -> list[Reading]:
    """Of each transcript, in order: as stored, else as the dictionaries have it now."""
    missing = [pair for pair, prompt in distinct.items() if prompt.phonemes is None]
    fresh = dict(zip(missing, read_transcripts(missing), strict=True))
    return [
        fresh[pair] if prompt.phonemes is None else Reading(tuple(prompt.phonemes))
        for pair, prompt in distinct.items()
    ]
