"""Scripts as files: reading and writing YAML, with the names that REST uses.

Nothing is guessed from how a value looks: `no`, `1.0` and `2026-01-02` are the texts that stand
there. Aliases and tags are refused before anything is built, so that a small file cannot grow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import yaml

from annotation.recipes.rows import shown
from annotation.recording.script import (
    FIXED,
    MAIN,
    WrittenPrompt,
    WrittenScript,
    WrittenSection,
    tidied,
)
from annotation.recording.script_tables import (
    OF_SCRIPT,
    ScriptFileError,
    decoded,
    intensity,
    refusal,
    version_number,
)
from speecheq.sentences import say

MAX_DEPTH = 5  # script, sections, section, prompts, prompt
MAX_EVENTS = 100_000
PROMPT_TEXTS = ("key", "text", "transcript", "language", "target_esc", "hint", "scenario")
_NULLS = ("", "~", "null", "Null", "NULL")
_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_WIDE = 1_000_000  # columns: no text is folded


def write_yaml(script: WrittenScript) -> bytes:
    """The script in UTF-8; what is empty is left out."""
    head = {"code": script.code, "version": script.version, "title": script.title}
    sections = [
        {
            "name": section.name,
            "kind": section.kind,
            "order": section.order,
            "prompts": [_as_data(prompt) for prompt in section.prompts],
        }
        for section in script.sections
    ]
    data = {**_filled(head), "language": script.language, "sections": sections}
    text = yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDE)
    return str(text).encode()


def _as_data(prompt: WrittenPrompt) -> dict[str, Any]:
    names = ("key", "text", "transcript", "language", "target_esc", "target_eis")
    return _filled({name: getattr(prompt, name) for name in (*names, "hint", "scenario")})


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "")}


def read_yaml(content: bytes, given: Mapping[str, str] | None = None) -> WrittenScript:
    """A script from YAML.

    given: what holds for the whole script (code, version, title, language), whatever the file says.

    Raises ScriptFileError.
    """
    text = decoded(content)
    try:
        _check_events(text)
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = say("Line {line}", line=mark.line + 1) if mark else say("The file")
        said = getattr(error, "problem", None) or error
        raise refusal(
            "script_yaml", say("{where} is not YAML: {said}.", where=where, said=str(said))
        ) from None
    if root is None:
        raise refusal(
            "script_yaml", say("The file is empty. It needs code, language and sections.")
        )
    return _script(root, {name: text for name, text in (given or {}).items() if text})


def _check_events(text: str) -> None:
    """Refuse what could grow, go deep or make objects, before it is built."""
    depth = 0
    for number, event in enumerate(yaml.parse(text, Loader=_Loader)):
        place = _place(event)
        if isinstance(event, yaml.AliasEvent):
            raise refusal(
                "script_yaml",
                say("{place}: aliases (*) are not read. Write it out.", place=place),
                place,
            )
        if getattr(event, "tag", None) is not None:
            raise refusal(
                "script_yaml",
                say("{place}: tags (!) are not read. Leave it out.", place=place),
                place,
            )
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise refusal(
                "script_yaml", say("{place}: a script is not nested so deeply.", place=place), place
            )
        if number > MAX_EVENTS:
            raise refusal(
                "script_yaml", say("{place}: too many values for one script.", place=place), place
            )


def _script(root: yaml.Node, given: dict[str, str]) -> WrittenScript:
    values = _mapping(root, (*OF_SCRIPT, "sections"))
    head = {name: _text(values, name) for name in OF_SCRIPT} | given
    script = WrittenScript(
        code=head["code"],
        version=version_number(head["version"]),
        title=head["title"],
        language=head["language"],
        sections=tuple(_each(values.get("sections"), "sections", _section)),
    )
    return tidied(script)


def _section(node: yaml.Node) -> WrittenSection:
    values = _mapping(node, ("name", "kind", "order", "prompts"))
    return WrittenSection(
        name=_text(values, "name"),
        kind=_text(values, "kind") or MAIN,
        order=_text(values, "order") or FIXED,
        prompts=tuple(_each(values.get("prompts"), "prompts", _prompt)),
        place=_place(node),
    )


def _prompt(node: yaml.Node) -> WrittenPrompt:
    values = _mapping(node, (*PROMPT_TEXTS, "target_eis"))
    eis = intensity(_text(values, "target_eis"), _place(node))
    texts = {name: _text(values, name) for name in PROMPT_TEXTS}
    return WrittenPrompt(**texts, target_eis=eis, place=_place(node))


def _each(node: yaml.Node | None, name: str, read: Callable[[yaml.Node], Any]) -> list[Any]:
    """What a list holds; all that is wrong in it is told at once."""
    if node is None:
        return []
    if not isinstance(node, yaml.SequenceNode):
        raise refusal(
            "script_yaml",
            say("{place}: {name} is not a list.", place=_place(node), name=name),
            _place(node),
        )
    found, problems = [], []
    for each in node.value:
        try:
            found.append(read(each))
        except ScriptFileError as error:
            problems += error.problems
    if problems:
        raise ScriptFileError(problems)
    return found


def _mapping(node: yaml.Node, allowed: tuple[str, ...]) -> dict[str, yaml.Node]:
    place = _place(node)
    if not isinstance(node, yaml.MappingNode):
        known = ", ".join(allowed)
        raise refusal(
            "script_yaml",
            say("{place}: names with values are wanted: {known}.", place=place, known=known),
            place,
        )
    values: dict[str, yaml.Node] = {}
    for key, value in node.value:
        where = _place(key)
        if not isinstance(key, yaml.ScalarNode):
            detail = say(
                "{where}: a name is a word, no list or table. Known: {allowed}.",
                where=where,
                allowed=", ".join(allowed),
            )
            raise refusal("script_yaml", detail, where)
        name = str(key.value)
        if name not in allowed:
            detail = say(
                "{where}: no name {name} here. Known: {allowed}.",
                where=where,
                name=shown(name),
                allowed=", ".join(allowed),
            )
            raise refusal("script_yaml", detail, where)
        if name in values:
            raise refusal(
                "script_yaml",
                say("{where}: {name} stands twice. Keep one.", where=where, name=name),
                where,
            )
        values[name] = value
    return values


def _text(values: dict[str, yaml.Node], name: str) -> str:
    node = values.get(name)
    if node is None:
        return ""
    if not isinstance(node, yaml.ScalarNode):
        raise refusal(
            "script_yaml",
            say("{place}: {name} is not a text.", place=_place(node), name=name),
            _place(node),
        )
    text = str(node.value)
    return "" if node.style is None and text in _NULLS else text.strip()


def _place(read: Any) -> str:
    """Where a node or an event begins."""
    return say("line {line}", line=read.start_mark.line + 1)
