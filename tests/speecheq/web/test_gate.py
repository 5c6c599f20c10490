"""One request of a process computes at a time; a slow one holds the others up once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager

import pytest

from speecheq.web.gate import Gate, one_at_a_time, step_out
from speecheq.wsgi import application
from tests.support.processes import wait_until

FOREVER_S = 60.0


class Counter:
    """A WSGI application that counts how many are inside, and stays as long as it is told."""

    def __init__(self, stay_s: float = 0.0):
        self.stay_s = stay_s
        self.inside = 0
        self.most = 0
        self._lock = threading.Lock()

    def __call__(self, environ, start_response):
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        time.sleep(self.stay_s)
        with self._lock:
            self.inside -= 1
        return [b"done"]


def call(app, method="GET", path="/"):
    return app({"REQUEST_METHOD": method, "PATH_INFO": path}, lambda *_: None)


@contextmanager
def in_line(gate, gone_in, **people):
    """One is inside; others come one after the other, each with whether it is urgent."""
    ticket = gate.enter()
    threads = []

    def go(name, urgent):
        mine = gate.enter(urgent=urgent)
        gone_in.append(name)
        gate.leave(mine)

    for n, (name, urgent) in enumerate(people.items(), start=1):
        threads.append(threading.Thread(target=go, args=(name, urgent), daemon=True))
        threads[-1].start()
        wait_until(lambda n=n: gate.waiting == n, "they stand in line")
    yield
    gate.leave(ticket)
    for thread in threads:
        thread.join(FOREVER_S)


def test_short_requests_are_done_one_after_the_other():
    counter = Counter(stay_s=0.002)
    app = one_at_a_time(counter, Gate(FOREVER_S))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: call(app), range(80)))
    assert answers == [[b"done"]] * 80
    assert counter.most == 1


def test_a_request_that_fails_lets_the_next_one_in():
    def broken(environ, start_response):
        raise LookupError("no")

    app = one_at_a_time(broken, Gate(FOREVER_S))
    for _ in range(3):
        with pytest.raises(LookupError):
            call(app)


def test_nobody_waits_for_a_request_beyond_the_patience():
    gate = Gate(patience_s=0.01)
    gate.enter()  # never leaves
    other = threading.Thread(target=gate.enter, daemon=True)
    other.start()
    other.join(FOREVER_S)
    assert not other.is_alive()


def test_a_slow_request_that_ends_late_does_not_open_the_gate_for_two():
    gate = Gate(patience_s=0.01)
    slow = gate.enter()
    inside = gate.enter()
    gate._patience_s = FOREVER_S
    gate.leave(slow)
    waiting = threading.Thread(target=gate.enter, daemon=True)
    waiting.start()
    waiting.join(0.05)
    assert waiting.is_alive(), "two were inside at once"
    gate.leave(inside)
    waiting.join(FOREVER_S)
    assert not waiting.is_alive()


def test_a_slow_request_holds_up_only_the_first_that_waits():
    """The one that lost patience is waited for in its turn, so those behind stay in line."""
    gate = Gate(patience_s=0.01)
    gate.enter()  # never leaves
    counter = Counter(stay_s=0.001)
    app = one_at_a_time(counter, gate)
    call(app)
    gate._patience_s = FOREVER_S
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: call(app), range(20)))
    assert counter.most == 1


def test_who_brings_a_label_goes_before_those_who_ask():
    gone_in: list[str] = []
    with in_line(Gate(FOREVER_S), gone_in, a=False, b=False, label=True, c=False):
        pass
    assert gone_in == ["label", "a", "b", "c"]


def test_nobody_is_passed_for_longer_than_the_patience():
    """One asks, and labels never stop coming."""
    gate = Gate(patience_s=0.03)
    over = threading.Event()

    def bring_labels():
        while not over.is_set():
            ticket = gate.enter(urgent=True)
            time.sleep(0.002)
            gate.leave(ticket)

    with ThreadPoolExecutor(5) as pool:
        for _ in range(4):
            pool.submit(bring_labels)
        wait_until(lambda: gate.waiting, "labels wait")
        asking = pool.submit(gate.enter)
        let_in, _ = wait([asking], FOREVER_S)
        over.set()
        gate._patience_s = 0.0  # whoever still waits goes home
    assert let_in == {asking}


@pytest.mark.parametrize(
    ("method", "path", "first"),
    [
        ("POST", "/api/v1/assignments/asg_1/submit/", True),
        ("GET", "/api/v1/assignments/asg_1/submit/", False),
        ("POST", "/api/v1/campaigns/cmp_1/next/", False),
    ],
)
def test_a_label_is_told_by_where_it_is_sent(method, path, first):
    gone_in: list[str] = []
    gate = Gate(FOREVER_S)
    app = one_at_a_time(lambda *_: gone_in.append("asked") or [b""], gate)
    with in_line(gate, gone_in, a=False):
        threading.Thread(target=call, args=(app, method, path), daemon=True).start()
        wait_until(lambda: gate.waiting == 2, "both stand in line")
    wait_until(lambda: len(gone_in) == 2, "both were let in")
    assert gone_in == (["asked", "a"] if first else ["a", "asked"])


def test_what_is_sent_after_the_answer_began_is_outside():
    """An audio file on its way to a slow phone leaves the gate open."""

    def download(environ, start_response):
        return (part for part in (b"a", b"b"))

    app = one_at_a_time(download, Gate(FOREVER_S))
    first, second = call(app), call(app)
    assert [next(first), next(second), next(first)] == [b"a", b"a", b"b"]


def test_who_waits_for_a_slow_client_waits_outside():
    """An upload over a bad line leaves the gate to others before it reads its body."""
    gate = Gate(FOREVER_S)
    is_read, arrives = threading.Event(), threading.Event()

    def upload(environ, start_response):
        step_out(environ)
        step_out(environ)  # again changes nothing
        is_read.set()
        arrives.wait(FOREVER_S)
        return [b"stored"]

    slow = one_at_a_time(upload, gate)
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(call, slow)
        assert is_read.wait(FOREVER_S)
        assert call(one_at_a_time(lambda *_: [b"quick"], gate)) == [b"quick"]
        assert not sending.done()
        arrives.set()
        assert sending.result(FOREVER_S) == [b"stored"]


def test_stepping_out_where_there_is_no_gate_is_nothing():
    environ: dict[str, object] = {}
    step_out(environ)
    assert environ == {}


def test_the_platform_is_served_behind_a_gate():
    assert application.__qualname__.startswith("one_at_a_time")
