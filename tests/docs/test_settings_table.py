"""The table of settings in docs/operations.md is whole, and says nothing that is not so."""

from __future__ import annotations

import ast
import functools
import re

from speecheq import settings
from tests.docs.pages import ROOT, text_of

FOLDERS = ("platform", "annotation", "training", "tests", "tools", "benchmarks")
OURS = re.compile(r"SPEECHEQ_[A-Z0-9_]+|DATABASE_URL|REDIS_URL|TORCH_INDEX_URL|PORT|NO_COLOR")


@functools.cache  # every module is parsed
def read_in_code() -> frozenset[str]:
    """Our variables that some module reads: `env.text("X")`, `environ.get("X")`, `environ["X"]`."""
    found = set()
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                name = _variable(node)
                if name and OURS.fullmatch(name):
                    found.add(name.removesuffix("_FILE"))
    return frozenset(found)


def in_table() -> set[str]:
    rows = re.findall(r"^\| (`[A-Z].*?) \|", text_of(ROOT / "docs/operations.md"), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([A-Z0-9_]+)`", row)}


def test_the_code_is_read_as_python_reads_it():
    assert {"SPEECHEQ_HOME", "SPEECHEQ_REQUIRE_ALL", "SPEECHEQ_HOST", "PORT"} <= read_in_code()


def test_every_variable_that_is_read_stands_in_the_table():
    assert read_in_code() - in_table() == set()


def test_every_variable_of_the_table_is_read():
    assert in_table() - read_in_code() == set()


def test_the_example_for_docker_has_the_same_settings():
    example = (ROOT / "docker/example.env").read_text(encoding="utf-8")
    named = set(re.findall(r"^#? ?(SPEECHEQ_\w+)=", example, re.MULTILINE))
    for_tests = {"SPEECHEQ_DATA", "SPEECHEQ_REQUIRE_ALL", "SPEECHEQ_TEST_REPORT"}
    assert named == {name for name in in_table() if name.startswith("SPEECHEQ_")} - for_tests


def test_defaults_in_the_table_are_those_of_the_settings():
    table = text_of(ROOT / "docs/operations.md")
    for name in ("SPEECHEQ_LEASE_S", "SPEECHEQ_JOB_LEASE_S", "SPEECHEQ_ARCHIVE_MAX_BYTES"):
        assert f"| `{name}` | `{getattr(settings, name):.0f}` |" in table
    assert f"| `{','.join(settings.ALLOWED_HOSTS)}` |" in table


def _variable(node: ast.AST) -> str | None:
    """The name of the variable that this expression reads from the environment, if it does."""
    if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("environ"):
        return _text(node.slice)
    if not (isinstance(node, ast.Call) and node.args):
        return None
    function = ast.unparse(node.func)
    reads = function.endswith(("environ.get", "getenv")) or re.fullmatch(r"env\.[a-z]+", function)
    return _text(node.args[0]) if reads else None


def _text(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None
