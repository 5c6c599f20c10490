"""The real platform as a child process: Redis, web, both workers and beat."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support import collected, migrated
from tests.support.processes import PATIENCE_S, ROOT, Talker, python, talking
from tests.support.servers import START_PATIENCE_S, free_port, platform_env

logging.getLogger("httpx").setLevel(logging.WARNING)

MANAGE = str(ROOT / "manage.py")
JOB_PATIENCE_S = 900.0


def manage(*arguments: str, env: Mapping[str, str]) -> str:
    """Run one management command to its end and return what it printed."""
    with talking(python(MANAGE, *arguments), env=env) as talker:
        code = talker.wait(patience_s=600)
        assert code == 0, talker.text
        return talker.text


@dataclass(frozen=True)
class Serving:
    """A served platform: its address, and the supervisor that all its processes descend from."""

    base: str
    talker: Talker

    @property
    def pid(self) -> int:
        return self.talker.process.pid


@contextlib.contextmanager
def starting(env: Mapping[str, str], *, port: int | None = None) -> Iterator[Serving]:
    """`manage.py serve` on `port`, else a free one, once it answers."""
    port = port or free_port()
    with talking(python(MANAGE, "serve", "--port", str(port)), env=env) as talker:
        talker.wait_for(r"ready: http", patience_s=START_PATIENCE_S)
        yield Serving(f"http://127.0.0.1:{port}", talker)


@contextlib.contextmanager
def serving(env: Mapping[str, str]) -> Iterator[str]:
    """As `starting`; yields the address alone."""
    with starting(env) as process:
        yield process.base


class Api:
    """A person's client: JSON in and out, every answer checked."""

    def __init__(self, base: str, token: str):
        self.base = base
        headers = {"Authorization": f"Bearer {token}"}
        self.http = httpx.Client(base_url=f"{base}/api/v1/", headers=headers, timeout=PATIENCE_S)

    def call(self, method: str, path: str, *, expect: int | tuple[int, ...] = 200, **kwargs: Any):
        answer = self.http.request(method, path, **kwargs)
        wanted = (expect,) if isinstance(expect, int) else expect
        assert answer.status_code in wanted, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    def get(self, path: str, **kwargs: Any) -> Any:
        return self.call("GET", path, **kwargs).json()

    def post(self, path: str, body: Any = None, *, expect: int | tuple[int, ...] = 201, **kwargs):
        return self.call("POST", path, json=body or {}, expect=expect, **kwargs).json()

    def fetch(self, url: str, **headers: str) -> httpx.Response:
        """What an answer linked to, such as `audio_url`."""
        return self.http.get(f"{self.base}{url}", headers=headers)

    def patch(self, path: str, body: Any) -> Any:
        return self.call("PATCH", path, json=body).json()

    def all(self, path: str) -> list[dict[str, Any]]:
        """Every row of a paged list."""
        rows: list[dict[str, Any]] = []
        url: str | None = path
        while url:
            page = self.get(url)
            rows += page["results"]
            url = page["next"]
        return rows

    def job(self, answer: Mapping[str, Any], *, expect: str = "succeeded") -> dict[str, Any]:
        """Wait for the job of a 202 answer and check how it ended."""
        deadline = time.monotonic() + JOB_PATIENCE_S
        path = f"jobs/{answer['job']['id']}/"
        while (job := self.get(path)["job"])["state"] in ("queued", "running"):
            assert time.monotonic() < deadline, f"{path} did not end: {job}"
            time.sleep(0.2)
        assert job["state"] == expect, job
        return job


def home_env(home: Path, **more: str) -> dict[str, str]:
    """The environment of an installation of its own below `home`, its database migrated and its
    static files collected.

    A `DATABASE_URL` of the caller's stays as it is.
    """
    collected.copy_to(home)
    given = {"DATABASE_URL": more.get("DATABASE_URL") or migrated.database(home)}
    return platform_env(home, SPEECHEQ_DEBUG="0", **more | given)
