"""A booth: the recorder page in a Chromium whose microphone is fed from a WAV, or beeps."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, BrowserContext, Page, Playwright
from playwright.sync_api import Error as PlaywrightError

from tests.support.browser import PATIENCE_MS, Watch, find_chromium, launch_flags
from tests.support.processes import named, running, tree, wait_until
from tests.support.servers import Server

READY = ".recorder[data-ready]"
FAKE_DEVICE = "--use-fake-device-for-media-stream"
# Says yes in a person's place: without windows there is nobody to ask.
SAYS_YES = "--use-fake-ui-for-media-stream"
ALLOWED = ["microphone"]
# A take begins with what came just before the press, and no end of an utterance may be in that.
LET_PASS_MS = 1000
SILENT = """silent =>
  document.querySelector("[data-meter=value]").textContent.startsWith("-120") === silent"""


# Counts what the page takes over of the microphone's sound. A busy machine is late with it.
COUNT_FRAMES = """(() => {
  const copy = AudioData.prototype.copyTo;
  window.framesHeard = 0;
  AudioData.prototype.copyTo = function (...given) {
    window.framesHeard += this.numberOfFrames;
    return copy.apply(this, given);
  };
})()"""
PIECES = """() => new Promise((done, fail) => {
  const asked = indexedDB.open("speecheq-takes");
  asked.onerror = () => fail(asked.error);
  asked.onsuccess = () => {
    const all = asked.result.transaction("pieces").objectStore("pieces").getAll();
    all.onsuccess = () => {
      asked.result.close();
      done(all.result.map(({ bytes }) => bytes.length / 2));
    };
  };
})"""


@dataclass
class Booth:
    """A browser at the recorder page of a session."""

    context: BrowserContext
    page: Page
    server: Server
    session: str
    prompts: list[str]
    pids: list[int] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"{self.server.url}/sessions/{self.session}/record/"

    def come_by_link(self) -> None:
        """As the speaker in their own browser, without an account."""
        self.context.clear_cookies()
        cookie = asked(self.server, f"link({self.session!r})")
        self.context.add_cookies([cookie | {"url": self.server.url}])

    def enter(self, page: Page | None = None) -> None:
        """Open the recorder page; where the microphone is allowed, it is opened by itself."""
        page = page or self.page
        page.goto(self.path)
        page.wait_for_selector("[data-part=main][data-action=begin]:not([disabled])")

    def begin(self, page: Page | None = None) -> None:
        self.enter(page)
        (page or self.page).keyboard.press("Space")
        self.wait_for("ready", page)

    def wait_for(self, phase: str, page: Page | None = None) -> None:
        (page or self.page).wait_for_selector(f".recorder[data-phase={phase}]")

    def start(self, page: Page | None = None) -> None:
        """Record, until told to stop."""
        (page or self.page).keyboard.press("Space")
        self.wait_for("recording", page)

    def stop(self, page: Page | None = None) -> None:
        """Until the verdict is there."""
        page = page or self.page
        page.keyboard.press("Space")
        page.wait_for_selector("[data-part=verdict]:not([hidden])")

    def speak(self, ms: int = 100, page: Page | None = None) -> None:
        """One take. It is longer by what the page adds before and after: half a second."""
        self.start(page)
        (page or self.page).wait_for_timeout(ms)
        self.stop(page)

    def hear(self, *, silent: bool) -> None:
        """Until the meter shows digital silence, or anything else."""
        self.page.wait_for_function(SILENT, arg=silent)

    def start_in_silence(self) -> None:
        """Record from before the next utterance that the microphone is fed with. The silence before
        it has to be a new one: of one that was there already nobody knows how much is left."""
        self.hear_one()
        self.page.wait_for_timeout(LET_PASS_MS)
        self.start()

    def hear_one(self) -> None:
        """Until an utterance is over, whether or not it has begun."""
        self.hear(silent=False)
        self.hear(silent=True)

    def frames_heard(self) -> int:
        """How much sound came since the page was loaded. Needs COUNT_FRAMES as its first script."""
        return int(self.page.evaluate("framesHeard"))

    def pieces(self) -> list[int]:
        """Frames of each piece that the browser keeps: of 16 bits."""
        return list(self.page.evaluate(PIECES))

    def wait_until_kept(self, frames: int) -> None:
        """Until the browser keeps so many frames of takes."""
        wait_until(lambda: sum(self.pieces()) >= frames, f"{frames} frames are written down")

    def wait_until_sent(self, page: Page | None = None) -> None:
        (page or self.page).wait_for_selector("[data-part=waiting]", state="hidden")

    def takes(self) -> list[dict[str, Any]]:
        return list(asked(self.server, f"takes({self.session!r})"))

    def wait_for_takes(self, n: int) -> list[dict[str, Any]]:
        """Until the server has `n` takes. The page itself may wait a minute to try again."""
        deadline = time.monotonic() + 2 * PATIENCE_MS / 1000
        while len(found := self.takes()) < n:
            assert time.monotonic() < deadline, f"the server has {len(found)} takes, not {n}"
            self.page.wait_for_timeout(50)  # and not a sleep: routes of the test are served here
        return found

    def hold_up(self, seconds: float) -> None:
        """Stop all processes that run pages, as a machine does that swaps: neither the page nor
        what plays its sound gets on."""
        renderers = named(self.family(), "--type=renderer")
        assert renderers
        with ExitStack() as held:
            for each in renderers:
                with suppress(psutil.NoSuchProcess):  # a spare one ends when nobody wants it
                    each.suspend()
                    held.callback(each.resume)
            time.sleep(seconds)

    def family(self) -> list[psutil.Process]:
        """All processes of this browser."""
        return list({each for pid in self.pids for each in tree(pid)})

    def kill(self) -> None:
        """SIGKILL, as the system does when memory is short: nothing is tidied up. Another browser
        may open the profile when this returns."""
        family = self.family()
        for pid in self.pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)  # its children end with it
        wait_until(lambda: not running(family), "the browser and its children are gone")


def asked(server: Server, call: str) -> Any:
    """What a function of seed_recording printed."""
    printed = server.run(f"from tests.e2e.browser import seed_recording; seed_recording.{call}")
    return json.loads(printed.strip().splitlines()[-1])


def flags(fed: Path | None = None, *, once: bool = False) -> list[str]:
    """Of a Chromium whose microphone plays `fed`, over and over unless `once`; or beeps."""
    found = [*launch_flags(), FAKE_DEVICE, SAYS_YES]
    if fed:
        end = "%noloop" if once else ""
        found.append(f"--use-file-for-fake-audio-capture={fed}{end}")
    return found


@contextmanager
def booth(
    playwright: Playwright,
    server: Server,
    profile: Path,
    made: dict[str, Any],
    fed: Path | None = None,
    *,
    once: bool = False,
    language: str = "en",
) -> Iterator[Booth]:
    """A browser of its own on `profile`, which outlives it."""
    before = processes_on(profile)
    context = playwright.chromium.launch_persistent_context(
        str(profile),
        executable_path=find_chromium(),
        args=flags(fed, once=once),
        base_url=server.url,
        permissions=ALLOWED,
    )
    pids = [pid for pid in processes_on(profile) if pid not in before]
    with _seated(context, server, made, language) as found:
        found.pids = pids
        yield found


@contextmanager
def compartment(
    browser: Browser,
    server: Server,
    made: dict[str, Any],
    *,
    language: str = "en",
    **options: Any,
) -> Iterator[Booth]:
    """A profile of its own in a browser that is shared, and forgotten at the end."""
    context = browser.new_context(**{"base_url": server.url, "permissions": ALLOWED} | options)
    with _seated(context, server, made, language) as found:
        yield found


@contextmanager
def _seated(
    context: BrowserContext, server: Server, made: dict[str, Any], language: str
) -> Iterator[Booth]:
    watching = Watch(server.url)
    context.on("page", watching.follow)
    context.on("request", watching.see)
    sign_in(context, server, language)
    try:
        yield Booth(context, context.new_page(), server, made["session"], made["prompts"])
    finally:
        # One that was killed has nothing left to close.
        with suppress(PlaywrightError):
            context.close()
    assert watching.violations == [], "the content security policy was violated"
    assert watching.foreign == [], "a page asked another host"
    assert watching.errors == [], "a script failed"


def sign_in(context: BrowserContext, server: Server, language: str = "en") -> None:
    """As the operator of all sessions."""
    cookies = {"sessionid": asked(server, "sign_in()"), "django_language": language}
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
