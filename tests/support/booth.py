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
from tests.support.fed import RATE_HZ
from tests.support.processes import named, running, tree, wait_until
from tests.support.servers import Server

READY = ".recorder[data-ready]"
FAKE_DEVICE = "--use-fake-device-for-media-stream"
# Says yes in a person's place: without windows there is nobody to ask.
SAYS_YES = "--use-fake-ui-for-media-stream"
ALLOWED = ["microphone"]
# The button is disabled until the page does what it says, and the microphone is open.
MAY_BEGIN = ".recorder[data-ready] [data-part=main][data-action=begin]:not([disabled])"
SILENT = """silent => {
  const told = document.querySelector("[data-meter=value]").textContent;
  return told.includes("dBFS") && told.startsWith("-120") === silent;
}"""
# Follows what the page takes over of the microphone's sound, which a busy machine is late with:
# frames, and utterances that digital silence parts. An utterance "began" after such a silence.
LISTEN_IN = """(() => {
  if (!window.AudioData) return;
  const copy = AudioData.prototype.copyTo;
  const heard = (window.heard = { frames: 0, began: 0, ended: 0 });
  let silent = 0;
  let isSpeech = false;
  AudioData.prototype.copyTo = function (samples, ...more) {
    copy.call(this, samples, ...more);
    heard.frames += this.numberOfFrames;
    const isSilent = samples.every((value) => Math.abs(value) < 1e-6);
    const wasLong = silent > 0.3 * this.sampleRate;
    silent = isSilent ? silent + this.numberOfFrames : 0;
    if (!isSilent && wasLong) [isSpeech, heard.began] = [true, heard.began + 1];
    if (isSpeech && silent > 0.3 * this.sampleRate) [isSpeech, heard.ended] = [false, heard.began];
  };
})()"""
# Chromium's fake microphone gives the same beeps over and over, and two takes as long as each other
# may be the same file: to the server that is one take. No real microphone gives the same twice.
HISS = """(() => {
  if (!window.AudioData) return;
  const copy = AudioData.prototype.copyTo;
  AudioData.prototype.copyTo = function (samples, ...more) {
    copy.call(this, samples, ...more);
    for (let n = 0; n < samples.length; n++) samples[n] += (Math.random() - 0.5) / 1000;
  };
})()"""
# In one moment of the page, however long the next request of the test takes to come.
TWICE = """code => {
  const about = { code, key: code, bubbles: true, cancelable: true };
  for (const _time of [1, 2]) document.body.dispatchEvent(new KeyboardEvent("keydown", about));
}"""
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
        page.wait_for_selector(MAY_BEGIN)

    def begin(self, page: Page | None = None) -> None:
        self.enter(page)
        (page or self.page).keyboard.press("Space")
        self.wait_for("ready", page)

    def wait_for(self, phase: str, page: Page | None = None) -> None:
        (page or self.page).wait_for_selector(f".recorder[data-phase={phase}]")

    def start(self, page: Page | None = None) -> None:
        """Record, until told to stop. What lies before a gap is not in a take: of a machine that is
        just then too busy it may have next to nothing yet."""
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

    def speak_shortly(self, key: str = "Space") -> None:
        """A take of half a second at most, by a key that starts and stops it at once."""
        self.page.evaluate(TWICE, key)
        self.page.wait_for_selector("[data-part=verdict]:not([hidden])")

    def hear(self, *, silent: bool) -> None:
        """Until the meter shows digital silence, or anything else: it may be late."""
        self.page.wait_for_function(SILENT, arg=silent)

    def hear_one(self) -> None:
        """Until an utterance is over that begins later than now. Needs LISTEN_IN as a script of
        the page, as all that follow."""
        self.hear_out(self.hear_begin())

    def hear_begin(self) -> int:
        """Until an utterance begins; its number."""
        n = self._heard("began") + 1
        self.page.wait_for_function("n => heard.began >= n", arg=n)
        return n

    def hear_out(self, n: int) -> None:
        """Until utterance `n` is over."""
        self.page.wait_for_function("n => heard.ended >= n", arg=n)

    def frames_heard(self) -> int:
        """How much sound came since the page was loaded."""
        return self._heard("frames")

    def hear_more(self, seconds: float) -> None:
        """Until so much more sound has come."""
        n = self.frames_heard() + round(seconds * RATE_HZ)
        self.page.wait_for_function("n => heard.frames >= n", arg=n)

    def _heard(self, what: str) -> int:
        return int(self.page.evaluate("what => heard[what]", what))

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
                    held.callback(go_on, each)
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


def go_on(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        process.resume()


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
    context.add_init_script(LISTEN_IN)
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
    context.add_init_script(LISTEN_IN)
    context.add_init_script(HISS)
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
