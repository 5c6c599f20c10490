"""A small made-up corpus in Mandarin and English: who speaks, what, and with which feeling.

Eight program voices say neutral sentences; emotion and intensity are rendered by pitch, pitch
range, rate and volume alone. It shows the platform at work; it says nothing about real speech.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import soundfile

from annotation.demo.espeak import Espeak, Prosody

MANIFEST = "manifest.csv"
COLUMNS = (
    "key",
    "audio",
    "speaker",
    "sex",
    "language",
    "transcript",
    "intended_esc",
    "intended_eis",
)
# At 100 espeak-ng itself reaches full scale; this leaves room for anger.
CALM_VOLUME = 55


@dataclass(frozen=True)
class Voice:
    """One synthetic speaker: an espeak-ng voice and how it differs from the others."""

    code: str
    sex: str
    language: str
    name: str
    pitch: int
    rate: int


VOICES = (
    Voice("zh-f1", "female", "zh", "cmn+f1", 58, 170),
    Voice("zh-f2", "female", "zh", "cmn+f3", 66, 185),
    Voice("zh-m1", "male", "zh", "cmn+m1", 42, 165),
    Voice("zh-m2", "male", "zh", "cmn+m3", 34, 155),
    Voice("en-f1", "female", "en", "en-us+f2", 60, 165),
    Voice("en-f2", "female", "en", "en+f4", 54, 178),
    Voice("en-m1", "male", "en", "en-us+m2", 40, 160),
    Voice("en-m2", "male", "en", "en+m4", 46, 172),
)

SENTENCES = {
    "zh": ("孩子们在门口说话。", "他把书放在桌子上。", "今天下午我们去学校。"),
    "en": (
        "The children are talking by the door.",
        "He put the book on the table.",
        "We are going to school this afternoon.",
    ),
}

# Change at full strength: pitch, pitch range, rate (words a minute), volume.
RENDERINGS = {
    "HAP": (16, 34, 25, 12),
    "ANG": (6, 40, 45, 35),
    "SAD": (-14, -34, -50, -25),
    "FEA": (24, -14, 60, -10),
    "SUR": (30, 48, 0, 10),
    "DIS": (-10, 16, -35, 5),
}
STRENGTHS = {1: 0.45, 2: 0.75, 3: 1.0}


@dataclass(frozen=True)
class Line:
    """One clip to be spoken."""

    voice: Voice
    sentence: int
    esc: str
    eis: int

    @property
    def key(self) -> str:
        return f"{self.voice.code}-{self.esc.lower()}{self.eis}-s{self.sentence + 1}"

    @property
    def text(self) -> str:
        return SENTENCES[self.voice.language][self.sentence]

    @property
    def prosody(self) -> Prosody:
        """The voice's own way of speaking, moved by the emotion."""
        pitch, pitch_range, rate, volume = RENDERINGS.get(self.esc, (0, 0, 0, 0))
        strength = STRENGTHS.get(self.eis, 0.0)
        return Prosody(
            rate=round(self.voice.rate + strength * rate),
            volume=_within(CALM_VOLUME + strength * volume, 10, 95),
            pitch=_within(self.voice.pitch + strength * pitch, 0, 99),
            pitch_range=_within(50 + strength * pitch_range, 0, 99),
        )


def _within(value: float, low: int, high: int) -> int:
    return max(low, min(high, round(value)))


def lines() -> Iterator[Line]:
    """Every clip: each voice neutral in each sentence, then each emotion at each strength."""
    for v, voice in enumerate(VOICES):
        for sentence in range(3):
            yield Line(voice, sentence, "NEU", 0)
        for e, esc in enumerate(RENDERINGS):
            for eis in STRENGTHS:
                yield Line(voice, (v + e + eis) % 3, esc, eis)


def write_corpus(folder: Path, *, progress: Callable[[int, int], None] = lambda d, t: None) -> Path:
    """Speak what is not there yet into `folder` and write its manifest last; returns the manifest.

    A folder with a manifest is complete and left alone.

    Raises:
        SpeechFailed: espeak-ng is absent or refused.
    """
    manifest = folder / MANIFEST
    if manifest.exists():
        return manifest
    folder.mkdir(parents=True, exist_ok=True)
    espeak = Espeak()
    planned = list(lines())
    for done, line in enumerate(planned, start=1):
        samples = espeak.speak(line.text, voice=line.voice.name, prosody=line.prosody)
        soundfile.write(folder / f"{line.key}.flac", samples, espeak.sample_rate_hz)
        progress(done, len(planned))
    unfinished = manifest.with_suffix(".part")
    with unfinished.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for line in planned:
            who = (line.voice.code, line.voice.sex, line.voice.language)
            audio = f"{line.key}.flac"
            writer.writerow((line.key, audio, *who, line.text, line.esc, line.eis))
    return unfinished.rename(manifest)
