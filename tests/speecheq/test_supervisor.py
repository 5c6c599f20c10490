"""The supervisor with small real children: kept running, ended, never orphaned."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from speecheq.supervisor.child import Child, Spec, describe_exit
from speecheq.supervisor.console import MAX_LINE_BYTES, Console, LineSplitter
from tests.support.processes import ROOT, Talker, named, python, running, talking, tree, wait_until

pytestmark = pytest.mark.processes

SLEEP = "import time; print('hello'); time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf'); time.sleep(600)"
CRASH = "import sys; print('no database'); sys.exit(3)"
WITH_GRANDCHILDREN = """
import subprocess, sys, time
sleep = [sys.executable, '-S', '-c', 'import signal, time; signal.signal(15, 1); time.sleep(600)']
subprocess.Popen(sleep)
subprocess.Popen(sleep, start_new_session=True)
print('born')
time.sleep(600)
"""


@contextlib.contextmanager
def supervised(folder: Path, *children: tuple[str, str]) -> Iterator[Talker]:
    """A supervisor over (name, Python source) children, as a process of its own."""
    script = ROOT / "tests" / "speecheq" / "supervised.py"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "platform"), str(ROOT)])}
    with talking(python(str(script), json.dumps(children)), env=env, cwd=folder) as talker:
        yield talker


def child_of(talker: Talker) -> psutil.Process:
    """The one supervised child: not the guardian."""
    children = psutil.Process(talker.process.pid).children()
    (only,) = set(running(children)) - set(named(children, "guardian.py"))
    return only


def guardians_of(talker: Talker) -> list[psutil.Process]:
    """None while one is being started: a process bears its program's name only once it runs it."""
    return running(named(psutil.Process(talker.process.pid).children(), "guardian.py"))


def test_lines_carry_the_name_of_the_process(tmp_path):
    with supervised(tmp_path, ("first", SLEEP)) as talker:
        talker.wait_for("hello")
        assert re.search(r"^\d\d:\d\d:\d\d first  \| hello$", talker.text, re.MULTILINE)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_every_process_and_exits_cleanly(tmp_path, number):
    with supervised(tmp_path, ("first", SLEEP), ("second", WITH_GRANDCHILDREN)) as talker:
        talker.wait_for("born")
        everyone = tree(talker.process.pid)
        talker.process.send_signal(number)
        assert talker.wait() == 0
        assert running(everyone) == []


def test_a_child_deaf_to_sigterm_is_killed_in_bounded_time(tmp_path):
    with supervised(tmp_path, ("first", STUBBORN)) as talker:
        talker.wait_for("deaf")
        everyone = tree(talker.process.pid)
        talker.process.terminate()
        assert talker.wait() == 0
        assert "first did not end in time: killed." in talker.text
        assert running(everyone) == []


def test_a_killed_supervisor_leaves_no_process_behind(tmp_path):
    """Not even a grandchild that ignores SIGTERM or leads a session of its own."""
    children = [("first", SLEEP), ("second", STUBBORN), ("third", WITH_GRANDCHILDREN)]
    with supervised(tmp_path, *children) as talker:
        for said in ("hello", "deaf", "born"):
            talker.wait_for(said)
        everyone = tree(talker.process.pid)
        assert len(everyone) == 1 + 1 + 3 + 2  # supervisor, guardian, children, grandchildren
        talker.process.kill()
        talker.wait()
        wait_until(lambda: not running(everyone), "nothing of the tree runs")


def test_a_killed_child_is_started_again_and_its_own_children_end(tmp_path):
    with supervised(tmp_path, ("first", WITH_GRANDCHILDREN)) as talker:
        talker.wait_for("born")
        old = child_of(talker)
        below = tree(old.pid)[1:]
        old.kill()
        talker.wait_for(r"first ended \(killed by SIGKILL\)")
        talker.wait_for(r"first starts again in")
        talker.wait_for(r"born[\s\S]*born")
        assert child_of(talker).pid != old.pid
        assert len(below) == 2 and running(below) == []


def test_a_child_that_keeps_failing_stops_everything_with_a_sentence(tmp_path):
    with supervised(tmp_path, ("good", SLEEP), ("bad", CRASH)) as talker:
        talker.wait_for("hello")
        everyone = tree(talker.process.pid)
        assert talker.wait() == 1
        assert "bad failed 5 times in a row: giving up." in talker.text
        assert "bad    | no database" in talker.text
        assert running(everyone) == []


def test_a_program_that_does_not_exist_is_named(tmp_path):
    console = io.StringIO()
    from speecheq.supervisor.core import Supervisor

    supervisor = Supervisor([], Console(console))
    child = Child(Spec("ghost", ["/no/such/program"]))
    with open(os.devnull, "wb") as nowhere:
        supervisor.announce_fd = nowhere.fileno()
        supervisor._start(child)
    assert "ghost cannot start" in console.getvalue()
    assert "/no/such/program" in console.getvalue()


def test_a_killed_guardian_is_replaced_and_still_guards(tmp_path):
    with supervised(tmp_path, ("first", STUBBORN)) as talker:
        talker.wait_for("deaf")
        (old,) = guardians_of(talker)
        old.kill()
        talker.wait_for("the guardian ended; starting another")
        wait_until(lambda: guardians_of(talker), "the new guardian runs")
        everyone = tree(talker.process.pid)
        talker.process.kill()
        talker.wait()
        wait_until(lambda: not running(everyone), "nothing of the tree runs")
        assert running(everyone) == []


def test_a_later_child_waits_until_the_earlier_one_is_ready(tmp_path):
    with supervised(
        tmp_path, ("first.ready", SLEEP), ("second", "print('up')" + "\n" + SLEEP)
    ) as t:
        t.wait_for("hello")
        assert "| up" not in t.text
        (tmp_path / "first.ready").touch()
        t.wait_for(r"second \| up")


def test_restarts_wait_longer_each_time_and_end_at_the_fifth_failure():
    child = Child(Spec("x", ["true"]))
    child.started_at = float("inf")  # never steady
    assert [child.plan_restart() for _ in range(5)] == [1.0, 2.0, 4.0, 8.0, None]


def test_a_child_that_ran_steadily_has_its_failures_forgotten():
    child = Child(Spec("x", ["true"]))
    child.failures = 4
    child.started_at = float("-inf")
    assert child.plan_restart() == 1.0


def test_exits_are_told_in_words():
    assert describe_exit(3) == "exit code 3"
    assert describe_exit(-9) == "killed by SIGKILL"


def test_lines_are_whole_whatever_the_chunks():
    splitter = LineSplitter()
    assert splitter.feed("声".encode()[:2]) == []
    assert splitter.feed("声".encode()[2:] + b" a\nrest") == ["声 a"]
    assert splitter.feed(b"") == ["rest"]


def test_a_line_that_never_ends_is_cut():
    assert len(LineSplitter().feed(b"x" * (MAX_LINE_BYTES + 1))) == 1


def test_a_terminal_gets_colours_and_a_file_does_not(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal, file = Terminal(), io.StringIO()
    Console(terminal).line("web", "hi")
    Console(file).line("web", "hi")
    assert "\x1b[36m" in terminal.getvalue()
    assert "\x1b" not in file.getvalue()


def test_a_reader_that_went_away_does_not_end_serving():
    class Gone(io.StringIO):
        tries = 0

        def write(self, text: str) -> int:
            self.tries += 1
            raise BrokenPipeError

    reader = Gone()
    console = Console(reader)
    console.line("web", "hi")
    console.line("web", "still here")
    assert reader.tries > 0
