"""The clients that do everything wrong: they notice when the server does too."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import labelling_curves as curves
from benchmarks.labelling import chaos, killing
from benchmarks.labelling.chaos import OutOfPatience, Plan, Story
from benchmarks.labelling.ours import Person
from benchmarks.labelling.workload import Calls, Outcome
from speecheq.supervisor import broker, plan

QUIET = {"double_share": 0, "invalid_share": 0, "reuse_share": 0, "skip_share": 0}


class Desk(http.server.BaseHTTPRequestHandler):
    """Offers six assignments, one by one, and stores whatever comes, however often."""

    protocol_version = "HTTP/1.1"
    offered = 0
    stored: list[tuple[str, str]] = []
    breakdowns = 0
    lock = threading.Lock()

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.lock:
            if Desk.breakdowns:
                Desk.breakdowns -= 1
                self._answer(503, {})
            elif self.path.endswith("/next/"):
                Desk.offered += 1
                left = [{"id": f"asg_{Desk.offered}"}] if Desk.offered <= 6 else []
                self._answer(200, {"assignments": left})
            else:
                task = self.path.split("/")[-3]
                self.stored.append((task, self.headers["Idempotency-Key"]))
                answer = {"id": f"ann_{len(self.stored)}", "assignment": task, "counted": True}
                self._answer(201, answer | {"labels": body["labels"]})

    def _answer(self, status: int, body: dict) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Nothing to say."""


@pytest.fixture
def person() -> Iterator[Person]:
    Desk.offered, Desk.stored, Desk.breakdowns = 0, [], 0
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Person(f"http://127.0.0.1:{server.server_port}", "cmp_1")
    server.shutdown()
    server.server_close()


def planned(**more: float) -> Plan:
    shares = {**QUIET, **more}
    return Plan(submits=6, clients=1, kills=0, lease_s=5, patience_s=300, **shares)


def at_rest(story: Story, deadline: float) -> None:
    """Nothing is killed."""


def test_an_orderly_client_fills_every_slot_once(person):
    story = chaos.run([person], planned(), disturb=at_rest)
    assert len(Desk.stored) == len({key for _task, key in Desk.stored}) == 6
    assert [one["id"] for one in story.ledger.acknowledged] == [f"ann_{i}" for i in range(1, 7)]
    assert (story.unexpected, story.ledger.pending, story.ledger.refused) == ([], [], [])


def test_what_breaks_down_is_sent_again_under_the_same_key(person):
    Desk.breakdowns = 3
    story = chaos.run([person], planned(), disturb=at_rest)
    assert story.seen["HTTP 503"] == 3
    assert len(story.ledger.acknowledged) == 6


def test_a_double_click_that_is_stored_twice_is_noticed(person):
    story = chaos.run([person], planned(double_share=1), disturb=at_rest)
    assert len(story.unexpected) == 6
    assert "A double click on asg_1 got two answers" in story.unexpected[0]
    assert len({key for _task, key in Desk.stored}) == 6


def test_a_label_that_does_not_exist_and_is_taken_is_noticed(person):
    story = chaos.run([person], planned(invalid_share=1), disturb=at_rest)
    assert len(story.ledger.refused) == 6
    assert all("got 201" in one for one in story.unexpected)


def test_a_key_that_is_taken_for_another_body_is_noticed(person):
    story = chaos.run([person], planned(reuse_share=1), disturb=at_rest)
    assert sum("other body: 201" in one for one in story.unexpected) == 6
    assert sum("again: 201" in one for one in story.unexpected) == 6


def test_who_answers_late_lets_the_lease_lapse_first(person):
    lapsed: list[tuple[str, int]] = []

    def let_lapse(task: str) -> None:
        lapsed.append((task, len(Desk.stored)))

    shape = Plan(submits=6, clients=1, kills=0, lease_s=5, patience_s=300, late=1, **QUIET)
    story = chaos.run([person], shape, disturb=at_rest, let_lapse=let_lapse)
    [(task, stored_before)] = lapsed
    assert Desk.stored[stored_before][0] == task
    assert (story.seen["late"], len(Desk.stored)) == (1, 6)


def test_a_server_that_never_comes_back_ends_the_run(person):
    Desk.breakdowns = 1_000
    short = Plan(submits=3, clients=1, kills=0, lease_s=5, patience_s=0.5, **QUIET)
    # Either way: whoever begins only when the time is over, on a busy machine, asks nothing.
    with pytest.raises(OutOfPatience, match=r"next/ got no answer|0 answers for 3 slots"):
        chaos.run([person], short, disturb=at_rest)


def test_answers_held_back_are_spread_over_the_clients(person):
    shape = Plan(submits=100, clients=4, kills=0, lease_s=5, patience_s=1, late=6)
    clients = [
        chaos.Client(person, i, shape, Story(), deadline=0, let_lapse=lambda _task: None)
        for i in range(4)
    ]
    assert [len(client.late_at) for client in clients] == [2, 2, 1, 1]
    assert (shape.clips, shape.slots) == (34, 102)


def test_every_victim_is_one_child_of_the_supervisor(tmp_path):
    specs = plan.platform_specs(
        Path("/srv"), folder=tmp_path, redis_url="", fd=3, address="", web_workers=2
    )
    redis, _url = broker.redis_spec(tmp_path)
    found = {spec.name: killing.victim_of(spec.command) for spec in [redis, *specs]}
    named = {"redis": "redis", "web": "web", "worker": "worker"}
    assert found == {**named, "gpu": None, "beat": None}


def outcome(labels: int) -> Outcome:
    return Outcome(labels, 1.0, 1.0, 1.0, Calls([0.01]), Calls([0.01]))


def test_a_curve_is_as_flat_as_its_points_are_beside_each_other_in_most_rounds():
    """A machine of half the speed in one round, and one busy moment, change nothing."""
    slow = curves.Point("slow", lambda: outcome(8), [outcome(n) for n in (4, 8, 8, 1)])
    fast = curves.Point("fast", lambda: outcome(10), [outcome(n) for n in (5, 10, 10, 10)])
    assert curves.Curve("both", [slow, fast]).flatness == pytest.approx(0.8)


def test_points_take_turns_after_a_warm_up():
    order: list[str] = []

    def point(name: str) -> curves.Point:
        return curves.Point(name, lambda: order.append(name) or outcome(1))

    points = [point("a"), point("b")]
    curves.take_turns(points, 2)
    assert order == ["a", "b", "a", "b", "b", "a"]
    assert [len(one.rounds) for one in points] == [2, 2]


@pytest.mark.parametrize(("n", "text"), [(1_000, "1k"), (1_000_000, "1M"), (1_500, "1500")])
def test_sizes_are_written_short(n, text):
    assert curves.short(n) == text
