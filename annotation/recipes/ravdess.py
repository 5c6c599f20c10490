"""RAVDESS, speech audio: Livingstone and Russo 2018, doi:10.1371/journal.pone.0196391.

A file name says everything: modality, vocal channel, emotion, intensity, statement, repetition and
actor, two digits each, as in 03-01-06-01-02-01-12. Both the original folders (Actor_12/...wav) and
a repacked one with a metadata.csv whose column `file` lists what should be there are read.
"""

import re
from pathlib import Path, PurePosixPath

from annotation.recipes.rows import (
    CorpusFacts,
    ManifestRow,
    Reading,
    RecipeError,
    RowError,
    shown,
)
from annotation.recipes.tables import csv_records, open_list
from speecheq.sentences import say

FACTS = CorpusFacts(
    name="RAVDESS (speech)",
    language="en",
    licence="CC BY-NC-SA 4.0",
    licence_source="https://zenodo.org/records/1188976",
    citation=(
        "Livingstone SR, Russo FA (2018). The Ryerson Audio-Visual Database of Emotional Speech "
        "and Song (RAVDESS). PLoS ONE 13(5): e0196391. doi:10.1371/journal.pone.0196391"
    ),
    mapping="ravdess",
    native_is_intended=True,
)
NAME = re.compile(r"^(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)$")
EMOTIONS = {
    "01": "neutral",
    "02": "calm",
    "03": "happy",
    "04": "sad",
    "05": "angry",
    "06": "fearful",
    "07": "disgust",
    "08": "surprised",
}
INTENSITIES = {"01": "normal", "02": "strong"}
STATEMENTS = {"01": "Kids are talking by the door", "02": "Dogs are sitting by the door"}
SUFFIXES = (".wav", ".flac")
METADATA = "metadata.csv"
MAX_FILES = 100_000  # the whole corpus, song and video too, has 7,356


def read(path: Path) -> Reading:
    """The clips below the folder `path`."""
    if not path.is_dir():
        raise RecipeError(
            "not_a_folder", say("{name!r} is not the folder of RAVDESS.", name=path.name)
        )
    reading = Reading(root=path, facts=FACTS)
    seen: dict[str, int | None] = {}
    for line, name in _listed(path):
        reading.add(_row(name, line), seen)
    if not reading.rows and not reading.errors:
        detail = say("No file below {name!r} is named as RAVDESS names its files.", name=path.name)
        raise RecipeError("no_rows", detail)
    return reading


def _listed(path: Path) -> list[tuple[int | None, str]]:
    """(line of metadata.csv or None, path below the folder), in a stable order."""
    metadata = path / METADATA
    if metadata.is_file():
        return _in_metadata(metadata)
    found = (file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES)
    return [(None, file.relative_to(path).as_posix()) for file in sorted(found)]


def _in_metadata(metadata: Path) -> list[tuple[int | None, str]]:
    listed: list[tuple[int | None, str]] = []
    with open_list(metadata) as text:
        records = csv_records(text)
        header = next(records, (0, []))[1]
        if "file" not in header:
            raise RecipeError(
                "missing_column", say("{metadata} has no column 'file'.", metadata=METADATA)
            )
        at = header.index("file")
        for line, cells in records:
            if len(listed) == MAX_FILES:
                detail = say(
                    "{metadata} lists more than {most} files: it is of another corpus.",
                    metadata=METADATA,
                    most=MAX_FILES,
                )
                raise RecipeError("too_many_rows", detail)
            if cells:
                listed.append((line, cells[at] if at < len(cells) else ""))
    return listed


def _row(name: str, line: int | None) -> ManifestRow | RowError:
    stem = PurePosixPath(name).stem
    parts = NAME.match(stem)
    if not parts:
        detail = say("{name} is not named as RAVDESS names its files.", name=shown(name))
        return RowError(line, stem[:255], "bad_name", detail, "audio")
    modality, channel, emotion, intensity, statement, _repetition, actor = parts.groups()
    known = emotion in EMOTIONS and intensity in INTENSITIES and statement in STATEMENTS
    if not known or not 1 <= int(actor) <= 24:
        detail = say("{stem} holds a number that RAVDESS does not use.", stem=stem)
        return RowError(line, stem, "bad_name", detail, "audio")
    if (modality, channel) != ("03", "01"):
        detail = say(
            "{stem} is not speech audio (03-01): modality {modality}, channel {channel}.",
            stem=stem,
            modality=modality,
            channel=channel,
        )
        return RowError(line, stem, "not_speech_audio", detail, "audio")
    return ManifestRow(
        key=stem,
        audio=name,
        speaker=f"ravdess-{actor}",
        sex="male" if int(actor) % 2 else "female",
        language=FACTS.language,
        transcript=STATEMENTS[statement],
        native_emotion=EMOTIONS[emotion],
        native_intensity=INTENSITIES[intensity],
        line=line,
    )
