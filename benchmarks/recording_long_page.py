"""A file of hours through the page: sent by Chromium, cut off midway, read, searched and cut.

A whole platform is served (web, workers, Redis, SQLite). Chromium opens the page of a session,
chooses the file and sends it; once `CUT_AT` of it is there, the network is taken away in the middle
of a piece, the page is opened anew and the same file chosen again. The workers read it, search it
and align it to a script of what was spoken; the page asks for another search and for the cut. Then
the hash of the stored file is held against that of the file, each take against its samples, and
each region's prompt against what was said there. Memory is the largest any one process ever had
(VmHWM), looked at four times a second.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import soundfile
from playwright.sync_api import Page, Playwright, Request, expect, sync_playwright

from benchmarks.labelling.processes import cpu_s, tree
from tests.e2e.platform_process import home_env, starting
from tests.support.browser import BROWSERS, find_chromium, launch_flags
from tests.support.shell import Shell

CUT_AT = 0.4
PATIENCE_MS = 1_800_000
SPARE = 2.5  # times the file: the file itself, its upload, and what is made of it
ROLES = {"gunicorn": "web", "celery": "worker", "redis-server": "Redis"}
HERE = "from benchmarks import recording_long_page as page; page."


# --- within the served platform ---------------------------------------------------------------


def seed(texts: str) -> None:
    """A session whose script is these texts (a JSON file) in their order; prints who and which."""
    from annotation.models import Prompt, Script, ScriptSection, Session, SessionPrompt
    from tests.e2e.browser import people, seed_recording

    with contextlib.redirect_stdout(None):
        seed_recording.seed(n_prompts=1)
    session = Session.objects.get()
    script = Script.objects.create(code="long", version=1, language="en", title="Long")
    section = ScriptSection.objects.create(script=script, position=1, name="all")
    rows = [
        Prompt(
            script=script,
            section=section,
            position=n,
            key=f"p{n:04}",
            text=text,
            transcript=text,
            language="en",
            target_esc="NEU",
            target_eis=0,
        )
        for n, text in enumerate(json.loads(Path(texts).read_text()), start=1)
    ]
    Prompt.objects.bulk_create(rows)
    session.places.all().delete()
    Session.objects.update(script=script)
    places = [
        SessionPrompt(session=session, prompt=prompt, position=prompt.position)
        for prompt in script.prompts.order_by("position")
    ]
    SessionPrompt.objects.bulk_create(places)
    print(session.public_id)
    people.session(seed_recording.OPERATOR)


def told() -> None:
    """What came of it: hash, regions with their prompts, jobs, and takes with their places."""
    from annotation.models import LongRecording, Take
    from annotation.services.recording import long_regions
    from speecheq.models import Job

    long = LongRecording.objects.get()
    regions = long_regions.regions_of(long)
    jobs = {job.kind: job for job in Job.objects.order_by("pk")}
    found = {
        "stored": str(long.file.path),
        "sha256": long.sha256,
        "regions": [
            [r.start_frame, r.end_frame, r.prompt.key if r.prompt else None] for r in regions
        ],
        "seconds": {
            kind: (job.finished_at - job.started_at).total_seconds() for kind, job in jobs.items()
        },
        "results": {
            kind: {**job.result, "refused": len(job.result.get("refused", []))}
            for kind, job in jobs.items()
        },
        "takes": [[take.file.path, take.reported["cut_from"]] for take in Take.objects.all()],
    }
    print(json.dumps(found))


# --- the processes ----------------------------------------------------------------------------


@dataclass
class Memory:
    """The largest resident size that a process of each role ever had, MiB."""

    root: int
    peaks: dict[str, float] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Memory:
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.25):
            for process in tree([self.root]):
                with contextlib.suppress(psutil.Error, OSError):
                    self._look(process)

    def _look(self, process: psutil.Process) -> None:
        command = " ".join(process.cmdline())
        role = next((role for word, role in ROLES.items() if word in command), "other")
        status = Path(f"/proc/{process.pid}/status").read_text()
        peak = re.search(r"VmHWM:\s+(\d+) kB", status)
        mib = int(peak[1]) / 1024 if peak else 0.0
        self.peaks[role] = max(self.peaks.get(role, 0.0), mib)


@dataclass
class Stretch:
    """What a part of the way took."""

    name: str
    wall_s: float = 0.0
    cpu_s: float = 0.0


class Way:
    """Measures the parts of the way, one after the other."""

    def __init__(self, root: int):
        self.root = root
        self.parts: list[Stretch] = []

    @contextlib.contextmanager
    def part(self, name: str) -> Iterator[None]:
        begun, before = time.perf_counter(), cpu_s([self.root])
        yield
        wall_s = time.perf_counter() - begun
        self.parts.append(Stretch(name, wall_s, cpu_s([self.root]) - before))


# --- the page ---------------------------------------------------------------------------------


def choose_and_send(page: Page, path: Path) -> None:
    page.locator("#long-file").set_input_files(path)
    page.get_by_role("button", name="Send").click()


def send(page: Page, path: Path, session: str) -> list[int]:
    """Through the page, cut off once; the offset of each piece that was begun."""
    offsets: list[int] = []

    def see(request: Request) -> None:
        if request.method == "PATCH":
            offsets.append(int(request.headers["upload-offset"]))

    page.on("request", see)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"/sessions/{session}/long/")
    choose_and_send(page, path)
    page.wait_for_function(
        "share => document.querySelector('.long-progress').value >= share",
        arg=CUT_AT,
        timeout=PATIENCE_MS,
    )
    page.context.set_offline(True)
    status = page.locator("[data-part=status]")
    expect(status).to_contain_text("No answer", timeout=60_000)
    page.context.set_offline(False)
    page.reload()
    expect(status).to_contain_text("was broken off")
    choose_and_send(page, path)
    page.wait_for_url("**/long/lrc_*/", wait_until="commit", timeout=PATIENCE_MS)
    return offsets


def wait_for_job(page: Page) -> None:
    """Until the page says that the latest job went well, then as it is from then on."""
    page.locator(".badge", has_text="succeeded").wait_for(state="attached", timeout=PATIENCE_MS)
    page.reload()
    page.wait_for_selector("form[data-ready]", timeout=120_000)


def ask_for(page: Page, button: str) -> None:
    """Press a button that begins a job; wait for the answer."""
    with page.expect_navigation(timeout=120_000):
        page.get_by_role("button", name=button, exact=True).click()


# --- all of it --------------------------------------------------------------------------------


def measure(path: Path, spoken: list[dict[str, Any]]) -> None:
    """Send `path` through the page; `spoken` is what its first channel holds. Prints a table."""
    size = path.stat().st_size
    free = shutil.disk_usage(path.parent).free
    if free < SPARE * size:
        raise SystemExit(f"{free / 1e9:.1f} GB are free; {SPARE * size / 1e9:.1f} are needed.")
    home = Path(tempfile.mkdtemp(prefix="sq-", dir=path.parent))
    texts = path.with_suffix(".json")
    texts.write_text(json.dumps([clip["text"] for clip in spoken]))
    env = home_env(home)
    try:
        with (
            starting(env) as platform,
            contextlib.closing(Shell(env)) as shell,
            sync_playwright() as playwright,
            Memory(platform.pid) as memory,
        ):
            way = Way(platform.pid)
            session, cookie = shell.run(f"{HERE}seed({str(texts)!r})").split()
            offsets, opened_s = walk(playwright, platform.base, path, session, cookie, way)
            found = json.loads(shell.run(f"{HERE}told()"))
            report(path, spoken, way, memory, offsets, found, opened_s)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def walk(
    playwright: Playwright, base: str, path: Path, session: str, cookie: str, way: Way
) -> tuple[list[int], float]:
    """All that a person does, and how long the editor took to open."""
    browser = playwright.chromium.launch(
        executable_path=find_chromium(BROWSERS), args=launch_flags()
    )
    context = browser.new_context(base_url=base)
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": base}])
    page = context.new_page()
    with way.part("sending, with the cut"):
        offsets = send(page, path, session)
    with way.part("reading, searching, aligning"):
        wait_for_job(page)
    begun = time.perf_counter()
    page.reload()
    page.wait_for_selector("form[data-ready]", timeout=120_000)
    opened_s = time.perf_counter() - begun
    with way.part("searching and aligning again"):
        ask_for(page, "Replace all regions")
        wait_for_job(page)
    with way.part("cutting"):
        ask_for(page, "Cut")
        wait_for_job(page)
    browser.close()
    return offsets, opened_s


def report(
    path: Path,
    spoken: list[dict[str, Any]],
    way: Way,
    memory: Memory,
    offsets: list[int],
    found: dict[str, Any],
    opened_s: float,
) -> None:
    size = path.stat().st_size
    whole = digest(path) == found["sha256"] == digest(Path(found["stored"]))
    same, n = same_samples(path, found["takes"])
    regions = found["regions"]
    right = sum(prompt_of(spoken, region) == region[2] for region in regions)
    cut = found["results"]["annotation.cut_long"]
    again = len(offsets) - len(set(offsets))
    rows = [
        (f"{len(offsets)} pieces were begun; the same one again", str(again)),
        ("SHA-256 of the stored file is the file's", "**yes**" if whole else "**no**"),
        *(
            (
                f"{part.name}: seconds elapsed; CPU seconds of all processes",
                f"{part.wall_s:.0f}; {part.cpu_s:.0f}",
            )
            for part in way.parts
        ),
        *(
            (f"largest {role} process, MiB", f"**{mib:.0f}**")
            for role, mib in sorted(memory.peaks.items())
        ),
        ("editor with all regions opened, s", f"{opened_s:.1f}"),
        (f"regions; with the right prompt of {len(spoken)}", f"{len(regions)}; {right}"),
        ("takes; refused", f"{n}; {cut['refused']}"),
        ("takes whose samples are the file's, bit for bit", f"**{same} of {n}**"),
    ]
    print(f"{size / 1e9:.2f} GB through the page, cut off at {CUT_AT:.0%} and taken up again.\n")
    print("| what | measured |\n| --- | --- |")
    for what, measured in rows:
        print(f"| {what} | {measured} |")


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def same_samples(path: Path, takes: list[list[Any]]) -> tuple[int, int]:
    """Takes whose samples and rate are those of the file where they were cut, and takes."""
    same = 0
    for name, origin in takes:
        start, end = origin["start_frame"], origin["end_frame"]
        whole, rate_hz = soundfile.read(path, start=start, stop=end, dtype="int16", always_2d=True)
        take, its_rate_hz = soundfile.read(name, dtype="int16", always_2d=True)
        plain = soundfile.info(name).subtype == "PCM_16" and its_rate_hz == rate_hz
        same += plain and np.array_equal(take[:, 0], whole[:, origin["channel"]])
    return same, len(takes)


def prompt_of(spoken: list[dict[str, Any]], region: list[Any]) -> str | None:
    """Key of the prompt of which most lies within a region; None where nothing does."""
    shared = [min(clip["end"], region[1]) - max(clip["start"], region[0]) for clip in spoken]
    best = int(np.argmax(shared))
    return f"p{best + 1:04}" if shared[best] > 0 else None
