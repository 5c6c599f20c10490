"""The pages are followed to the letter on a fresh platform, and do what they say."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.data import data_dir
from tests.docs.pages import ROOT, prose, shell_blocks
from tests.e2e.platform_process import manage, serving
from tests.support import collected, migrated
from tests.support.servers import platform_env

pytestmark = [pytest.mark.processes]

ACTORS = [f"{number:02}" for number in range(1, 9)]
PATIENCE_S = 1800


def follow(blocks: list[str], *, env: dict[str, str], folder: Path) -> str:
    """Run the blocks in one shell, in `folder`; returns what they printed."""
    script = "\n".join(["set -eu", *blocks])
    known = {"manage.py": ROOT / "manage.py", ".venv/bin/python": sys.executable}
    for name, path in known.items():
        # A function: in a text for `re.sub` a backslash of the path would mean something.
        script = re.sub(
            rf"(?<![\w/]){re.escape(name)}\b", lambda _, path=path: shlex.quote(str(path)), script
        )
    done = subprocess.run(
        ["sh"],
        input=script,
        env=env,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def env(home) -> dict[str, str]:
    """A migrated platform with an administrator `root`."""
    made = platform_env(home, DJANGO_SUPERUSER_PASSWORD="a long enough pass phrase")
    migrated.copy_file(home / "db.sqlite3")
    manage("createsuperuser", "--noinput", "--username", "root", "--email", "", env=made)
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Two clips of noise and their manifest, as the README describes one."""
    folder = tmp_path_factory.mktemp("corpus")
    rng = np.random.default_rng(3)
    for name in ("a", "b"):
        soundfile.write(folder / f"{name}.wav", rng.normal(0, 0.1, 16_000), 16_000)
    lines = ["key,audio,speaker,sex,native_emotion", "a,a.wav,ann,female,joy", "b,b.wav,bo,male,"]
    (folder / "manifest.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder


def quoted(document: str, start: str) -> str:
    """The command in backticks that begins with `start`."""
    text = prose(ROOT / document)
    begin = text.index(f"`{start}") + 1
    return text[begin : text.index("`", begin)]


def readme_options() -> list[str]:
    """The options that the README's prose names."""
    return re.findall(r"`(--[a-z-]+)`", prose(ROOT / "README.md"))


def test_the_manifest_of_the_readme_is_imported_once(env, folder):
    command = quoted("README.md", "manage.py import_corpus manifest")
    words = command.replace("FOLDER", str(folder)).replace("SLUG", "studio").split()[1:]
    facts = ["--name", "Studio", "--language", "en", "--licence", "CC0-1.0"]
    assert {fact for fact in facts if fact.startswith("--")} <= set(readme_options())
    assert "2 imported" in manage(*words, *facts, env=env)
    assert "0 imported" in manage(*words, env=env)


def test_agreement_of_the_readme_reads_the_columns_it_names(env, tmp_path):
    ratings = tmp_path / "ratings.csv"
    ratings.write_text("clip_key,rater,value\na,x,1\na,y,1\nb,x,2\nb,y,3\n", encoding="utf-8")
    words = quoted("README.md", "manage.py agreement").replace("ratings.csv", str(ratings))
    rows = json.loads(manage(*words.split()[1:], env=env))
    assert {"alpha_ordinal"} <= {row["coefficient"] for row in rows}


def test_a_backup_holds_the_rows_and_the_key(env, home, tmp_path):
    (home / "media").mkdir(exist_ok=True)
    follow(shell_blocks(ROOT / "docs/operations.md")[:1], env=env, folder=tmp_path)
    copy = sqlite3.connect(tmp_path / "backup" / "db.sqlite3")
    assert copy.execute("SELECT username FROM speecheq_user").fetchall() == [("root",)]
    assert (tmp_path / "backup" / "secret_key").read_text() == (home / "secret_key").read_text()
    restored = env | {"SPEECHEQ_HOME": str(tmp_path / "backup")}
    follow(shell_blocks(ROOT / "docs/operations.md")[1:], env=restored, folder=tmp_path)


@dataclass
class Followed:
    """A served platform on which the page about REST was followed."""

    base: str
    env: dict[str, str]
    folder: Path
    said: str


@pytest.fixture(scope="module")
def followed(tmp_path_factory) -> Iterator[Followed]:
    imports = tmp_path_factory.mktemp("import")
    for actor in ACTORS:
        (imports / "ravdess" / actor).mkdir(parents=True)
        for sound in sorted((data_dir("ravdess") / "audio" / actor).iterdir())[::9]:
            shutil.copy(sound, imports / "ravdess" / actor)
    home, folder = tmp_path_factory.mktemp("loop"), tmp_path_factory.mktemp("shell")
    env = platform_env(home, SPEECHEQ_IMPORT_ROOT=str(imports))
    migrated.copy_file(home / "db.sqlite3")
    collected.copy_to(home)
    with serving(env) as base:
        blocks = [
            block.replace("http://127.0.0.1:8000", base)
            for block in shell_blocks(ROOT / "docs/rest.md")
        ]
        yield Followed(base, env, folder, follow(blocks, env=env, folder=folder))


def test_the_loop_over_rest_runs_as_it_is_written(followed):
    said = followed.said
    assert '"imported": 56, "duplicates": 0' in said
    assert said.index(" 201\n") < said.index(" 200\n")
    assert '"code":"out_of_scale","detail":"EIS 7 is not one of 0, 1, 2, 3."' in said
    assert "'arm': 'chosen'" in said or "'arm': 'control'" in said
    assert (followed.folder / "clip.flac").read_bytes()[:4] == b"fLaC"
    assert "201\n200\n2\ngreen\nTrue\nas it was sent\n3\n1\n" in said
    assert "\nkey,corpus,speaker," in said  # of the release, before what is recorded


def test_the_token_of_the_readme_opens_the_call_of_the_readme(followed, tmp_path):
    words = quoted("README.md", "manage.py token").replace("USER", "root").split()[1:]
    token = manage(*words, env=followed.env).strip().splitlines()[-1]
    [call] = [block for block in shell_blocks(ROOT / "README.md") if "curl" in block]
    env = followed.env | {"TOKEN": token}
    said = follow([call.replace("http://127.0.0.1:8000", followed.base)], env=env, folder=tmp_path)
    assert [campaign["corpus"] for campaign in json.loads(said)["results"]] == ["ravdess"]
