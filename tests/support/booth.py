"""A booth: a Chromium whose microphone is fed from a WAV, on a profile that outlives it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from playwright.sync_api import BrowserContext, Page, Playwright
from playwright.sync_api import Error as PlaywrightError
from scipy.signal import fftconvolve

from tests.e2e.browser.seed_recording import OPERATOR
from tests.support.browser import Watch, find_chromium, launch_flags
from tests.support.servers import Server

RATE_HZ = 44_100  # of Chromium's fake microphone: at another one it would resample the file
READY = ".recorder[data-ready]"


def voice(seconds: float, *, seed: int) -> np.ndarray:
    """(frames,) float: syllables of noise-rich voice; no stretch of it is like another."""
    rng = np.random.default_rng(seed)
    n = round(seconds * RATE_HZ)
    t = np.arange(n) / RATE_HZ
    pitch = 120 + 30 * np.cumsum(rng.normal(0, 1, n)) / np.sqrt(n)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
    voiced = np.asarray(sum(np.sin(k * phase) / k for k in range(1, 9)))
    syllables = 0.15 + 0.85 * np.sin(2 * np.pi * 2.0 * t) ** 2
    return np.asarray(0.1 * syllables * (voiced + rng.normal(0, 0.5, n)))


def fed_file(path: Path, *, lead_s: float, spoken: np.ndarray, tail_s: float = 3.0) -> Path:
    """Digital silence, speech, digital silence: where the speech begins and ends is exact."""
    parts = [np.zeros(round(lead_s * RATE_HZ)), spoken, np.zeros(round(tail_s * RATE_HZ))]
    soundfile.write(path, np.concatenate(parts), RATE_HZ, subtype="PCM_16")
    return path


@dataclass
class Booth:
    """A browser at the recorder page of a session."""

    context: BrowserContext
    page: Page
    server: Server
    session: str
    prompts: list[str]
    watch: Watch
    errors_wanted: bool = False
    pids: list[int] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"{self.server.url}/sessions/{self.session}/record/"

    def enter(self, page: Page | None = None) -> None:
        """Open the recorder page and allow the microphone."""
        page = page or self.page
        page.goto(self.path)
        page.wait_for_selector(READY)
        page.click("[data-part=allow]")
        page.wait_for_selector("[data-part=main][data-action=begin]:not([disabled])")

    def begin(self, page: Page | None = None) -> None:
        self.enter(page)
        (page or self.page).keyboard.press("Space")
        self.wait_for("ready", page)

    def wait_for(self, phase: str, page: Page | None = None) -> None:
        (page or self.page).wait_for_selector(f".recorder[data-phase={phase}]")

    def speak(self, ms: int = 1000, page: Page | None = None) -> None:
        """One take, until its verdict is there."""
        page = page or self.page
        page.keyboard.press("Space")
        self.wait_for("recording", page)
        page.wait_for_timeout(ms)
        page.keyboard.press("Space")
        page.wait_for_selector("[data-part=verdict]:not([hidden])")

    def wait_until_sent(self, page: Page | None = None) -> None:
        (page or self.page).wait_for_selector("[data-part=waiting]", state="hidden")

    def takes(self) -> list[dict[str, Any]]:
        return asked(self.server, f"takes({self.session!r})")

    def wait_for_takes(self, n: int) -> list[dict[str, Any]]:
        """Until the server has `n` takes."""
        for _ in range(100):
            if len(self.takes()) >= n:
                return self.takes()
            self.page.wait_for_timeout(200)  # and not a sleep: routes of the test are served here
        raise AssertionError(f"the server has {len(self.takes())} takes, not {n}")

    def kill(self) -> None:
        """SIGKILL, as the system does when memory is short: nothing is tidied up."""
        for pid in self.pids:
            with_group(pid)


def with_group(pid: int) -> None:
    """Kill a process that this test started; its children end with it."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def asked(server: Server, call: str) -> Any:
    """What a function of seed_recording printed."""
    printed = server.run(f"from tests.e2e.browser import seed_recording; seed_recording.{call}")
    return json.loads(printed.strip().splitlines()[-1])


@contextmanager
def booth(
    playwright: Playwright,
    server: Server,
    profile: Path,
    made: dict[str, Any],
    fed: Path | None,
    *,
    language: str = "en",
    **options: Any,
) -> Iterator[Booth]:
    """A browser on `profile`; without a file its microphone beeps."""
    flags = [
        *launch_flags(),
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
    ]
    if fed:
        flags.append(f"--use-file-for-fake-audio-capture={fed}%noloop")
    before = processes_on(profile)
    context = playwright.chromium.launch_persistent_context(
        str(profile), executable_path=find_chromium(), args=flags, base_url=server.url, **options
    )
    watching = Watch(server.url)
    context.on("page", watching.follow)
    context.on("request", watching.see)
    sign_in(context, server, language)
    page = context.new_page()
    pids = [pid for pid in processes_on(profile) if pid not in before]
    made_booth = Booth(context, page, server, made["session"], made["prompts"], watching, pids=pids)
    try:
        yield made_booth
    finally:
        # One that was killed has nothing left to close.
        with suppress(PlaywrightError):
            context.close()
    assert watching.violations == [], "the content security policy was violated"
    assert watching.foreign == [], "a page asked another host"
    assert watching.errors == [], "a script failed"


def sign_in(context: BrowserContext, server: Server, language: str) -> None:
    code = f"from tests.e2e.browser.people import session; session({OPERATOR!r})"
    cookies = {"sessionid": server.run(code).strip(), "django_language": language}
    context.add_cookies(
        [{"name": name, "value": value, "url": server.url} for name, value in cookies.items()]
    )


def processes_on(profile: Path) -> list[int]:
    """Browsers whose command line names this profile, and so no other browser of the machine."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            line = (entry / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if f"--user-data-dir={profile}" in line and "--type=" not in line:
            found.append(int(entry.name))
    return found


# --- what came of it ----------------------------------------------------------------------------


def sounding(samples: np.ndarray) -> np.ndarray:
    """(frames,) without the digital silence before and after."""
    heard = np.flatnonzero(np.abs(samples) > 1e-6)
    return samples[heard[0] : heard[-1] + 1] if len(heard) else samples[:0]


def aligned(take: np.ndarray, fed: np.ndarray) -> tuple[float, int]:
    """Correlation of two (frames,) where they fit best, over all that they share; and by how many
    frames `take` begins later in `fed` (negative: earlier)."""
    score = fftconvolve(take, fed[::-1])
    lag = len(fed) - 1 - int(np.argmax(score))
    ours, theirs = take[max(0, -lag) :], fed[max(0, lag) :]
    n = min(len(ours), len(theirs))
    return float(np.corrcoef(ours[:n], theirs[:n])[0, 1]), lag


def read(path: str) -> np.ndarray:
    """(frames,) of a stored take; its rate must be that of the microphone."""
    samples, rate_hz = soundfile.read(path)
    assert rate_hz == RATE_HZ and samples.ndim == 1
    return np.asarray(samples)
