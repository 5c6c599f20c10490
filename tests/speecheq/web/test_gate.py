"""One request of a process computes at a time; a slow one holds the others up once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from speecheq.web.gate import Gate, one_at_a_time
from speecheq.wsgi import application

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


def call(app):
    return app({}, lambda *_: None)


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


def test_what_is_sent_after_the_answer_began_is_outside():
    """An audio file on its way to a slow phone leaves the gate open."""

    def download(environ, start_response):
        return (part for part in (b"a", b"b"))

    app = one_at_a_time(download, Gate(FOREVER_S))
    first, second = call(app), call(app)
    assert [next(first), next(second), next(first)] == [b"a", b"a", b"b"]


def test_the_platform_is_served_behind_a_gate():
    assert application.__qualname__.startswith("one_at_a_time")
