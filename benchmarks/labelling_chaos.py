"""10,000 submits from 50 clients while web, worker and Redis are killed five times.

Real HTTP with sessions to `manage.py serve`, on both databases. Four times all three get SIGKILL
and the supervisor starts them again; the last time the supervisor itself is killed and another is
started. Clients click twice, send labels that do not exist, skip, answer late, and send again
whatever got no answer. Then the rows are held against what each client was told.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial

from benchmarks.labelling import chaos, ours
from benchmarks.labelling.chaos import Plan, Story
from benchmarks.labelling.killing import Mortal
from benchmarks.labelling.ours import Installation, Person
from tests.support.invariants import CHECKS as ALWAYS

CHECKS = (*ALWAYS, "unfilled")


@dataclass
class Found:
    """How one run ended. `broken`: sentences by check; all lists empty where all is well."""

    story: Story
    broken: dict[str, list[str]]
    extras: int
    kinds: dict[str, int]  # assignments of each kind
    kills: list[str]
    outages_s: list[float]
    wall_s: float

    @property
    def submits(self) -> int:
        return len(self.story.ledger.acknowledged)

    @property
    def is_sound(self) -> bool:
        nothing = not any(self.broken.values()) and not self.story.unexpected
        return nothing and self.extras < self.submits / 100


# Ends the lease of one assignment, as time would.
LAPSE = """
import sys
from datetime import timedelta
import django
from django.utils import timezone
django.setup()
from annotation.models import Assignment
from annotation.services import leases
held = Assignment.objects.filter(public_id=sys.argv[1])
held.update(expires_at=timezone.now() - timedelta(seconds=1))
leases.reap_expired()
"""


def run(database: str, plan: Plan, *, waits: bool = True) -> Found:
    """One run on a database of its own. Without `waits`, leases of those who answer late are ended
    instead of waited for, so that they may be longer than any outage."""
    seed = ["--annotators", str(plan.clients), "--campaign", f"all:{plan.clips + plan.gold}"]
    seed += ["--overlap", str(plan.overlap), "--lease-s", str(plan.lease_s)]
    seed += ["--gold", str(plan.gold)]
    for kind in ("gold", "repeat"):
        seed += [f"--{kind}-share", str(plan.planned_share)]
    with ours.installed(database, *seed) as here:
        return disturbed(here, plan, None if waits else partial(let_lapse, here))


def let_lapse(here: Installation, task: str) -> None:
    """End the lease of an assignment."""
    command = [sys.executable, "-c", LAPSE, task]
    subprocess.run(command, env=ours.child_env(here.env), cwd=ours.ROOT, check=True)


def disturbed(
    here: Installation, plan: Plan, let_lapse: Callable[[str], None] | None = None
) -> Found:
    """Fill the installation's campaign `all` while its processes are killed, and look at it."""
    campaign, killed = here.campaigns["all"], list[str]()
    with Mortal(here.env) as server:

        def disturb(story: Story, deadline: float) -> None:
            for i in range(plan.kills):
                due = plan.slots * (i + 1) // (plan.kills + 1)
                while story.answers < due:
                    if time.monotonic() > deadline:
                        return
                    time.sleep(0.02)
                if i < plan.kills - 1:
                    killed.append("+".join(server.kill_children()))
                else:
                    server.kill_everything()
                    killed.append("all")

        people = []
        for name in here.usernames:
            people.append(Person(server.base, campaign))
            people[-1].sign_in(name, here.password)
        began = time.monotonic()
        story = chaos.run(people, plan, disturb=disturb, let_lapse=let_lapse)
        wall_s = time.monotonic() - began
        checked = check(here, campaign, story)
    facts = (checked["broken"], checked["extras"], checked["kinds"])
    return Found(story, *facts, killed, server.outages_s, wall_s)


def check(here: Installation, campaign: str, story: Story) -> dict:
    """Hold the rows against the ledger, in a child that may read the database."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.invariants", campaign],
        input=json.dumps(asdict(story.ledger)),
        env=ours.child_env(here.env),
        cwd=ours.ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


def report(name: str, plan: Plan, found: Found) -> list[str]:
    seen = found.story.seen
    unanswered = sum(n for what, n in seen.items() if what == "no answer" or what[:4] == "HTTP")
    counts = [
        found.submits,
        len(found.kills),
        unanswered,
        seen["double"],
        seen["refused"],
        seen["late"],
        found.kinds.get("gold", 0) + found.kinds.get("repeat", 0),
        *(len(found.broken[check]) for check in CHECKS),
        len(found.story.unexpected),
    ]
    share = f"{found.extras} ({found.extras / found.submits:.2%})"
    rate = f"{found.submits / found.wall_s:.1f}"
    longest = f"{max(found.outages_s, default=0):.1f}"
    cells = [name, *map(str, counts), share, rate, longest]
    return ["| " + " | ".join(cells) + " |"]


def header() -> list[str]:
    columns = ["database", "acknowledged", "kills", "sent again", "double clicks", "refused"]
    columns += [
        "late on purpose",
        "gold and repeats",
        *CHECKS,
        "unexpected answers",
        "extras",
        "labels/s",
    ]
    columns += ["longest outage s"]
    return ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submits", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--lease-s", type=int, default=20)
    parser.add_argument("--patience-s", type=float, default=1500)
    parser.add_argument("--databases", nargs="+", default=ours.DATABASES, choices=ours.DATABASES)
    asked = parser.parse_args()
    plan = Plan(
        submits=asked.submits,
        clients=asked.clients,
        kills=asked.kills,
        lease_s=asked.lease_s,
        patience_s=asked.patience_s,
        late=asked.submits // 250,
        gold=20,
        planned_share=0.05,
    )
    lines, wrong = header(), []
    for name in asked.databases:
        found = run(name, plan)
        lines += report(name, plan, found)
        sentences = [one for many in found.broken.values() for one in many]
        wrong += [f"- {name}: {one}" for one in [*sentences, *found.story.unexpected][:20]]
        wrong += [] if found.is_sound else [f"- {name}: **not sound**"]
    print("\n".join([*lines, "", *(wrong or ["Nothing is wrong."])]))


if __name__ == "__main__":
    main()
