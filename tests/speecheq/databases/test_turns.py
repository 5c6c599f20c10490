"""Whose turn it is to write: one at a time, woken at once, and freed by a death."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from speecheq.databases.sqlite3 import turns
from speecheq.databases.sqlite3.turns import SUFFIX, Turn, turn_at
from tests.support.processes import ROOT

HOLD = """
import sys
sys.path.insert(0, sys.argv[1])
from speecheq.databases.sqlite3.turns import Turn
turn = Turn(sys.argv[2])
assert turn.take(timeout_s=60)
print("held", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def path(tmp_path) -> str:
    return str(tmp_path / "db.sqlite3")


@pytest.fixture
def holder(path):
    """Another process, whose turn it is."""
    command = [sys.executable, "-c", HOLD, str(ROOT / "platform"), path]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_one_thread_at_a_time_has_the_turn(path):
    turn, writing, most, rounds = Turn(path), 0, 0, 0

    def write(_: int) -> None:
        nonlocal writing, most, rounds
        for _ in range(50):
            assert turn.take(timeout_s=60)
            writing += 1
            most, rounds = max(most, writing), rounds + 1
            writing -= 1
            turn.end()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert (most, rounds) == (1, 400)


def test_a_turn_that_does_not_come_in_time_is_refused_and_can_be_had_later(path):
    turn, other = Turn(path), Turn(path)
    assert turn.take(timeout_s=1)
    assert not other.take(timeout_s=0.02)
    with ThreadPoolExecutor(1) as pool:
        assert not pool.submit(turn.take, timeout_s=0.02).result()
    turn.end()
    assert other.take(timeout_s=1)


def test_another_process_is_waited_for(path, holder):
    turn = Turn(path)
    assert not turn.take(timeout_s=0.02)
    holder.communicate("done\n")
    assert turn.take(timeout_s=60)


def test_a_killed_process_holds_nothing_up(path, holder):
    turn, came = Turn(path), threading.Event()
    waiting = threading.Thread(target=lambda: turn.take(timeout_s=60) and came.set())
    waiting.start()
    assert not came.is_set()
    holder.kill()
    waiting.join()
    assert came.is_set()


def test_the_turns_of_one_file_are_shared_in_a_process(tmp_path):
    name = str(tmp_path / "db.sqlite3")
    assert turn_at(name) is turn_at(name)
    assert turn_at(str(tmp_path / "other.sqlite3")) is not turn_at(name)


def test_a_folder_that_takes_no_file_has_no_turns(tmp_path):
    assert turn_at(str(tmp_path / "missing" / "db.sqlite3")) is None


def test_a_folder_that_comes_later_has_turns_then(tmp_path):
    name = str(tmp_path / "later" / "db.sqlite3")
    assert turn_at(name) is None
    (tmp_path / "later").mkdir()
    assert turn_at(name) is not None


def test_a_file_system_without_locks_has_no_turns(path, monkeypatch):
    def refuse(file: int, how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(turns.fcntl, "flock", refuse)
    assert turn_at(path) is None


def test_the_file_may_be_opened_by_those_who_may_write_to_the_database(path):
    database = Path(path)
    database.touch()
    database.chmod(0o660)
    Turn(path)
    beside = Path(path + SUFFIX)
    assert beside.stat().st_mode & 0o777 == 0o660
    assert (beside.stat().st_uid, beside.stat().st_gid) == (
        database.stat().st_uid,
        database.stat().st_gid,
    )


def test_the_file_goes_with_its_database(path):
    assert turn_at(path) is not None
    turns.remove(path)
    assert not Path(path + SUFFIX).exists()
    turns.remove(path)


def test_a_forked_child_waits_for_its_parent(tmp_path):
    name = str(tmp_path / "db.sqlite3")
    mine = turn_at(name)
    assert mine is not None and mine.take(timeout_s=1)
    child = os.fork()
    if not child:
        its = turn_at(name)
        waited = its is not mine and not its.take(timeout_s=0.02)
        mine.end()  # as a connection does that the child closes: the parent keeps its turn
        os._exit(int(not waited or its.take(timeout_s=0.02)))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    mine.end()
    assert mine.take(timeout_s=1)
