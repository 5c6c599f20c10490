"""The labelling page as one person uses it, in Chromium, at a really served platform.

Enter to the next audible clip: from the time stamp of the key event (taken by the browser's input
thread) to the first sample of the next clip that is not zero, as an AudioWorklet tapped onto each
source hears it, moved to the clock of the page by `getOutputTimestamp`, so the browser's own output
latency counts (which is printed too). Chromium's network emulation adds the delay to every request.
Clips begin with sound in their first sample and last 0.6 to 6.5 s.

The waveform is seen first as the server draws it into the page; script draws it again, sharper.

Bytes are those of the wire, headers included, from opening the page until the network is quiet:
with an empty cache, then again with a full one.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from tests.e2e.platform_process import home_env, manage, starting
from tests.support.browser import BROWSERS, find_chromium, launch_flags

READY = ".labelling[data-ready][data-state=ready]"
KEYS = ("Digit2", "KeyK", "Enter")
TAP = """
registerProcessor("tap", class extends AudioWorkletProcessor {
  silent = true;
  process([[samples]]) {
    const first = samples ? samples.findIndex((value) => value !== 0) : -1;
    if (first >= 0 && this.silent) this.port.postMessage((currentFrame + first) / sampleRate);
    this.silent = first < 0;
    return true;
  }
});
"""
# Two taps take turns, so that the end of one clip never hides the beginning of the next.
LISTEN = """
(() => {
  const heard = (window.heard = { pressed: 0, waits: [], painted: 0, drawn: 0, output_ms: 0 });
  addEventListener("keydown", (event) => {
    if (event.code === "Enter") heard.pressed = event.timeStamp;
  }, true);
  const Context = window.AudioContext;
  const connect = AudioNode.prototype.connect;
  const taps = [];
  window.AudioContext = class extends Context {
    constructor(options) {
      super(options);
      const url = URL.createObjectURL(new Blob([`TAP`], { type: "text/javascript" }));
      this.audioWorklet.addModule(url).then(() => {
        for (let n = 0; n < 2; n++) {
          const tap = new AudioWorkletNode(this, "tap");
          connect.call(tap, this.destination);
          tap.port.onmessage = ({ data }) => {
            const { contextTime, performanceTime } = this.getOutputTimestamp();
            heard.output_ms = this.outputLatency * 1000;
            if (heard.pressed)
              heard.waits.push(performanceTime + (data - contextTime) * 1000 - heard.pressed);
            heard.pressed = 0;
          };
          taps.push(tap);
        }
      });
    }
  };
  let turn = 0;
  AudioBufferSourceNode.prototype.connect = function (to, ...more) {
    if (taps.length && to instanceof AudioDestinationNode)
      connect.call(this, taps[turn++ % taps.length]);
    return connect.call(this, to, ...more);
  };
  let columns = 0;
  const fill = CanvasRenderingContext2D.prototype.fillRect;
  CanvasRenderingContext2D.prototype.fillRect = function (...box) {
    if (++columns === 50) heard.drawn = performance.now();
    return fill.apply(this, box);
  };
  // The first frame after the one that had the server's drawing, so that it was painted by then.
  const seen = () => document.querySelector("[data-outline]")?.getBoundingClientRect().height;
  const painted = () => (heard.painted ||= performance.now());
  const look = () => requestAnimationFrame(seen() ? painted : look);
  requestAnimationFrame(look);
})();
""".replace("TAP", TAP)


@dataclass(frozen=True)
class Opened:
    """What opening the page cost."""

    bytes: int
    requests: int
    waveform_ms: float  # the one the server drew, painted
    drawn_ms: float  # the one that script drew in its place


SEED = """
from tests.e2e.browser.people import PASSWORD
from tests.e2e.browser.seed import seed
seed(desks=1, clips={clips})
print(PASSWORD)
"""


@contextlib.contextmanager
def served(clips: int) -> Iterator[tuple[str, dict[str, str]]]:
    """A platform: its address, and the name, password and campaign of an annotator."""
    with tempfile.TemporaryDirectory(prefix="sq-", dir="/tmp") as folder:
        env = home_env(Path(folder))
        printed = manage("shell", "--no-imports", "-c", SEED.format(clips=clips), env=env)
        desks, password = printed.strip().splitlines()[-2:]
        with starting(env) as platform:
            yield platform.base, {**json.loads(desks)[0], "password": password.strip()}


def sign_in(browser: Browser, url: str, desk: dict[str, str]) -> Any:
    """Cookies of a session, taken in a context whose cache is thrown away."""
    context = browser.new_context(base_url=url)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.locator("#id_username").fill(desk["username"])
    page.locator("#id_password").fill(desk["password"])
    page.locator("main form button").click()
    page.wait_for_url(re.compile(r"/$"))
    state = context.storage_state()
    context.close()
    return state


def open_page(page: Page, wire: CDPSession, path: str) -> Opened:
    """Open the page and wait until the first clip is there and nothing more is asked for."""
    seen: list[int] = []

    def count(event: dict[str, Any]) -> None:
        seen.append(int(event["encodedDataLength"]))

    wire.on("Network.loadingFinished", count)
    page.goto(path)
    page.wait_for_selector(READY)
    page.wait_for_load_state("networkidle")
    wire.remove_listener("Network.loadingFinished", count)
    painted, drawn = page.evaluate("[heard.painted, heard.drawn]")
    return Opened(sum(seen), len(seen), round(painted, 1), round(drawn, 1))


def label(page: Page, clips: int, think_ms: float) -> list[float]:
    """Label `clips` clips by keys; ms from each Enter to the next clip's first sample."""
    for n in range(clips):
        page.wait_for_timeout(think_ms)
        for key in KEYS:
            page.keyboard.press(key)
        page.wait_for_function("n => heard.waits.length > n", arg=n, timeout=30_000)
    return [float(wait) for wait in page.evaluate("heard.waits")]


def slow(wire: CDPSession, delay_ms: float) -> None:
    conditions = {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
    wire.send("Network.emulateNetworkConditions", {**conditions, "latency": delay_ms})


def new_context(browser: Browser, url: str, state: Any) -> tuple[BrowserContext, Page, CDPSession]:
    """A context without a cache, listened to. The policy for scripts is lifted for the tap."""
    context = browser.new_context(base_url=url, storage_state=state, bypass_csp=True)
    context.add_init_script(LISTEN)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    return context, page, wire


def measure(*, clips: int, delay_ms: float, think_ms: float) -> dict[str, Any]:
    with served(clips + 10) as (url, desk), sync_playwright() as playwright:
        program = find_chromium(BROWSERS)  # what people have, windows and all
        browser = playwright.chromium.launch(executable_path=program, args=launch_flags())
        state = sign_in(browser, url, desk)
        path = f"/campaigns/{desk['campaign']}/label/"
        _context, page, wire = new_context(browser, url, state)
        cold = open_page(page, wire, path)
        warm = open_page(page, wire, path)
        slow(wire, delay_ms)
        delayed = open_page(page, wire, path)
        waits = sorted(label(page, clips, think_ms))
        output_ms = page.evaluate("heard.output_ms")
        found = {
            "chromium": browser.version,
            "cold": vars(cold),
            "warm": vars(warm),
            "warm_delayed": vars(delayed),
            "delay_ms": delay_ms,
            "think_ms": think_ms,
            "n": len(waits),
            "enter_to_audible_ms": {
                "p50": round(statistics.median(waits), 1),
                "p95": round(waits[max(0, -(-len(waits) * 95 // 100) - 1)], 1),
                "max": round(waits[-1], 1),
            },
            "output_latency_ms": round(output_ms, 1),
            "keys_per_clip": len(KEYS),
        }
        browser.close()
    return found


def table(found: dict[str, Any]) -> str:
    audible = found["enter_to_audible_ms"]
    delayed = f"{found['delay_ms']:.0f} ms added to each request"
    rows = [
        (f"Enter to audible, {found['n']} clips, {delayed}, p50", f"{audible['p50']} ms"),
        ("the same, p95", f"**{audible['p95']} ms**"),
        ("the same, slowest", f"{audible['max']} ms"),
        ("of it the browser's output latency", f"{found['output_latency_ms']} ms"),
        *(
            (
                f"{name}: bytes, requests, time to waveform, and drawn again by script",
                opened(found[key]),
            )
            for key, name in (
                ("cold", "cold"),
                ("warm", "warm"),
                ("warm_delayed", f"warm, {delayed}"),
            )
        ),
        ("keys a clip (emotion, intensity, Enter)", str(found["keys_per_clip"])),
    ]
    lines = [f"Chromium {found['chromium']}, {found['think_ms']:.0f} ms of listening to each clip."]
    lines += ["", "| what | measured |", "| --- | --- |"]
    return "\n".join([*lines, *(f"| {name} | {value} |" for name, value in rows)])


def opened(cost: dict[str, Any]) -> str:
    kb = cost["bytes"] / 1000
    return (
        f"{kb:.0f} kB, {cost['requests']}, {cost['waveform_ms']:.0f} ms, {cost['drawn_ms']:.0f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=50)
    parser.add_argument("--delay-ms", type=float, default=300)
    parser.add_argument("--think-ms", type=float, default=800)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = measure(clips=asked.clips, delay_ms=asked.delay_ms, think_ms=asked.think_ms)
    print(json.dumps(found) if asked.json else table(found))


if __name__ == "__main__":
    main()
