"""What is refused is told in sentences that can be translated, wherever it is raised."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = ("platform/speecheq", "annotation", "training")
# Errors outside the family of DomainError, and functions that make errors.
OTHERS = {
    "AudioRefused",
    "BadConfig",
    "BadData",
    "ErrorDetail",
    "FieldError",
    "LabelError",
    "LimitExceeded",
    "ParseError",
    "Problem",
    "RecipeError",
    "RowError",
    "RuleError",
    "SplitRefused",
    "ValidationError",
    "_Wrong",
    "_problem",
    "_refused",
    "field_error",
    "problem",
    "refusal",
}
# Read in a terminal or by whoever runs the server: commands, the demo, the supervisor.
IN_ENGLISH = ("management", "demo", "supervisor")


def trees() -> dict[Path, ast.Module]:
    paths = (path for folder in SOURCES for path in (ROOT / folder).rglob("*.py"))
    wanted = [path for path in paths if not set(IN_ENGLISH) & set(path.parts)]
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in wanted}


@pytest.fixture(scope="module")
def sources() -> dict[Path, ast.Module]:
    return trees()


def name_of(node: ast.expr) -> str:
    return getattr(node, "id", "") or getattr(node, "attr", "")


def errors_of(sources: dict[Path, ast.Module]) -> set[str]:
    """Names of the subclasses of DomainError, and OTHERS."""
    classes = [
        (node.name, {name_of(base) for base in node.bases})
        for tree in sources.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    ]
    found = {"DomainError"}
    while more := {name for name, bases in classes if bases & found} - found:
        found |= more
    return found | OTHERS


def plain(node: ast.expr) -> bool:
    """Whether it is English that no catalogue holds: a text with a blank in it."""
    if isinstance(node, ast.IfExp):
        return plain(node.body) or plain(node.orelse)
    if isinstance(node, ast.BinOp):
        return plain(node.left) or plain(node.right)
    if not isinstance(node, ast.JoinedStr | ast.Constant):
        return False
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    texts = [str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts]
    return " " in "".join(texts).strip()


def untranslated(tree: ast.Module, errors: set[str]) -> Iterator[int]:
    """Lines where an error is given such a text, at once or by a variable of the function."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.ClassDef | ast.Module):
            continue
        assigned = {
            target.id: node.lineno
            for node in ast.walk(function)
            if isinstance(node, ast.Assign | ast.AugAssign) and plain(node.value)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        }
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and name_of(call.func) in errors:
                for given in [*call.args, *(keyword.value for keyword in call.keywords)]:
                    if plain(given):
                        yield given.lineno
                    elif not isinstance(function, ast.Module) and name_of(given) in assigned:
                        yield assigned[name_of(given)]


def test_what_is_refused_is_said_in_sentences(sources):
    errors = errors_of(sources)
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for path, tree in sources.items()
        for line in untranslated(tree, errors)
    }
    assert sorted(found) == [], "Write say(...) of speecheq.sentences around these."


@pytest.mark.parametrize(
    "code",
    [
        'raise NotFound("There is nothing.")',
        'raise NotFound(f"No clip {key}.")',
        'raise field_error("clip", "unknown_clip", f"No clip {key}.")',
        'def find():\n    detail = f"No clip {key}."\n    raise NotFound(detail)',
        'raise NotFound("There is nothing." if key else say("There is one."))',
    ],
)
def test_a_text_that_cannot_be_translated_is_found(code):
    assert list(untranslated(ast.parse(code), {"NotFound", "field_error"}))


def test_sentences_are_no_such_texts():
    code = 'raise field_error("a.b", "bad_clip", say("No clip {key}.", key=key), kind=NotFound)'
    assert not list(untranslated(ast.parse(code), {"field_error"}))


def templates(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node.func) == "say":
            yield node


def test_the_template_of_a_sentence_is_written_where_it_is_said(sources):
    """The catalogues find no other; values come by name."""
    wrong = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path, tree in sources.items()
        for call in templates(tree)
        if len(call.args) != 1 or not isinstance(call.args[0], ast.Constant)
    ]
    assert wrong == []


def named(template: str) -> set[str]:
    return {name for _text, name, _form, _kind in Formatter().parse(template) if name is not None}


def test_a_sentence_is_given_the_values_that_its_template_names(sources):
    wrong = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path, tree in sources.items()
        for call in templates(tree)
        if all(keyword.arg for keyword in call.keywords)
        and named(call.args[0].value) != {keyword.arg for keyword in call.keywords}
    ]
    assert wrong == []
