"""Our platform as a server under test, and the least its requests could do."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.labelling import processes
from benchmarks.labelling.connection import Connection
from tests.e2e.platform_process import home_env, manage, starting
from tests.support import migrated
from tests.support.postgres import running

ROOT = Path(__file__).resolve().parent.parent.parent
SETTINGS = "benchmarks.servers.settings"
DATABASES = ("sqlite", "postgres")
BEHIND = "gunicorn"
JUDGEMENT = {"labels": [{"esc": "HAP", "eis": 2}], "listened_ms": 1500, "replays": 0}
API = "/api/v1"


@dataclass(frozen=True)
class Installation:
    """A platform below a temporary folder of its own: its environment, what it was filled with."""

    database: str
    env: Mapping[str, str]
    database_pids: tuple[int, ...]
    campaigns: Mapping[str, str]
    usernames: Sequence[str]
    password: str

    def child(self, module: str, *arguments: str) -> subprocess.Popen[str]:
        """Start `python -m module` in this installation's environment."""
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env=child_env(self.env),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )


@contextlib.contextmanager
def installed(database: str, *seed: str) -> Iterator[Installation]:
    """An installation on a database of its own, filled by `servers.seed`."""
    with contextlib.ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sq-", dir="/tmp")))
        url, pids = stack.enter_context(database_of(database, home))
        env = home_env(home, DJANGO_SETTINGS_MODULE=SETTINGS, DATABASE_URL=url)
        manage("migrate", "-v", "0", env=env)
        command = [sys.executable, "-m", "benchmarks.servers.seed", *seed]
        printed = subprocess.check_output(command, env=child_env(env), cwd=ROOT)
        yield Installation(database, env, pids, **json.loads(printed))


@contextlib.contextmanager
def database_of(name: str, home: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    """DATABASE_URL of a fresh database, and the PIDs of its server where we started that.

    `sqlite` is a file, `postgres` a new cluster, and `ambient` of the kind this process uses.
    """
    if name == "ambient":
        yield migrated.database(home), ()
    elif name == "sqlite":
        yield f"sqlite:///{home / 'db.sqlite3'}", ()
    elif name == "postgres":
        with running() as cluster:
            pid = int((cluster.data / "postmaster.pid").read_text().split()[0])
            yield cluster.url, (pid,)
    else:
        raise ValueError(f"No database {name!r}; there are {', '.join(DATABASES)}.")


def child_env(env: Mapping[str, str]) -> dict[str, str]:
    paths = os.pathsep.join([str(ROOT), str(ROOT / "platform")])
    return {**env, "PYTHONPATH": paths}


class Person:
    """Somebody who signed in with a browser. Asks for one clip at a time."""

    def __init__(self, base: str, campaign: str):
        self.connection = Connection(base)
        self.campaign = campaign

    def sign_in(self, username: str, password: str) -> None:
        path = "/accounts/login/"
        self.connection.get(path).expect(200)
        fields = {"username": username, "password": password}
        self.connection.submit_form(path, fields).expect(302)

    def next(self) -> str | None:
        path = f"{API}/campaigns/{self.campaign}/next/"
        offered = self.connection.post(path, {"count": 1}).expect(200).json()["assignments"]
        return offered[0]["id"] if offered else None

    def submit(self, task: str) -> None:
        key = {"Idempotency-Key": str(uuid.uuid4())}
        path = f"{API}/assignments/{task}/submit/"
        self.connection.post(path, JUDGEMENT, **key).expect(201)


class BarePerson(Person):
    """As `Person`, but `next` reads one row and `submit` inserts one."""

    def next(self) -> str | None:
        self.connection.post(f"{API}/bare/read/", {}).expect(200)
        return ""

    def submit(self, task: str) -> None:
        self.connection.post(f"{API}/bare/write/", {}).expect(201)


class Platform:
    """`manage.py serve`, with one campaign of an installation as the work."""

    name = "SpeechEQ"
    behind = BEHIND
    person: type[Person] = Person

    def __init__(self, base: str, pid: int, installation: Installation, campaign: str):
        self.base = base
        self.pid = pid
        self.installation = installation
        self.campaign = installation.campaigns[campaign]

    def roots(self) -> Sequence[int]:
        return (self.pid, *self.installation.database_pids)

    def annotator(self, i: int) -> Person:
        person = self.person(self.base, self.campaign)
        person.sign_in(self.installation.usernames[i], self.installation.password)
        return person


class BareViews(Platform):
    """The same server, middleware and session; views that do the least."""

    name = "bare views"
    person = BarePerson


@contextlib.contextmanager
def served(installation: Installation, *campaigns: str) -> Iterator[dict[str, Any]]:
    """Serve it; a `Platform` per campaign, and `bare`."""
    with starting(installation.env) as process:
        here = (process.base, process.pid, installation)
        processes.settle((process.pid,))
        platforms: dict[str, Any] = {name: Platform(*here, name) for name in campaigns}
        yield platforms | {"bare": BareViews(*here, campaigns[0])}
