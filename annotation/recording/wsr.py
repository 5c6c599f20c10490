"""What WebSpeechRecorderNg reads: projects, sessions, scripts and recording files as its JSON.

Shapes and words are those of the npm package `speechrecorderng` (see docs/webspeechrecorder.md).
Pure: rows of ours come in as plain values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from annotation.labelspaces.presets import ESC_NAMES, LEVELS

# --- words of the client ----------------------------------------------------------------------
CREATED, LOADED, TRAINING, STARTED, COMPLETED = STATUSES = (
    "CREATED",
    "LOADED",
    "STARTED_TRAINING",
    "STARTED",
    "COMPLETED",
)
DATES = ("loadedDate", "startedTrainingDate", "startedDate", "completedDate", "restartedDate")
MODES = {"manual": "MANUAL", "auto_advance": "AUTOPROGRESS", "auto_record": "AUTORECORDING"}

ROOM_TONE = "room-tone"
ROOM_TONE_MS = 5_000
_ROOM_TONE = {
    "zh": ("房间底噪", "请安静,不要说话,直到录音停止。"),
    "en": ("Room tone", "Please be quiet until the recording stops."),
}
# The client joins an item's code to the address as it is, so it must need no encoding there.
_SAFE_CODE = re.compile(r"[\w~-][\w.~-]*")
# An id of a script in the order of one session: `seqd-en-1@2~ses_...`.
_OF_SESSION = "~"


@dataclass(frozen=True)
class Item:
    """One prompt of a session, or its room tone."""

    code: str
    text: str
    instructions: str = ""
    duration_ms: int | None = None

    def as_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "itemcode": self.code,
            "mediaitems": [{"mimetype": "text/plain", "text": self.text}],
        }
        if self.instructions:
            found["recinstructions"] = {"recinstructions": self.instructions}
        if self.duration_ms is not None:
            found["recduration"] = self.duration_ms
        return found


@dataclass(frozen=True)
class Part:
    """Items that are spoken one after the other, in this order."""

    name: str
    items: list[Item]
    training: bool = False


@dataclass(frozen=True)
class RecordingFile:
    """A take as the client lists it. `version` counts from 0."""

    file_id: str
    session_id: str
    item: Item
    version: int
    date: str
    channels: int
    frames: int
    rate_hz: int
    uuid: str | None = None
    selection: dict[str, int | None] = field(default_factory=dict)


def item_code(key: str, public_id: str) -> str:
    """How the client names a prompt: by its key, or by its id where an address cannot hold the key
    or the key is that of the room tone."""
    return key if _SAFE_CODE.fullmatch(key) and key != ROOM_TONE else public_id


def instructions(
    *, esc: str, eis: int | None, hint: str = "", scenario: str = "", language: str = "en"
) -> str:
    """What stands above a prompt: how to speak, the scene, and the reading hint."""
    target = [_word(ESC_NAMES[esc], language)] if esc in ESC_NAMES else []
    if esc and eis:
        target += [_word(each["names"], language) for each in LEVELS if each["value"] == eis]
    return " · ".join(part for part in (", ".join(target), scenario, hint) if part)


def room_tone(language: str) -> Item:
    """Some seconds of the silent room, asked for before the first prompt."""
    text, told = _ROOM_TONE["zh" if language.startswith("zh") else "en"]
    return Item(ROOM_TONE, text, told, duration_ms=ROOM_TONE_MS)


def _word(names: dict[str, str], language: str) -> str:
    return names["zh" if language.startswith("zh") else "en"]


def project(name: str) -> dict[str, Any]:
    """A corpus as the client's project: one channel, nothing done to the sound by the browser, and
    each recording sent whole as 32-bit float. No wake lock: where a browser denies one, the client
    stops with an error of its own after each recording."""
    return {
        "name": name,
        "audioFormat": {"channels": 1},
        "mediaCaptureFormat": {"audioChannelCount": 1},
        "mediaStorageFormat": {"audioEncoding": "PCM_FLOAT"},
        "autoGainControlConfigs": [
            {"platform": platform, "value": False} for platform in ("ANDROID", "WINDOWS")
        ],
        "allowEchoCancellation": False,
        "chunkedRecording": False,
        "clientAudioStorageType": "MEM_ENTIRE",
        "recordingDeviceWakeLock": False,
        "showSessionCompleteMessage": True,
    }


def session(
    session_id: str,
    *,
    project: str,
    script_id: str,
    status: str,
    sealed: bool,
    dates: dict[str, str],
) -> dict[str, Any]:
    """`dates`: what the client told earlier, some of DATES."""
    told = {name: dates[name] for name in DATES if name in dates}
    return {
        "sessionId": session_id,
        "project": project,
        "script": script_id,
        "type": "NORM",
        "status": status,
        "sealed": sealed,
        **told,
    }


def status(state: str, *, spoken: int, trained: int, missing: int) -> str:
    """How far a session is, in the client's words.

    Args:
        state: ours: planned, open, paused or closed.
        spoken, trained: prompts of main and of training sections that have a take.
        missing: prompts of main sections that have none and were not skipped.
    """
    if state == "closed" or (spoken and not missing):
        return COMPLETED
    if spoken:
        return STARTED
    if trained:
        return TRAINING
    return CREATED if state == "planned" else LOADED


def script(script_id: str, *, mode: str, parts: Iterable[Part]) -> dict[str, Any]:
    """`mode`: ours, see MODES. The client keeps the order, since no part asks for another."""
    sections = [
        {
            "name": part.name,
            "mode": MODES[mode],
            "promptphase": "IDLE",
            "order": "SEQUENTIAL",
            "training": part.training,
            "groups": [
                {"order": "SEQUENTIAL", "promptItems": [item.as_json() for item in part.items]}
            ],
        }
        for part in parts
    ]
    return {"type": "script", "scriptId": script_id, "sections": sections}


def parts_of(items: Iterable[tuple[str, bool, Item]]) -> list[Part]:
    """Items as (name of the section, whether it is training, item) in their order: neighbours of
    one section become a part."""
    runs = groupby(items, key=lambda each: each[:2])
    return [Part(name, [item for *_, item in run], training) for (name, training), run in runs]


def script_id(name: str, session_id: str | None = None) -> str:
    """A script as it was written (`seqd-en-1@2`), or in the order of a session."""
    return name if session_id is None else f"{name}{_OF_SESSION}{session_id}"


def read_script_id(asked: str) -> tuple[str, str | None]:
    """The name of the script, and the session's id if there is one."""
    name, _, session_id = asked.partition(_OF_SESSION)
    return name, session_id or None


def recording_file(file: RecordingFile) -> dict[str, Any]:
    return {
        "recordingFileId": file.file_id,
        "uuid": file.uuid,
        "session": file.session_id,
        "version": file.version,
        "date": file.date,
        "recording": file.item.as_json(),
        "itemCode": file.item.code,
        "channels": file.channels,
        "frames": file.frames,
        "samplerate": file.rate_hz,
        **{name: file.selection.get(name) for name in SELECTION},
    }


SELECTION = ("editSampleRate", "editStartFrame", "editEndFrame")
