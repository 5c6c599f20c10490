"""Every file a page links to or shows is there, and every name it uses exists."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from tests.docs.pages import PAGES, ROOT, anchors, links, prose, text_of

SCREEN_LINES = 50
_NAME = re.compile(r"`([\w.]+)`")


def test_every_package_has_a_readme_of_one_screen():
    for name in ("annotation", "training", "docker"):
        lines = text_of(ROOT / name / "README.md").splitlines()
        assert len(lines) <= SCREEN_LINES, name
        assert any(line.startswith("Tests: ") for line in lines), name


@pytest.mark.parametrize("document", PAGES, ids=lambda each: each.relative_to(ROOT).as_posix())
def test_what_a_page_links_to_exists(document):
    for target, heading in links(document):
        assert target.exists(), f"{document.name} links to {target}"
        if heading:
            assert heading in anchors(target), f"{document.name} links to {target}#{heading}"


def test_every_screenshot_is_shown_somewhere():
    shown = {target for page in PAGES for target, _ in links(page)}
    assert [p.name for p in (ROOT / "docs" / "images").iterdir() if p not in shown] == []


def test_every_page_can_be_reached_from_the_readme():
    reached, waiting = set(), {ROOT / "README.md"}
    while waiting:
        page = waiting.pop()
        reached.add(page)
        found = {target for target, _ in links(page) if target.suffix == ".md"}
        waiting |= {target for target in found - reached if target.exists()}
    assert {page.name for page in PAGES if page not in reached} == set()


@pytest.mark.parametrize("package", ["annotation", "training"])
def test_the_names_in_a_package_readme_exist(package):
    """`services.queue.skip` is `skip` of that module; a bare name is of the module before it."""
    module = None
    checked = 0
    for name in _NAME.findall(prose(ROOT / package / "README.md")):
        path, _, attribute = name.rpartition(".")
        if path.startswith(("services.", "engine.")):
            module = import_module(f"{package}.{path}")
        elif path.startswith("annotation."):
            module = import_module(path)
        elif path or not re.fullmatch(r"[a-z]+(_[a-z]+)+", name) or module is None:
            continue
        checked += 1
        assert hasattr(module, attribute), f"{name} is not in {module.__name__}"
    assert checked > 5


@pytest.mark.parametrize("package", ["annotation", "training"])
def test_the_folders_in_a_package_readme_are_those_that_exist(package):
    rows = [line for line in text_of(ROOT / package / "README.md").splitlines() if "`" in line]
    named = {
        name for row in rows if row.startswith("| `") for name in _names_of_cell(row.split("|")[1])
    }
    there = {path.name for path in (ROOT / package).iterdir() if path.is_dir()}
    hidden = {"__pycache__", "management", "migrations", "templatetags"}
    assert {name for name in named if "." not in name} == there - hidden


def _names_of_cell(cell: str) -> list[str]:
    return [name.rstrip("/") for name in re.findall(r"`([^`]+)`", cell)]
