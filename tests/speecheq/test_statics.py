"""Static files are collected once per change of their sources."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from speecheq.supervisor import statics
from speecheq.supervisor.errors import CannotServe
from tests.support.processes import ROOT
from tests.support.servers import platform_env


@pytest.fixture
def target(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "home" / "static"
    return settings.STATIC_ROOT


@pytest.fixture
def env(tmp_path):
    return platform_env(tmp_path / "home")


def test_they_are_collected_under_names_that_change_with_them_and_only_once(target, env):
    assert statics.collect(ROOT, env) is True
    manifest = target / "staticfiles.json"
    assert manifest.exists()
    before = manifest.stat().st_mtime_ns
    assert statics.collect(ROOT, env) is False
    assert manifest.stat().st_mtime_ns == before


def test_a_changed_source_is_noticed(monkeypatch, tmp_path):
    file = tmp_path / "a.css"
    file.write_text("a {}")

    class Storage:
        def path(self, name: str) -> str:
            return str(tmp_path / name)

    class Finder:
        def list(self, ignore: list[str]) -> list[tuple[str, Storage]]:
            return [(found.name, Storage()) for found in Path(tmp_path).glob("*.css")]

    monkeypatch.setattr(statics, "get_finders", lambda: [Finder()])
    first = statics.fingerprint()
    os.utime(file, ns=(1, 1))
    touched = statics.fingerprint()
    (tmp_path / "b.css").touch()
    assert len({first, touched, statics.fingerprint()}) == 3


def test_a_folder_that_cannot_be_written_is_named(target, env):
    target.parent.mkdir(parents=True)
    target.mkdir()
    (target / "css").write_text("a file where a folder must be")
    with pytest.raises(CannotServe, match="Cannot collect static files into"):
        statics.collect(ROOT, env | {"SPEECHEQ_HOME": "/proc/none"})
