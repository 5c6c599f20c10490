"""What the documentation tells people to type can be typed."""

from __future__ import annotations

import re
import subprocess

import pytest
from django.core.management import get_commands, load_command_class

from tests.docs.pages import PAGES, ROOT, make_commands, manage_commands, shell_blocks

MANAGE = sorted({(page.name, *words) for page in PAGES for words in manage_commands(page)})
MAKE = sorted({(page.name, *words) for page in PAGES for words in make_commands(page)})
PATHS = re.compile(r"(?<![\w./$-])(?:tests|docker|docs|tools|benchmarks)(?:[/.]\w+)+[\w./-]*")


def test_the_documentation_names_the_commands_that_matter():
    named = {words[1] for words in MANAGE}
    assert {"import_corpus", "token", "agreement", "train", "score", "serve", "migrate"} <= named
    assert {words[1] for words in MAKE if len(words) > 1} >= {"demo", "test", "lint", "install"}


@pytest.mark.parametrize("command", MANAGE, ids=" ".join)
def test_a_management_command_takes_what_is_written(command):
    _page, name, *arguments = command
    assert name in get_commands(), f"No command {name!r}."
    if arguments:
        load_command_class(get_commands()[name], name).create_parser("manage.py", name).parse_args(
            [numbered(argument) for argument in arguments]
        )


@pytest.mark.parametrize("command", MAKE, ids=" ".join)
def test_a_make_target_exists(command):
    _page, *words = command
    done = subprocess.run(
        ["make", "--dry-run", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("document", PAGES, ids=lambda each: each.relative_to(ROOT).as_posix())
def test_shell_is_well_formed_and_names_files_that_exist(document):
    for block in shell_blocks(document):
        checked = subprocess.run(["sh", "-n"], input=block, capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr
        for name in PATHS.findall(block):
            # `python -m tests.support.postgres` names a module; docker/.env is the reader's own.
            path = name if "/" in name else name.replace(".", "/") + ".py"
            assert (ROOT / path).exists(), name


def numbered(argument: str) -> str:
    """A placeholder for a number (`N`) as a number; others are texts and may stay."""
    return "1" if argument == "N" else argument
