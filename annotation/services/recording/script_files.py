"""Scripts from files, and as files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotation.models import Script
from annotation.recipes.rows import shown
from annotation.recording.script import WrittenScript
from annotation.recording.script_tables import ScriptFileError, read_csv, write_csv
from annotation.recording.script_yaml import read_yaml, write_yaml
from annotation.services.recording.scripts import as_written, create_script
from speecheq.errors import FieldError, Malformed, field_error
from speecheq.sentences import say

CSV, YAML = KINDS = ("csv", "yaml")
CONTENT_TYPES = {CSV: "text/csv; charset=utf-8", YAML: "application/yaml; charset=utf-8"}
_WRITERS = {CSV: write_csv, YAML: write_yaml}
_READERS = {CSV: read_csv, YAML: read_yaml}
_ENDINGS = {".csv": CSV, ".yaml": YAML, ".yml": YAML}


def import_script(
    name: str, content: bytes, *, given: Mapping[str, str], by: Any
) -> tuple[Script, bool]:
    """Store the script that a file holds, and say whether it is new; see `create_script` for what
    may be refused.

    name: of the file; its ending says how to read it.
    given: code, version, title and language, where they are not as in the file.

    Raises Malformed where the file cannot be read, with the lines.
    """
    return create_script(read_script(name, content, given=given), by=by)


def read_script(name: str, content: bytes, *, given: Mapping[str, str]) -> WrittenScript:
    """The script that a file holds, not yet checked. Raises Malformed."""
    kind = next((k for ending, k in _ENDINGS.items() if name.lower().endswith(ending)), None)
    if kind is None:
        detail = say("The file {name} does not end in .csv, .yaml or .yml.", name=shown(name))
        raise field_error("file", "script_file_kind", detail, kind=Malformed)
    try:
        return _READERS[kind](content, given)
    except ScriptFileError as error:
        errors = [FieldError(each.field, each.code, each.detail) for each in error.problems]
        raise Malformed(errors[0].detail, errors=errors, code=errors[0].code) from None


def export_script(script: Script, kind: str) -> bytes:
    """The script as a file of one of KINDS. Raises Malformed for another kind."""
    if kind not in KINDS:
        detail = say(
            "No kind of file {kind}. Known: {kinds}.", kind=shown(kind), kinds=", ".join(KINDS)
        )
        raise field_error("kind", "script_file_kind", detail, kind=Malformed)
    return _WRITERS[kind](as_written(script))


def file_name(script: Script, kind: str) -> str:
    """Such as `seqd-zh-1-v1.csv`."""
    return f"{script.code}-v{script.version}.{kind}"
