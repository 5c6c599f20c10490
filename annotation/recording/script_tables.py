"""Scripts as files: reading and writing CSV.

One row is one prompt. What is said of the whole script or of a section may stand in its first row
alone; an empty cell means as above. Cells that a spreadsheet would run as a formula get an
apostrophe when written, which is taken off when read. The other kind of file is in `script_yaml`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from annotation.labelspaces.problem import Problem
from annotation.recipes.rows import shown
from annotation.recording.script import (
    EIS_LEVELS,
    FIXED,
    MAIN,
    MOST_PROBLEMS,
    MOST_PROMPTS,
    VERSION_MAX,
    WrittenPrompt,
    WrittenScript,
    WrittenSection,
    tidied,
    tidy_text,
)
from speecheq.sentences import say

MAX_BYTES = 4 * 1024 * 1024
OF_SCRIPT = ("code", "version", "title", "language")
OF_SECTION = ("section", "kind", "order")
OF_PROMPT = (
    "key",
    "text",
    "transcript",
    "prompt_language",
    "target_esc",
    "target_eis",
    "hint",
    "scenario",
)
COLUMNS = (*OF_SCRIPT, *OF_SECTION, *OF_PROMPT)
NEEDED = ("key", "text")
_FORMULA = re.compile(r"'*[=+\-@]")
_GUARDED = re.compile(r"'+[=+\-@]")


class ScriptFileError(Exception):
    """A file that is no script. `problems` says where, as lines, and why."""

    def __init__(self, problems: list[Problem]):
        super().__init__(problems[0].detail)
        self.problems = problems[:MOST_PROBLEMS]


def refusal(code: str, detail: str, place: str = "file") -> ScriptFileError:
    """A file refused for one reason."""
    return ScriptFileError([Problem(place, code, detail)])


def decoded(content: bytes) -> str:
    """The text of a file, with or without a byte order mark. Raises ScriptFileError."""
    if len(content) > MAX_BYTES:
        detail = say(
            "The file has {n_content} bytes; {most} are the most. Split the script.",
            n_content=len(content),
            most=MAX_BYTES,
        )
        raise refusal("script_file_too_large", detail)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        bad = content[error.start : error.start + 1].hex()
        detail = say("Byte 0x{bad} is not UTF-8. Save the file as UTF-8.", bad=bad)
        raise refusal("script_file_encoding", detail) from None


def version_number(text: str) -> int | None:
    """None for an empty text. Raises ScriptFileError."""
    if not text:
        return None
    if not _is_small_number(text):
        detail = say(
            "The version {text} is not a whole number from 1 to {most}, such as 2. "
            "Leave it out for the one after the newest.",
            text=shown(text),
            most=VERSION_MAX,
        )
        raise refusal("invalid", detail, "version")
    return int(text)


def intensity(text: str, place: str) -> int | None:
    """`target_eis`; None for an empty text. Raises ScriptFileError."""
    if not text:
        return None
    if not _is_small_number(text):
        levels = ", ".join(str(level) for level in EIS_LEVELS)
        detail = say(
            "{place}: target_eis {text} is no intensity. Write one of {levels}, or "
            "nothing where none is intended.",
            place=place,
            text=shown(text),
            levels=levels,
        )
        raise refusal("invalid", detail, place)
    return int(text)


def _is_small_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 5


def write_csv(script: WrittenScript) -> bytes:
    """The script with all COLUMNS, in UTF-8 with a byte order mark, which spreadsheets ask for."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(COLUMNS)
    head = [script.code, script.version, script.title, script.language]
    for section in script.sections:
        for prompt in section.prompts:
            row = [*head, section.name, section.kind, section.order, *_of_prompt(prompt)]
            table.writerow(["" if each is None else _guarded(str(each)) for each in row])
            head = [""] * len(head)
    return text.getvalue().encode("utf-8-sig")


def _of_prompt(prompt: WrittenPrompt) -> list[str | int | None]:
    spoken = [prompt.key, prompt.text, prompt.transcript, prompt.language]
    return [*spoken, prompt.target_esc, prompt.target_eis, prompt.hint, prompt.scenario]


def _guarded(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def _bare(cell: str) -> str:
    text = tidy_text(cell)
    return text[1:] if _GUARDED.match(text) else text


def read_csv(content: bytes, given: Mapping[str, str] | None = None) -> WrittenScript:
    """A script from CSV with some of COLUMNS, at least NEEDED, in any order.

    given: what holds for the whole script (OF_SCRIPT), whatever the file says.

    Raises ScriptFileError with all lines that cannot be read.
    """
    rows = csv.reader(io.StringIO(decoded(content), newline=""), strict=True)
    reader = _Reader(dict(given or {}))
    try:
        header = [cell.strip() for cell in next(rows, [])]
        _check_separator(header)
        _check_header(header)
        begins = rows.line_num + 1
        for cells in rows:
            if any(cell.strip() for cell in cells):
                reader.take(header, cells, begins)
            begins = rows.line_num + 1
    except csv.Error as error:
        raise refusal(
            "script_csv",
            say("Line {line} is not CSV: {error}.", line=rows.line_num, error=str(error)),
        ) from None
    return reader.script()


def _check_separator(header: list[str]) -> None:
    """Spreadsheets write other separators where the comma stands in numbers, and say nothing."""
    if len(header) == 1:
        for separator, word in ((";", say("semicolons")), ("\t", say("tabs"))):
            if separator in header[0]:
                detail = say(
                    "The first line is separated by {word}. Save the file as CSV with commas "
                    "between the columns.",
                    word=word,
                )
                raise refusal("script_columns", detail, say("line {line}", line=1))


def _check_header(header: list[str]) -> None:
    missing = [name for name in NEEDED if name not in header]
    wrong = [name for name in header if name not in COLUMNS or header.count(name) > 1]
    if missing or wrong:
        fault = (
            say("The first line lacks {columns}.", columns=", ".join(missing))
            if missing
            else say("The first line has {column} twice.", column=shown(wrong[0]))
            if wrong[0] in COLUMNS
            else say("The first line has {column}, which is no column.", column=shown(wrong[0]))
        )
        detail = say(
            "{fault} It names columns, each once, among {columns}; {needed} are needed.",
            fault=fault,
            columns=", ".join(COLUMNS),
            needed=", ".join(NEEDED),
        )
        raise refusal("script_columns", detail, say("line {line}", line=1))


@dataclass
class _OpenSection:
    name: str
    place: str
    said: dict[str, str] = field(default_factory=dict)
    prompts: list[WrittenPrompt] = field(default_factory=list)


class _Reader:
    """Puts rows together, and keeps what is wrong with them until all were read."""

    def __init__(self, given: dict[str, str]):
        self.given = {name: text for name, text in given.items() if text}
        self.head: dict[str, str] = {}
        self.sections: list[_OpenSection] = []
        self.problems: list[Problem] = []
        self.n_prompts = 0

    def take(self, header: list[str], cells: list[str], line: int) -> None:
        place = say("line {line}", line=line)
        try:
            if len(cells) != len(header):
                detail = say(
                    "{place}: {n_cells} cells below {n_header} columns.",
                    place=place,
                    n_cells=len(cells),
                    n_header=len(header),
                )
                raise refusal("script_cells", detail, place)
            row = {name: _bare(cell) for name, cell in zip(header, cells, strict=True)}
            self._take_head(row, place)
            self._section(row, place).prompts.append(_prompt(row, place))
        except ScriptFileError as error:
            self.problems += error.problems
        self._stop_at_limits(place)

    def _stop_at_limits(self, place: str) -> None:
        self.n_prompts += 1
        if self.n_prompts > MOST_PROMPTS:
            detail = say(
                "{place}: a script has at most {most} prompts. Split it.",
                place=place,
                most=MOST_PROMPTS,
            )
            raise refusal("too_many_prompts", detail, place)
        if len(self.problems) >= MOST_PROBLEMS:
            raise ScriptFileError(self.problems)

    def _take_head(self, row: dict[str, str], place: str) -> None:
        for name in OF_SCRIPT:
            _check_said(self.head, name, row.get(name, ""), place)

    def _section(self, row: dict[str, str], place: str) -> _OpenSection:
        name = row.get("section", "") or (self.sections[-1].name if self.sections else MAIN)
        if not self.sections or self.sections[-1].name != name:
            if earlier := next((each for each in self.sections if each.name == name), None):
                detail = say(
                    "{place}: the section {name} began at {earlier_place} and another stands "
                    "between. Put its rows together.",
                    place=place,
                    name=shown(name),
                    earlier_place=earlier.place,
                )
                raise refusal("section_divided", detail, place)
            self.sections.append(_OpenSection(name, place))
        section = self.sections[-1]
        for each in ("kind", "order"):
            _check_said(section.said, each, row.get(each, ""), place)
        return section

    def script(self) -> WrittenScript:
        head = {**self.head, **self.given}
        version = None
        try:
            version = version_number(head.get("version", ""))
        except ScriptFileError as error:
            self.problems += error.problems
        if self.problems:
            raise ScriptFileError(self.problems)
        sections = tuple(
            WrittenSection(
                name=each.name,
                prompts=tuple(each.prompts),
                kind=each.said.get("kind", MAIN),
                order=each.said.get("order", FIXED),
                place=each.place,
            )
            for each in self.sections
        )
        texts = {name: head.get(name, "") for name in ("code", "title", "language")}
        return tidied(WrittenScript(sections=sections, version=version, **texts))


def _check_said(said: dict[str, str], name: str, text: str, place: str) -> None:
    """What rows say of all their script or section is said once, or the same each time. Keeps
    `text` in `said`, unless it is empty: as above."""
    if text and said.setdefault(name, text) != text:
        detail = say(
            "{place}: {name} {text}, but {said!r} above.",
            place=place,
            name=name,
            text=shown(text),
            said=said[name],
        )
        raise refusal("script_contradiction", detail, place)


def _prompt(row: dict[str, str], place: str) -> WrittenPrompt:
    texts = {name: row.get(name, "") for name in _texts_of_prompt()}
    return WrittenPrompt(
        **texts,
        language=row.get("prompt_language", ""),
        target_eis=intensity(row.get("target_eis", ""), place),
        place=place,
    )


def _texts_of_prompt() -> Iterator[str]:
    return (name for name in OF_PROMPT if name not in ("prompt_language", "target_eis"))
