"""Starting up, as child processes: the guard in manage.py, and what the web process loads."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import surroundings
from tests.support.processes import ROOT

HEAVY = ["pypinyin", "torch", "transformers", "pandas", "sklearn", "label_studio_sdk"]


def run(*command: str, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    """A child of this interpreter that imports nothing from this checkout by accident."""
    full = surroundings.plain() | env
    full.pop("PYTHONPATH", None)
    return subprocess.run(
        [sys.executable, *command], cwd=cwd, env=full, capture_output=True, text=True, check=False
    )


@pytest.fixture
def checkout(tmp_path):
    """A copy of what `manage.py check` needs."""
    ignore = shutil.ignore_patterns("__pycache__")
    for folder in ("platform", "annotation", "training"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignore)
    shutil.copy(ROOT / "manage.py", tmp_path)
    return tmp_path


def test_the_platform_checks_clean(checkout, tmp_path):
    done = run("manage.py", "check", cwd=checkout, SPEECHEQ_HOME=str(tmp_path / "home"))
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_a_package_called_platform_is_refused_in_one_sentence(checkout, tmp_path):
    (checkout / "platform" / "__init__.py").touch()
    done = run("manage.py", "check", cwd=checkout, SPEECHEQ_HOME=str(tmp_path / "home"))
    assert done.returncode == 1
    assert "hides Python's own module 'platform': delete it" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_python_keeps_its_own_platform_module():
    done = run("-c", "import platform; print(platform.python_version())")
    assert done.stdout.strip() == sys.version.split()[0]


def test_a_malformed_setting_stops_the_process_by_name(tmp_path):
    done = run("manage.py", "check", SPEECHEQ_HOME=str(tmp_path / "home"), SPEECHEQ_DEBUG="perhaps")
    assert done.returncode == 1
    assert "SPEECHEQ_DEBUG='perhaps' is not one of" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_secret_key_is_made_once_for_its_owner_alone(tmp_path):
    home = tmp_path / "home"
    run("manage.py", "check", SPEECHEQ_HOME=str(home))
    first = (home / "secret_key").read_text()
    run("manage.py", "check", SPEECHEQ_HOME=str(home))
    assert (home / "secret_key").read_text() == first
    assert (home / "secret_key").stat().st_mode & 0o777 == 0o600


def test_the_web_process_loads_no_heavy_library(tmp_path):
    program = f"""
import sys
sys.path[:0] = [{str(ROOT / "platform")!r}, {str(ROOT)!r}]
import speecheq.wsgi
from django.urls import get_resolver

def load(patterns):
    for pattern in patterns:
        getattr(pattern, "callback", None)
        load(getattr(pattern, "url_patterns", []))

load(get_resolver().url_patterns)
print(",".join(name for name in {HEAVY!r} if name in sys.modules) or "none")
"""
    env = {"SPEECHEQ_HOME": str(tmp_path / "home"), "DJANGO_SETTINGS_MODULE": "speecheq.settings"}
    done = run("-c", program, **env)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "none"
