"""A script as it is written down, before it is stored: its parts, and what is wrong with them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from annotation.labelspaces.presets import FULL_13, LEVELS
from annotation.labelspaces.problem import Problem
from annotation.labelspaces.rules import LabelError, check_label
from annotation.recipes.rows import FORMULA_STARTS, LANGUAGE, shown
from speecheq.sentences import say

TRAINING, MAIN = KINDS = ("training", "main")
FIXED, RANDOM, BLOCKED = ORDERS = ("fixed", "random", "blocked")
CODE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
# Words that stand where a code may stand, in addresses.
NOT_CODES = frozenset({"import", "new"})
EIS_LEVELS = [level["value"] for level in LEVELS]
MOST_SECTIONS = 50
MOST_PROMPTS = 2000
MOST_PROBLEMS = 50
VERSION_MAX = 9999
MAX_LENGTH = {
    "code": 40,
    "title": 200,
    "name": 100,
    "key": 100,
    "text": 2000,
    "transcript": 2000,
    "language": 35,
    "hint": 500,
    "scenario": 2000,
}


@dataclass(frozen=True)
class WrittenPrompt:
    """`transcript` and `language` are empty where they are the text and the script's language.

    `place` says where it was read, such as `line 7`; two prompts that differ in nothing else are
    equal.
    """

    key: str
    text: str
    transcript: str = ""
    language: str = ""
    target_esc: str = ""
    target_eis: int | None = None
    hint: str = ""
    scenario: str = ""
    place: str = field(default="", compare=False)


@dataclass(frozen=True)
class WrittenSection:
    name: str
    prompts: tuple[WrittenPrompt, ...]
    kind: str = MAIN
    order: str = FIXED
    place: str = field(default="", compare=False)


@dataclass(frozen=True)
class WrittenScript:
    """`version` is None for the one after the newest."""

    code: str
    language: str
    sections: tuple[WrittenSection, ...]
    version: int | None = None
    title: str = ""

    def prompts(self) -> Iterator[WrittenPrompt]:
        for section in self.sections:
            yield from section.prompts


def tidied(script: WrittenScript) -> WrittenScript:
    """Without blanks around texts, with LF as the only line break, and no repeated transcript."""
    sections = tuple(
        replace(_tidy(section), prompts=tuple(_tidy_prompt(each) for each in section.prompts))
        for section in script.sections
    )
    return replace(_tidy(script), sections=sections)


def _tidy_prompt(prompt: WrittenPrompt) -> WrittenPrompt:
    tidy = _tidy(prompt)
    return replace(tidy, transcript="") if tidy.transcript == tidy.text else tidy


def _tidy(record: Any) -> Any:
    texts = {each.name: getattr(record, each.name) for each in fields(record)}
    texts.pop("place", None)  # as its reader wrote it
    tidy = {k: tidy_text(v) for k, v in texts.items() if isinstance(v, str)}
    return replace(record, **tidy)


def tidy_text(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def problems(script: WrittenScript) -> list[Problem]:
    """What is wrong with a tidied script, at most MOST_PROBLEMS; empty: it may be stored.

    Fields are places in REST's body (`sections.0.prompts.3.key`), or lines where it was read from a
    file.
    """
    found: list[Problem] = []
    for problem in _problems(script):
        found.append(problem)
        if len(found) == MOST_PROBLEMS:
            break
    return found


def _problems(script: WrittenScript) -> Iterator[Problem]:
    yield from _head_problems(script)
    yield from _size_problems(script)
    names: dict[str, str] = {}
    keys: dict[str, str] = {}
    for s, section in enumerate(script.sections):
        at = f"sections.{s}"
        yield from _section_problems(section, at)
        yield from _repeated("name", section.name, at, section.place, names)
        for p, prompt in enumerate(section.prompts):
            inner = f"{at}.prompts.{p}"
            yield from _prompt_problems(prompt, inner)
            yield from _repeated("key", prompt.key, inner, prompt.place, keys)


def _head_problems(script: WrittenScript) -> Iterator[Problem]:
    if detail := _wrong_code(script.code):
        yield Problem("code", "invalid", detail)
    if script.version is not None and not 1 <= script.version <= VERSION_MAX:
        detail = say(
            "The version {version} is not a whole number from 1 to {most}. Leave it "
            "out for the one after the newest.",
            version=script.version,
            most=VERSION_MAX,
        )
        yield Problem("version", "out_of_range", detail)
    yield from _text_problems(script, ("title",), "", "")
    yield from _language_problems(script.language, "language", "", needed=True)


def _wrong_code(code: str) -> str:
    """What is wrong with a script's code; empty: nothing."""
    if not code:
        return say(
            "The script has no code, by which it is known and chosen. Give it one: "
            "lower-case letters, digits and dashes, such as news-zh."
        )
    if code in NOT_CODES:
        return say(
            "{code} cannot be a code: a page has that address. Choose another one.",
            code=shown(code),
        )
    if len(code) > MAX_LENGTH["code"]:
        return say(
            "The code has {n} characters; it may have {most}.",
            n=len(code),
            most=MAX_LENGTH["code"],
        )
    if not CODE.fullmatch(code):
        return say(
            "The code {code} may hold only lower-case letters from a to z, digits, "
            "and dashes between them, such as news-zh.",
            code=shown(code),
        )
    return ""


def _size_problems(script: WrittenScript) -> Iterator[Problem]:
    n_prompts = sum(len(section.prompts) for section in script.sections)
    if not n_prompts:
        yield Problem("sections", "empty", say("The script has no prompt. Give at least one."))
    if n_prompts > MOST_PROMPTS:
        detail = say(
            "The script has {n_prompts} prompts; {most} are the most. Split it.",
            n_prompts=n_prompts,
            most=MOST_PROMPTS,
        )
        yield Problem("sections", "too_many_prompts", detail)
    if len(script.sections) > MOST_SECTIONS:
        detail = say(
            "The script has {n} sections; {most} are the most.",
            n=len(script.sections),
            most=MOST_SECTIONS,
        )
        yield Problem("sections", "too_many_sections", detail)


def _section_problems(section: WrittenSection, at: str) -> Iterator[Problem]:
    yield from _text_problems(section, ("name",), at, section.place, needed={"name"})
    for name, allowed in (("kind", KINDS), ("order", ORDERS)):
        value = getattr(section, name)
        if value not in allowed:
            detail = say(
                "{name} {value} is not one of {allowed}.",
                name=name,
                value=shown(value),
                allowed=", ".join(allowed),
            )
            yield _problem(at, name, section.place, "invalid_choice", detail)
    if not section.prompts:
        detail = say(
            "The section {name} has no prompt. Give one, or leave it out.", name=shown(section.name)
        )
        yield _problem(at, "prompts", section.place, "empty", detail)


def _prompt_problems(prompt: WrittenPrompt, at: str) -> Iterator[Problem]:
    names = ("key", "text", "transcript", "hint", "scenario")
    yield from _text_problems(prompt, names, at, prompt.place, needed={"key", "text"})
    yield from _language_problems(prompt.language, f"{at}.language", prompt.place)
    try:
        _check_target(prompt)
    except LabelError as error:
        yield _problem(at, f"target_{error.field}", prompt.place, error.code, error.detail)


def _check_target(prompt: WrittenPrompt) -> None:
    if prompt.target_esc:
        check_label(prompt.target_esc, prompt.target_eis, FULL_13, EIS_LEVELS)
    elif prompt.target_eis is not None:
        detail = say(
            "EIS {target_eis} has no category. Give target_esc, or leave both out.",
            target_eis=prompt.target_eis,
        )
        raise LabelError("eis_without_esc", detail, "esc")


def _language_problems(
    language: str, at: str, place: str, *, needed: bool = False
) -> Iterator[Problem]:
    if needed and not language:
        detail = say("The script has no language. Give its tag, such as zh, en or zh-CN.")
        yield _problem("", at, place, "bad_language", detail)
        return
    too_long = len(language) > MAX_LENGTH["language"]
    if too_long or not (LANGUAGE.match(language) or not language):
        detail = say(
            "{language} is no language tag such as zh, en or zh-CN.", language=shown(language)
        )
        yield _problem("", at, place, "bad_language", detail)


def _text_problems(
    record: Any,
    names: Sequence[str],
    at: str,
    place: str,
    *,
    needed: set[str] | frozenset[str] = frozenset(),
) -> Iterator[Problem]:
    for name in names:
        text = getattr(record, name)
        if not text and name in needed:
            yield _problem(
                at, name, place, "required", say("{name} is empty. Give one.", name=name)
            )
        if len(text) > MAX_LENGTH[name]:
            detail = say(
                "{name} has {n_text} characters; it may have {most}.",
                name=name,
                n_text=len(text),
                most=MAX_LENGTH[name],
            )
            yield _problem(at, name, place, "too_long", detail)
        if any(_is_control(each) for each in text):
            detail = say(
                "{name} {text} holds a control character. Take it out.", name=name, text=shown(text)
            )
            yield _problem(at, name, place, "control_character", detail)
        if name in ("key", "name") and text.startswith(FORMULA_STARTS):
            detail = say(
                "{name} {text} starts like a spreadsheet formula.", name=name, text=shown(text)
            )
            yield _problem(at, name, place, "formula", detail)


def _is_control(character: str) -> bool:
    return character != "\n" and unicodedata.category(character) in ("Cc", "Cs")


def _repeated(
    name: str, value: str, at: str, place: str, seen: dict[str, str]
) -> Iterator[Problem]:
    looks = unicodedata.normalize("NFC", value)  # é of one code point or of two: one to the eye
    if looks not in seen:
        seen[looks] = place or at
        return
    what, where = shown(value), seen[looks]
    if name == "name":
        detail = say(
            "The name {name} is that of another section ({where}) already.", name=what, where=where
        )
        yield _problem(at, name, place, "repeated_name", detail)
    else:
        detail = say(
            "The key {key} is that of another prompt ({where}) already.", key=what, where=where
        )
        yield _problem(at, name, place, "repeated_key", detail)


def _problem(at: str, name: str, place: str, code: str, detail: str) -> Problem:
    """Read from a file, a problem stands at a line and its message begins with it."""
    if place:
        return Problem(place, code, say("{place}: {detail}", place=place, detail=detail))
    return Problem(f"{at}.{name}" if at else name, code, detail)
