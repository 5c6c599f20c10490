"""Label Studio Community as a server under test: the tool most people would use instead.

It lives in an environment of its own and is never part of the product. Every step goes over its
HTTP interface, as its own pages do it, behind the server that `label-studio start` runs.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from benchmarks.labelling import processes
from benchmarks.labelling.connection import Connection
from benchmarks.labelling.ours import database_of
from tests.support.servers import free_port

PASSWORD = "quiet-harbour-9"
START_S = 300.0
IMPORT_AT_ONCE = 2000
CONFIG = """<View>
  <Audio name="audio" value="$audio"/>
  <Choices name="esc" toName="audio" choice="single">
    <Choice value="NEU"/><Choice value="HAP"/><Choice value="ANG"/><Choice value="SAD"/>
    <Choice value="FEA"/><Choice value="SUR"/><Choice value="DIS"/>
  </Choices>
  <Choices name="eis" toName="audio" choice="single">
    <Choice value="0"/><Choice value="1"/><Choice value="2"/><Choice value="3"/>
  </Choices>
</View>"""
RESULT = [
    {"from_name": name, "to_name": "audio", "type": "choices", "value": {"choices": [value]}}
    for name, value in (("esc", "HAP"), ("eis", "2"))
]


def find(given: str | None, root: Path) -> Path | None:
    """The `label-studio` program: the one given, else the one `make bench-peer` installs."""
    path = Path(given) if given else root / ".venv-label-studio-server" / "bin" / "label-studio"
    return path.absolute() if os.access(path, os.X_OK) else None


class Person:
    """Somebody who signed in there."""

    def __init__(self, base: str, project: int):
        self.connection = Connection(base)
        self.project = project

    def next(self) -> str | None:
        reply = self.connection.get(f"/api/projects/{self.project}/next").expect(200, 404)
        return str(reply.json()["id"]) if reply.status == 200 else None

    def submit(self, task: str) -> None:
        body = {"result": RESULT, "lead_time": 1.5, "project": self.project, "draft_id": 0}
        path = f"/api/tasks/{task}/annotations/?project={self.project}"
        self.connection.post(path, body).expect(201)


class LabelStudio:
    """A running Label Studio with one project of `n_clips` tasks, three labels a task."""

    behind = "Django's development server, as `label-studio start` runs it"

    def __init__(self, base: str, pids: Sequence[int]):
        self.base = base
        self.pids = pids
        self.name = "Label Studio"
        self.project = 0

    def roots(self) -> Sequence[int]:
        return self.pids

    def fill(self, n_clips: int, *, overlap: int = 3) -> None:
        """Sign the owner up, make the project and import its tasks."""
        owner = self._sign_up("owner")
        version = owner.get("/api/version").json()["release"]
        self.name = f"Label Studio {version}"
        body = {"title": "bench", "label_config": CONFIG, "maximum_annotations": overlap}
        self.project = owner.post("/api/projects/", body).expect(201).json()["id"]
        for start in range(0, n_clips, IMPORT_AT_ONCE):
            some = range(start, min(start + IMPORT_AT_ONCE, n_clips))
            tasks = [{"audio": f"/static/clip{i:07d}.wav"} for i in some]
            path = f"/api/projects/{self.project}/import?commit_to_project=true"
            owner.post(path, [{"data": task} for task in tasks]).expect(200, 201)

    def annotator(self, i: int) -> Person:
        person = Person(self.base, self.project)
        person.connection = self._sign_up(f"bench-{i}")
        return person

    def _sign_up(self, name: str) -> Connection:
        """A new account, signed in, as the sign-up page makes it."""
        connection = Connection(self.base, timeout_s=300)
        connection.get("/user/signup/").expect(200)
        email = f"{name}-{os.urandom(3).hex()}@example.org"
        fields = {"email": email, "password": PASSWORD, "allow_newsletters": "false"}
        connection.submit_form("/user/signup/", fields).expect(302)
        return connection


@contextlib.contextmanager
def running_peer(program: Path, database: str, *, n_clips: int) -> Iterator[LabelStudio]:
    """Start it on a fresh database below a temporary folder, filled with work."""
    with contextlib.ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ls-", dir="/tmp")))
        url, pids = stack.enter_context(database_of(database, home))
        port = free_port()
        command = [str(program), "start", "--no-browser", "--port", str(port)]
        env = {**_clean_env(), **_database_env(url), "LABEL_STUDIO_BASE_DATA_DIR": str(home)}
        with open(home / "log", "wb") as log:
            process = subprocess.Popen(
                command, env=env, cwd=home, stdout=log, stderr=subprocess.STDOUT
            )
            stack.callback(_end, process)
        base = f"http://127.0.0.1:{port}"
        _wait(base, process, home / "log")
        peer = LabelStudio(base, (process.pid, *pids))
        peer.fill(n_clips)
        processes.settle(peer.roots())
        yield peer


def _clean_env() -> dict[str, str]:
    """Nothing of ours, and no calls to other hosts, which would only slow it down."""
    keep = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "TMPDIR")}
    quiet = {"COLLECT_ANALYTICS": "0", "SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": ""}
    return {**keep, **quiet, "LATEST_VERSION_CHECK": "0"}


def _database_env(url: str) -> dict[str, str]:
    if url.startswith("sqlite"):
        return {"DJANGO_DB": "sqlite"}
    parts = urlsplit(url)
    return {
        "DJANGO_DB": "default",
        "POSTGRE_HOST": unquote(parts.netloc.rpartition("@")[2]),
        "POSTGRE_USER": parts.username or "postgres",
        "POSTGRE_NAME": parts.path.lstrip("/"),
        "POSTGRE_PORT": "5432",
    }


def _wait(base: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until it answers; its migrations take minutes on the first start."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            if Connection(base).get("/health").status == 200:
                return
        time.sleep(0.5)
    raise RuntimeError(
        f"Label Studio does not answer:\n{log.read_text('utf-8', 'replace')[-2000:]}"
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
