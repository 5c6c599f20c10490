"""Annotators who do everything wrong, at a platform whose processes are killed under them.

They click twice, send labels that do not exist, use a key again for something else, skip, and
answer after their lease ran out; and they send again, under the same key, whatever got no answer.
What each was told is kept in a ledger, to be held against the rows.
"""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from benchmarks.labelling.connection import Connection, Reply
from benchmarks.labelling.ours import API, Person
from tests.support.invariants import Ledger

INVALID: tuple[list[dict[str, Any]], ...] = (
    [],
    [{"esc": "JOY", "eis": 2}],
    [{"esc": "HAP", "eis": 7}],
    [{"esc": "HAP", "eis": 0}],
    [{"esc": "NEU", "eis": 2}],
    [{"esc": "HAP", "eis": 2}, {"esc": "SAD", "eis": 1}],
)


@dataclass(frozen=True)
class Plan:
    """How much is asked of how many, and how often things go wrong."""

    submits: int
    clients: int
    kills: int
    lease_s: int
    patience_s: float
    overlap: int = 3
    late: int = 0  # answers held back on purpose until their lease ran out
    gold: int = 0  # clips offered among the ordinary ones, beside repeats of own ones
    planned_share: float = 0.0  # of offers that are gold, and again of those that are repeats
    double_share: float = 0.1
    invalid_share: float = 0.05
    reuse_share: float = 0.03
    skip_share: float = 0.01

    @property
    def clips(self) -> int:
        return -(-self.submits // self.overlap)

    @property
    def slots(self) -> int:
        return self.clips * self.overlap


@dataclass
class Story:
    """What happened so far, told by all clients together."""

    ledger: Ledger = field(default_factory=Ledger)
    seen: Counter[str] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)
    idle: set[int] = field(default_factory=set)  # clients whose last `next` was empty
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str) -> None:
        with self.lock:
            self.seen[what] += 1

    def surprise(self, what: str) -> None:
        with self.lock:
            self.unexpected.append(what)

    def acknowledge(self, answer: dict[str, Any]) -> None:
        with self.lock:
            self.ledger.acknowledged.append(answer)

    def note(self, client: int, *, is_idle: bool) -> None:
        with self.lock:
            (self.idle.add if is_idle else self.idle.discard)(client)

    @property
    def answers(self) -> int:
        return len(self.ledger.acknowledged)


class OutOfPatience(RuntimeError):
    """The server did not come back in time."""


class Client:
    """One annotator, until there is nothing left for anybody."""

    def __init__(
        self,
        person: Person,
        i: int,
        plan: Plan,
        story: Story,
        *,
        deadline: float,
        let_lapse: Callable[[str], None],
    ):
        self.person = person
        self.i = i
        self.plan = plan
        self.story = story
        self.deadline = deadline
        self.let_lapse = let_lapse
        self.rng = random.Random(i)
        # Spread over the first half of its work, so that the last ones do not hold up the end.
        mine = plan.late // plan.clients + (i < plan.late % plan.clients)
        half = max(mine, plan.submits // plan.clients // 2)
        self.late_at = set(self.rng.sample(range(half), mine))
        self.answered = 0

    def work(self) -> None:
        # Somebody who holds a clip may yet give it back, so that nobody leaves before all are idle.
        while len(self.story.idle) < self.plan.clients and time.monotonic() < self.deadline:
            path = f"{API}/campaigns/{self.person.campaign}/next/"
            reply = self._until_answered(self.person.connection, path, {"count": 2})
            if reply.status != 200:
                self.story.surprise(f"next: {reply.status} {reply.body[:200]!r}")
                time.sleep(0.5)
                continue
            offered = reply.json()["assignments"]
            self.story.note(self.i, is_idle=not offered)
            for one in offered:
                self._handle(one["id"])
            if not offered:
                time.sleep(0.3)

    def _handle(self, task: str) -> None:
        if self.rng.random() < self.plan.skip_share:
            self._skip(task)
            return
        if self.rng.random() < self.plan.invalid_share:
            self._send_invalid(task)
        if self.answered in self.late_at:
            self.story.count("late")
            self.let_lapse(task)
        self.answered += 1
        self._answer(task)

    def _answer(self, task: str) -> None:
        key, body = str(uuid.uuid4()), self._judgement()
        twice = self.rng.random() < self.plan.double_share
        self.story.ledger.pending.append(key)
        replies = self._double(task, key, body) if twice else [self._submit(task, key, body)]
        answers = [reply.json() for reply in replies if reply.status in (200, 201)]
        for reply in replies:
            if reply.status not in (200, 201):
                self.story.surprise(f"submit of {task}: {reply.status} {reply.body[:200]!r}")
        if not answers:
            return
        if any(answer != answers[0] for answer in answers):
            self.story.surprise(f"A double click on {task} got two answers: {answers}")
        self.story.acknowledge(answers[0])
        self.story.ledger.pending.remove(key)
        if self.rng.random() < self.plan.reuse_share:
            self._reuse(task, key, body, answers[0])

    def _judgement(self) -> dict[str, Any]:
        esc = self.rng.choice(["NEU", "HAP", "ANG", "SAD"])
        eis = 0 if esc == "NEU" else self.rng.choice([1, 2, 3])
        return {"labels": [{"esc": esc, "eis": eis}], "listened_ms": 1500, "replays": 0}

    def _submit(
        self, task: str, key: str, body: dict[str, Any], connection: Connection | None = None
    ) -> Reply:
        path = f"{API}/assignments/{task}/submit/"
        return self._until_answered(connection or self.person.connection, path, body, key=key)

    def _double(self, task: str, key: str, body: dict[str, Any]) -> list[Reply]:
        """The same answer over two connections at once."""
        self.story.count("double")
        mine = self.person.connection
        other = mine.twin()
        with ThreadPoolExecutor(2) as pool:
            replies = list(pool.map(lambda c: self._submit(task, key, body, c), (mine, other)))
        other.close()
        return replies

    def _send_invalid(self, task: str) -> None:
        key = str(uuid.uuid4())
        body = {"labels": self.rng.choice(INVALID), "listened_ms": 1500, "replays": 0}
        self.story.ledger.refused.append(key)
        reply = self._submit(task, key, body)
        self.story.count("refused")
        if reply.status not in (400, 422):
            self.story.surprise(f"{body['labels']} got {reply.status} {reply.body[:200]!r}")

    def _reuse(self, task: str, key: str, body: dict[str, Any], answer: dict[str, Any]) -> None:
        """The key again: with the same body the same answer, with another a conflict."""
        self.story.count("reused")
        again = self._submit(task, key, body)
        if again.status != 200 or again.json() != answer:
            self.story.surprise(f"{task} again: {again.status} {again.body[:300]!r}, not {answer}")
        other = self._submit(task, key, {**body, "replays": 9})
        if other.status != 409:
            self.story.surprise(f"{task}, other body: {other.status} {other.body[:200]!r}")

    def _skip(self, task: str) -> None:
        self.story.count("skipped")
        path = f"{API}/assignments/{task}/skip/"
        reply = self._until_answered(self.person.connection, path, {"reason": "noise"})
        if reply.status not in (200, 409):  # 409: it was skipped, and the answer got lost
            self.story.surprise(f"skip of {task}: {reply.status} {reply.body[:200]!r}")

    def _until_answered(
        self, connection: Connection, path: str, body: object, *, key: str = ""
    ) -> Reply:
        """Send, and send again, until a server says something that is not a breakdown."""
        headers = {"Idempotency-Key": key} if key else {}
        while True:
            try:
                reply = connection.post(path, body, **headers)
                if reply.status < 500:
                    return reply
                self.story.count(f"HTTP {reply.status}")
            except OSError:
                self.story.count("no answer")
            if time.monotonic() > self.deadline:
                raise OutOfPatience(f"{path} got no answer.")
            time.sleep(random.uniform(0.1, 0.6))


def run(
    people: list[Person],
    plan: Plan,
    *,
    disturb: Callable[[Story, float], None],
    let_lapse: Callable[[str], None] | None = None,
) -> Story:
    """Let everybody work until nothing is left, while `disturb(story, deadline)` runs beside.

    let_lapse: lets the lease of this assignment run out; else it is waited for.

    Raises OutOfPatience when something is left when the time is over.
    """
    story, deadline = Story(), time.monotonic() + plan.patience_s
    let_lapse = let_lapse or (lambda _task: time.sleep(plan.lease_s + 3))
    clients = [
        Client(person, i, plan, story, deadline=deadline, let_lapse=let_lapse)
        for i, person in enumerate(people)
    ]
    with ThreadPoolExecutor(len(clients) + 1) as pool:
        beside = pool.submit(disturb, story, deadline)
        for done in [pool.submit(client.work) for client in clients]:
            done.result()
        beside.result()
    if len(story.idle) < plan.clients:
        raise OutOfPatience(
            f"{story.answers} answers for {plan.slots} slots in {plan.patience_s:.0f} s; "
            f"seen {dict(story.seen)}, unexpected {story.unexpected[:5]}."
        )
    return story
