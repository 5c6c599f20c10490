"""The labelling benchmark's own parts: what it sends, what it counts, what it seeds."""

from __future__ import annotations

import argparse
import http.server
import json
import subprocess
import sys
import threading

import pytest

from annotation.models import (
    Annotation,
    AnnotationLabel,
    Assignment,
    Campaign,
    CampaignMember,
    Item,
)
from annotation.services import queue
from benchmarks import labelling_page
from benchmarks.labelling import connection as connections
from benchmarks.labelling import label_studio, ours, processes, report, workload
from benchmarks.labelling.connection import Connection, Reply
from benchmarks.labelling.workload import Calls, Outcome
from benchmarks.servers import rerank, seed
from speecheq.models import User


class Handler(http.server.BaseHTTPRequestHandler):
    """Sets a CSRF cookie, tells its CPU, and remembers the headers it was sent."""

    protocol_version = "HTTP/1.1"
    seen: list[dict[str, str]] = []
    connections: set[tuple[str, int]] = set()

    def do_GET(self) -> None:
        self.seen.append(dict(self.headers))
        self.connections.add(self.client_address)
        self.send_response(418 if self.path == "/teapot" else 200)
        self.send_header("Set-Cookie", "csrftoken=abc; Path=/; SameSite=Lax")
        self.send_header("Set-Cookie", "sessionid=s1; HttpOnly")
        self.send_header("Server-Timing", "cpu;dur=1.250")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Nothing to say."""


@pytest.fixture
def base():
    Handler.seen, Handler.connections = [], set()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_cookies_and_the_csrf_token_come_back_as_a_browser_sends_them(base):
    connection = Connection(base)
    connection.get("/").expect(200)
    connection.post("/", {})
    assert "Cookie" not in Handler.seen[0]
    assert Handler.seen[1]["Cookie"] == "csrftoken=abc; sessionid=s1"
    assert Handler.seen[1]["X-CSRFToken"] == "abc"
    assert Handler.seen[1]["Content-Type"] == "application/json"


def test_requests_share_a_connection_until_it_was_idle(base, monkeypatch):
    monkeypatch.setattr(connections, "IDLE_S", 600.0)  # no pause of this machine is as long
    connection = Connection(base)
    for _ in range(3):
        connection.get("/")
    assert len(Handler.connections) == 1
    connection.used_at -= 601
    connection.get("/")
    assert len(Handler.connections) == 2


def test_a_twin_is_the_same_person_on_another_connection(base):
    connection = Connection(base)
    connection.get("/")
    connection.twin().get("/")
    assert Handler.seen[1]["Cookie"] == "csrftoken=abc; sessionid=s1"
    assert len(Handler.connections) == 2


def test_the_servers_own_cpu_is_read_where_it_is_told(base):
    assert Connection(base).get("/").cpu_ms == 1.25


def test_an_unexpected_status_is_an_error_with_the_servers_words(base):
    with pytest.raises(RuntimeError, match=r"HTTP 418: b'\{\}'"):
        Connection(base).get("/teapot").expect(200)


class Desk:
    """A server in memory: so many tasks for everybody."""

    name, behind = "desk", "nothing"

    def __init__(self, tasks: int):
        self.tasks = [str(i) for i in range(tasks)]
        self.answered: list[str] = []

    def roots(self) -> tuple[int, ...]:
        return ()

    def annotator(self, i: int) -> DeskPerson:
        return DeskPerson(self)


class DeskPerson:
    def __init__(self, desk: Desk):
        self.desk = desk
        self.connection = Connection("http://localhost:1")
        self.connection.last = Reply(200, b"", 2.0)

    def next(self) -> str | None:
        return self.desk.tasks.pop() if self.desk.tasks else None

    def submit(self, task: str) -> None:
        self.desk.answered.append(task)


def test_each_annotator_labels_as_often_as_asked():
    desk = Desk(100)
    done = workload.label(desk, workload.sign_in(desk, 4), 5)
    assert done.labels == len(desk.answered) == len(done.next.seconds) == 20
    assert done.submit.mean_cpu_ms == 2.0
    assert done.labels_per_s > 0


def test_work_that_runs_out_stops_the_benchmark():
    desk = Desk(3)
    with pytest.raises(RuntimeError, match="desk has no work left for person 0"):
        workload.label(desk, workload.sign_in(desk, 1), 5)


def outcome(labels: int, wall_s: float, ms: list[float]) -> Outcome:
    calls = Calls([one / 1000 for one in ms], [1.0] * len(ms))
    return Outcome(labels, wall_s, 0.5, 100.0, calls, calls)


def test_rounds_add_up_to_one_outcome():
    both = report.merged([outcome(10, 1.0, [1, 2]), outcome(30, 1.0, [3, 4, 5])])
    assert both.labels_per_s == 20
    assert both.cpu_ms_per_label == 25
    assert both.next.percentile_ms(50) == pytest.approx(3)
    assert both.memory_mb == 100


def test_a_row_has_a_cell_for_every_column():
    line = report.row("sqlite", "SpeechEQ", 0.4, outcome(10, 2.0, [1, 2, 3]))
    assert line.count("|") == report.COLUMNS.splitlines()[0].count("|")
    assert line.startswith("| sqlite | SpeechEQ | 0.4 s | 5.0 | 2.0 / 2.9 / 3.0 |")


@pytest.mark.parametrize(
    ("value", "at_least", "word"),
    [(3.0, False, "holds"), (3.1, False, "missed"), (3.0, True, "holds"), (2.9, True, "missed")],
)
def test_a_bar_says_whether_it_holds(value, at_least, word):
    assert f": {word})" in report.verdict("ratio", value, 3, at_least=at_least)


def test_cpu_counts_children_that_ended():
    spin = "import time\nwhile time.process_time() < 0.3: pass"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {spin!r}])"
    code += "; print('ended', flush=True); input()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], **pipes) as one:
        assert one.stdout.readline() == b"ended\n"
        assert processes.cpu_s([one.pid]) >= 0.25  # told in ticks of 10 ms
        assert processes.memory_mb([one.pid]) > 1
        one.stdin.write(b"\n")
    assert processes.cpu_s([one.pid]) == 0


def test_the_peer_is_looked_for_where_make_puts_it(tmp_path, monkeypatch):
    assert label_studio.find(None, tmp_path) is None
    program = tmp_path / ".venv-label-studio-server" / "bin" / "label-studio"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    assert label_studio.find(None, tmp_path) == program
    assert label_studio.find(str(tmp_path / "none"), tmp_path) is None
    monkeypatch.chdir(program.parent)  # it is run in a folder of its own
    assert label_studio.find(program.name, tmp_path) == program


def test_an_unknown_database_is_named(tmp_path):
    with (
        pytest.raises(ValueError, match="No database 'oracle'; there are sqlite, postgres"),
        ours.database_of("oracle", tmp_path),
    ):
        pass


@pytest.fixture
def filled(db):
    """An installation with 40 clips, 15 of which the second annotator has labelled."""
    asked = argparse.Namespace(
        annotators=2,
        campaign=["small:40"],
        history=["small:1:15"],
        overlap=3,
        lease_s=600,
        gold=0,
        gold_share=0.0,
        repeat_share=0.0,
    )
    return seed.seed(asked)


def test_the_seeded_past_adds_up(filled):
    member = CampaignMember.objects.get(user__username="bench-1")
    done = Item.objects.filter(done=1, free=2, leased=0, needed=3)
    assert (Item.objects.count(), done.count(), member.done, member.offered) == (40, 15, 15, 15)
    assert Assignment.objects.filter(state="done", annotator=member.user).count() == 15
    answers = Annotation.objects.filter(counted=True, scheme__code="seqd-1", flags=[], extras={})
    assert answers.count() == AnnotationLabel.objects.filter(esc="HAP", eis=2).count() == 15
    ordinals = Assignment.objects.order_by("item__rank").values_list("ordinal", flat=True)
    assert list(ordinals) == list(range(1, 16))


def test_whoever_has_a_past_is_offered_the_first_clip_beyond_it(filled):
    user = User.objects.get(username="bench-1")
    campaign = Campaign.objects.get(public_id=filled["campaigns"]["small"])
    [offered] = queue.claim_next(campaign=campaign, annotator=user, count=1)
    assert offered.item == Item.objects.order_by("rank")[15]


def test_the_seeded_people_can_sign_in(filled, client):
    for name in filled["usernames"]:
        assert client.login(username=name, password=filled["password"])


def test_a_re_ranking_puts_its_clips_first(filled):
    campaign = Campaign.objects.get(public_id=filled["campaigns"]["small"])
    assert rerank.rerank(campaign.public_id, n=5, seed=3) == 5
    first = campaign.items.order_by("rank")[:5]
    assert {item.arm for item in first} == {"chosen"}
    campaign.refresh_from_db()
    assert campaign.order_version == 1


def test_a_server_has_settled_when_it_leaves_the_cores_alone(monkeypatch):
    used = iter([0.0, 1.5, 1.5, 3.0, 3.0, 3.01])
    pauses: list[float] = []
    monkeypatch.setattr(processes, "cpu_s", lambda roots: next(used))
    monkeypatch.setattr(processes.time, "sleep", pauses.append)
    processes.settle((1,))
    assert len(pauses) == 3
    assert next(used, None) is None


@pytest.mark.django_db
@pytest.mark.database
def test_the_page_is_measured_at_a_desk_that_somebody_can_sit_down_at(capsys, client):
    exec(labelling_page.SEED.format(clips=2), {})
    desks, password = capsys.readouterr().out.strip().splitlines()
    [desk] = json.loads(desks)
    assert Campaign.objects.get(public_id=desk["campaign"]).items.count() == 2
    assert client.login(username=desk["username"], password=password)
