"""The scripts that every installation has, as data and the design that crosses it.

The data are sentences, and how each category and intensity is called up; the design says who says
what how often. Both are this project's own. A stored script is never changed: a change of sentences
or of the design is a new script in a new migration.

The design: each sentence is spoken four times, once neutrally and once at each of the three
intensities, in three different emotions. In every block of six sentences each emotion takes each
intensity once (a Latin rectangle), so each of the 18 cells has a sixth of the sentences. The four
turns of a sentence fall into four parts: no sentence comes twice in a part, and a session that ends
after one of them is still nearly balanced. Within a part the prompts of one category stay together,
in an order that each session draws anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import Any

import yaml

from annotation.labelspaces.presets import ESC_NAMES, LEVELS
from annotation.labelspaces.rules import NEUTRAL
from annotation.recording.script import (
    BLOCKED,
    FIXED,
    MAIN,
    TRAINING,
    WrittenPrompt,
    WrittenScript,
    WrittenSection,
)

BUILT_IN = ("seqd-zh-1", "seqd-en-1")
EMOTIONS = ("HAP", "ANG", "SAD", "FEA", "SUR", "DIS")
INTENSITIES = (1, 2, 3)
N_PARTS = 4
# For each block of six sentences: which emotion, counted on from the place of the sentence, comes
# at each of the three intensities; and in which part the block begins. Chosen so that any two
# emotions meet on 12 of 60 sentences, and so that each part has 15 neutral prompts, each emotion 7
# to 9 times and each cell 1 to 4 times.
_BLOCKS = (
    ((0, 1, 3), 0),
    ((0, 5, 1), 0),
    ((0, 3, 2), 2),
    ((0, 4, 1), 2),
    ((0, 1, 2), 3),
    ((0, 2, 5), 3),
    ((0, 2, 4), 0),
    ((0, 5, 3), 2),
    ((0, 4, 5), 1),
    ((0, 1, 4), 1),
)
_PRACTISED = 2  # the intensity of every emotion while practising


@dataclass(frozen=True)
class BuiltIn:
    """A script, and by key of its prompts the phonemes, which need no dictionary to be stored."""

    script: WrittenScript
    phonemes: dict[str, list[str]]


def built_in(code: str) -> BuiltIn:
    """One of BUILT_IN. Raises FileNotFoundError for another."""
    file = resources.files("annotation.recording") / "data" / f"{code}.yaml"
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    maker = _Maker(data)
    sections = (maker.training(), *(maker.part(number) for number in range(N_PARTS)))
    script = WrittenScript(
        code=data["code"],
        version=data["version"],
        title=data["title"],
        language=data["language"],
        sections=sections,
    )
    return BuiltIn(script, maker.phonemes)


def turns(sentence: int) -> list[tuple[str, int]]:
    """(ESC, EIS) of a sentence, counted from 0, in each of the four parts."""
    block, place = divmod(sentence, len(EMOTIONS))
    steps, first = _BLOCKS[block % len(_BLOCKS)]
    emotions = [EMOTIONS[(place + step) % len(EMOTIONS)] for step in steps]
    targets = [(NEUTRAL, 0), *zip(emotions, INTENSITIES, strict=True)]
    return [targets[(place + first + part) % N_PARTS] for part in range(N_PARTS)]


class _Maker:
    """Makes the prompts of one file, and keeps the phonemes of each."""

    def __init__(self, data: dict[str, Any]):
        self.data = data
        self.language = data["language"]
        self.phonemes: dict[str, list[str]] = {}

    def training(self) -> WrittenSection:
        """One sentence for each category: the neutral one first."""
        wanted = [(NEUTRAL, 0), *((esc, _PRACTISED) for esc in EMOTIONS)]
        prompts = [
            self.prompt(f"t{number}", row, esc, eis)
            for number, (row, (esc, eis)) in enumerate(
                zip(self.data["practice"], wanted, strict=True), start=1
            )
        ]
        return WrittenSection(self.data["training"], tuple(prompts), TRAINING, FIXED)

    def part(self, number: int) -> WrittenSection:
        """Every sentence in one of its four turns."""
        prompts = []
        for sentence, row in enumerate(self.data["sentences"]):
            esc, eis = turns(sentence)[number]
            prompts.append(self.prompt(f"s{sentence + 1:02}-{esc}-{eis}", row, esc, eis))
        name = self.data["part"] % (number + 1)
        return WrittenSection(name, tuple(prompts), MAIN, BLOCKED)

    def prompt(self, key: str, row: dict[str, str], esc: str, eis: int) -> WrittenPrompt:
        self.phonemes[key] = [f"{self.language}:{sound}" for sound in row["sounds"].split()]
        return WrittenPrompt(
            key=key,
            text=row["text"],
            target_esc=esc,
            target_eis=eis,
            hint=self.hint(esc, eis),
            scenario=self.data["scenarios"][esc][eis],
        )

    def hint(self, esc: str, eis: int) -> str:
        """Such as `高兴（轻微）：隐约听得出来`."""
        name, how = ESC_NAMES[esc][self.language], self.data["levels"][eis]
        if esc == NEUTRAL:
            wording = "{name}：{how}" if self.language == "zh" else "{name}: {how}"
            return wording.format(name=name, how=how)
        level = LEVELS[eis]["names"][self.language]
        if self.language == "zh":
            return f"{name}（{level}）：{how}"
        return f"{name} ({level.lower()}): {how}"
