"""One row of a manifest: its fields, their rules, and what is said about a wrong one.

The same rules hold for a CSV cell, a JSONL value and a row sent over REST.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from annotation.labelspaces.presets import ESC_NAMES, LEVELS
from annotation.labelspaces.rules import LabelError, check_label
from speecheq.sentences import say

SEXES = ("female", "male", "other")
MAX_LENGTH = {
    "key": 255,
    "audio": 1000,
    "speaker": 100,
    "transcript": 10_000,
    "native_emotion": 100,
    "native_intensity": 100,
}
LANGUAGE = re.compile(r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\Z")
# A spreadsheet would run such a cell of an export as a formula.
FORMULA_STARTS = ("=", "+", "-", "@")
SHOWN = 200
_TRUE, _FALSE = ("true", "1", "yes"), ("false", "0", "no", "")


def shown(value: Any) -> str:
    """A wrong value as a message shows it: its beginning, where it is long."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


class RecipeError(Exception):
    """The corpus cannot be read at all. `code` is for programs, `detail` for people."""

    def __init__(self, code: str, detail: str):
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class RowError:
    """Why one row is not taken. `line` is its line in the manifest, from 1; None: no manifest."""

    line: int | None
    key: str
    code: str
    detail: str
    field: str = ""


@dataclass(frozen=True)
class ManifestRow:
    """One clip to be. `audio` is a path below the reading's root; empty when `label_only`."""

    key: str
    audio: str
    speaker: str
    sex: str = ""
    language: str = ""
    transcript: str = ""
    native_emotion: str = ""
    native_intensity: str = ""
    intended_esc: str = ""
    intended_eis: int | None = None
    label_only: bool = False
    line: int | None = None


@dataclass(frozen=True)
class CorpusFacts:
    """What the recipe knows of the corpus as a whole.

    `mapping` names the label mapping for its native labels; `native_is_intended` says that they
    are what the speaker was asked to express, not what somebody heard.
    """

    name: str
    language: str
    licence: str
    licence_source: str
    citation: str
    mapping: str = ""
    native_is_intended: bool = False


@dataclass
class Reading:
    """What a recipe found. Audio paths are relative to `root`."""

    root: Path
    rows: list[ManifestRow] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    facts: CorpusFacts | None = None

    def add(self, row: ManifestRow | RowError, seen: dict[str, int | None]) -> None:
        """Keep a row or an error; a key that came before is an error. `seen`: key to line."""
        if isinstance(row, RowError):
            self.errors.append(row)
        elif row.key in seen:
            detail = say("The key {key!r} came before. Keys are unique in a corpus.", key=row.key)
            if line := seen[row.key]:
                detail = say(
                    "The key {key!r} came before in line {line}. Keys are unique in a corpus.",
                    key=row.key,
                    line=line,
                )
            self.errors.append(RowError(row.line, row.key, "key_repeated", detail, "key"))
        else:
            seen[row.key] = row.line
            self.rows.append(row)


FIELDS = tuple(f.name for f in fields(ManifestRow) if f.name != "line")
REQUIRED = ("key", "audio", "speaker")


def parse_row(values: Mapping[str, Any], line: int | None) -> ManifestRow | RowError:
    """A row from the values of its fields, as text or as JSON gives them; or what is wrong."""
    key = values.get("key")
    try:
        unknown = sorted(set(values) - set(FIELDS))
        if unknown:
            known = ", ".join(FIELDS)
            detail = say(
                "No field {unknown}. Known: {known}.", unknown=shown(unknown[0]), known=known
            )
            raise _Wrong("unknown_field", unknown[0][:SHOWN], detail)
        return _checked(values, line)
    except _Wrong as wrong:
        named = key[:255] if isinstance(key, str) else ""
        return RowError(line, named, wrong.code, wrong.detail, wrong.field)


class _Wrong(Exception):
    def __init__(self, code: str, field_name: str, detail: str):
        super().__init__(detail)
        self.code, self.field, self.detail = code, field_name, detail


def _checked(values: Mapping[str, Any], line: int | None) -> ManifestRow:
    label_only = _flag(values.get("label_only"))
    texts = {name: _text(name, values.get(name)) for name in MAX_LENGTH}
    for name in REQUIRED:
        if not texts[name] and not (name == "audio" and label_only):
            raise _Wrong("required", name, say("A row needs {name!r}.", name=name))
    if label_only and texts["audio"]:
        detail = say(
            "A row that is label_only has no audio, but names {audio}.", audio=shown(texts["audio"])
        )
        raise _Wrong("audio_on_label_only", "audio", detail)
    for name in ("key", "speaker"):
        if texts[name].startswith(FORMULA_STARTS):
            detail = say(
                "{name} {texts!r} starts like a spreadsheet formula.", name=name, texts=texts[name]
            )
            raise _Wrong("formula", name, detail)
    esc, eis = _intended(values)
    return ManifestRow(
        **texts,
        sex=_sex(values.get("sex")),
        language=_language(values.get("language")),
        intended_esc=esc,
        intended_eis=eis,
        label_only=label_only,
        line=line,
    )


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _Wrong(
            "not_text", name, say("{name} {value} is not text.", name=name, value=shown(value))
        )
    text = value.strip()
    if len(text) > MAX_LENGTH[name]:
        detail = say(
            "{name} has {n_text} characters; it may have {most}.",
            name=name,
            n_text=len(text),
            most=MAX_LENGTH[name],
        )
        raise _Wrong("too_long", name, detail)
    breaks = "\n\t" if name == "transcript" else ""
    if any(ord(c) < 32 and c not in breaks for c in text.replace("\r\n", "\n")):
        raise _Wrong(
            "control_character",
            name,
            say("{name} {text} holds a control character.", name=name, text=shown(text)),
        )
    if any("\ud800" <= c <= "\udfff" for c in text):
        detail = say(
            "{name} {text} holds half of a surrogate pair, which is no character.",
            name=name,
            text=shown(text),
        )
        raise _Wrong("control_character", name, detail)
    return text


def _sex(value: Any) -> str:
    if value in (None, ""):
        return ""
    if not isinstance(value, str) or value.strip().lower() not in SEXES:
        detail = say(
            "sex {value} is not one of {sexes}.", value=shown(value), sexes=", ".join(SEXES)
        )
        raise _Wrong("unknown_sex", "sex", detail)
    return value.strip().lower()


def _language(value: Any) -> str:
    if value in (None, ""):
        return ""
    if not isinstance(value, str) or len(value) > 35 or not LANGUAGE.match(value):
        detail = say("language {value} is no language tag such as en or zh-CN.", value=shown(value))
        raise _Wrong("bad_language", "language", detail)
    return value


def _flag(value: Any) -> bool:
    word = str(value).strip().lower() if value is not None else ""
    if word not in _TRUE + _FALSE:
        detail = say("label_only {value} is not true or false.", value=shown(value))
        raise _Wrong("not_a_flag", "label_only", detail)
    return word in _TRUE


def _intended(values: Mapping[str, Any]) -> tuple[str, int | None]:
    esc, raw = values.get("intended_esc") or "", values.get("intended_eis")
    eis = _level(raw)
    if not esc:
        if eis is not None:
            detail = say("intended_eis {eis} stands without an intended_esc.", eis=eis)
            raise _Wrong("eis_without_esc", "intended_eis", detail)
        return "", None
    try:
        check_label(str(esc)[:SHOWN], eis, ESC_NAMES, [level["value"] for level in LEVELS])
    except LabelError as error:
        raise _Wrong(error.code, f"intended_{error.field}", error.detail) from None
    return str(esc), eis


def _level(raw: Any) -> int | None:
    if raw in (None, ""):
        return None
    if isinstance(raw, str) and re.fullmatch(r"\s*[0-9]{1,3}\s*", raw):
        return int(raw)
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    detail = say("intended_eis {raw} is not a whole number from 0 to 3.", raw=shown(raw))
    raise _Wrong("out_of_scale", "intended_eis", detail)
