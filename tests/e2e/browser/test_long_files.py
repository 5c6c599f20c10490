"""Long recordings in Chromium: sent in pieces, edited on the waveform, cut into takes."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page, expect

from tests.e2e.browser.conftest import sign_in
from tests.e2e.browser.seed_recording import OPERATOR
from tests.long_sounds import LENGTH_MS, RATE_HZ, SPOKEN_MS, dialogue, file_bytes
from tests.support import booth

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.looks,
    pytest.mark.xdist_group("recording"),  # with those that share its session-wide server
]

CHANNEL = 1  # the second voice
FRAMES = LENGTH_MS * RATE_HZ // 1000
STATUS = "[data-part=status]"


class Desk:
    """An operator at the editor of a dialogue's second voice."""

    def __init__(self, page: Page, server: Any):
        self.page, self.server = page, server
        self.session = booth.asked(server, "seed(n_prompts=4)")["session"]
        sign_in(page, server, OPERATOR)

    def ask(self, call: str) -> Any:
        """What a function of seed_long printed."""
        code = f"from tests.e2e.browser import seed_long; seed_long.{call}"
        return json.loads(self.server.run(code).strip().splitlines()[-1])

    def read(self) -> None:
        """Have the dialogue read, and open the editor."""
        made = self.ask(f"read({self.session!r}, channel={CHANNEL})")
        self.long, self.path = made["long"], made["path"]
        self.page.goto(f"/long/{self.long}/")
        self.page.wait_for_selector("form[data-ready]")

    def stored(self) -> list[list[Any]]:
        return self.ask(f"regions({self.long!r})")

    def shown(self) -> list[list[Any]]:
        """(start in s, end in s, key of the prompt) as the table has them."""
        rows = self.page.locator("[data-part=rows] tr").evaluate_all(
            "rows => rows.map((row) => [...row.querySelectorAll('input')].map((one) => one.value))"
        )
        return [[float(start), float(end), key] for start, end, key in rows]

    def x_of(self, seconds: float) -> float:
        """Where a time is on the screen: the whole of the dialogue is seen."""
        box = self.page.locator("[data-part=detail]").bounding_box()
        return box["x"] + box["width"] * seconds * RATE_HZ / FRAMES

    def point(self, seconds: float) -> None:
        box = self.page.locator("[data-part=detail]").bounding_box()
        self.page.mouse.move(self.x_of(seconds), box["y"] + box["height"] / 2)

    def drag(self, start_s: float, end_s: float) -> None:
        self.point(start_s)
        self.page.mouse.down()
        self.point((start_s + end_s) / 2)
        self.point(end_s)
        self.page.mouse.up()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def save(self) -> None:
        self.page.get_by_role("button", name="Save", exact=True).click()


@pytest.fixture
def desk(watched_page, server):
    return Desk(watched_page, server)


def choose_and_send(page, path):
    page.locator("#long-file").set_input_files(path)
    page.locator("#long-channel").select_option(str(CHANNEL))
    page.get_by_role("button", name="Send").click()


def test_a_broken_upload_goes_on_after_the_page_was_opened_again(desk, tmp_path):
    page, path = desk.page, tmp_path / "evening.wav"
    sent = file_bytes(dialogue(length_ms=24_000), bits=24)  # pieces of 0.5, 1 and 0.8 MiB
    path.write_bytes(sent)
    offsets: list[int] = []
    is_dead = False
    page.on("dialog", lambda dialog: dialog.accept())  # it asks before it gives up an upload
    page.goto(f"/sessions/{desk.session}/long/")

    def line(route: Any) -> None:
        """Goes dead in the second piece, and stays so."""
        nonlocal is_dead
        if route.request.method == "PATCH" and not is_dead:
            offsets.append(int(route.request.headers["upload-offset"]))
            is_dead = len(offsets) == 2
        if is_dead:
            route.abort("internetdisconnected")
        else:
            route.continue_()

    page.route("**/api/v1/uploads/upl_*/", line)
    choose_and_send(page, path)
    expect(page.locator(STATUS)).to_contain_text("No answer")
    page.reload()
    expect(page.locator(STATUS)).to_contain_text("evening.wav was broken off")
    is_dead = False
    choose_and_send(page, path)
    page.wait_for_url("**/long/lrc_*/", wait_until="commit")
    there = offsets[1]
    assert offsets[0] == 0 < there
    assert min(offsets[1:]) == there, "what was there was sent again"
    expect(page.locator(".badge", has_text="succeeded")).to_be_attached()
    made = desk.ask(f"newest({desk.session!r})")
    assert made["name"] == "evening.wav"
    assert made["channel"] == CHANNEL
    assert made["stored_sha256"] == made["sha256"] == hashlib.sha256(sent).hexdigest()
    # Whole, it is no broken upload; for another channel nothing is sent again.
    page.goto(f"/sessions/{desk.session}/long/")
    expect(page.get_by_role("button", name="Send")).to_be_visible()  # the script has looked
    expect(page.locator(STATUS)).to_be_empty()
    n = len(offsets)
    page.locator("#long-file").set_input_files(path)
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/long/lrc_*/", wait_until="commit")
    assert len(offsets) == n


def test_regions_are_edited_with_mouse_and_keys(desk):
    desk.read()
    page, found = desk.page, desk.shown()
    assert len(found) == len(SPOKEN_MS)
    # An edge, and a whole region: each is one step to undo.
    desk.drag(found[1][1], found[1][1] + 0.3)
    assert desk.shown()[1][0] == found[1][0]
    assert desk.shown()[1][1] == pytest.approx(found[1][1] + 0.3, abs=0.03)
    middle = (found[1][0] + found[1][1]) / 2
    desk.drag(middle, middle - 0.2)
    moved = desk.shown()[1]
    assert moved[0] == pytest.approx(found[1][0] - 0.2, abs=0.03)
    assert moved[1] - moved[0] == pytest.approx(found[1][1] + 0.3 - found[1][0], abs=0.03)
    desk.press("z", "z")
    assert desk.shown() == found
    # Cut in two at a point, joined again, an end moved, one gone, and back.
    page.mouse.click(desk.x_of(middle), page.locator("[data-part=detail]").bounding_box()["y"] + 90)
    desk.press("s")
    assert len(desk.shown()) == len(found) + 1
    assert desk.shown()[1][1] == pytest.approx(middle, abs=0.03)
    desk.press("m", "r", "r")
    assert desk.shown()[1][1] == pytest.approx(found[1][1] + 0.04, abs=1e-3)
    desk.press("d")
    assert len(desk.shown()) == len(found) - 1
    desk.press("a")
    assert len(desk.shown()) == len(found)
    expect(page.locator(STATUS)).to_have_text("Not saved yet.")
    page.get_by_role("button", name="Remove 1", exact=True).click()
    assert len(desk.shown()) == len(found) - 1
    page.get_by_role("button", name="Undo").click()
    # In the table, Tab leads on to the next field, though the list was drawn anew.
    field = page.locator("[data-part=rows] tr").nth(2).locator("input")
    field.nth(0).fill(f"{desk.shown()[2][0] + 0.1:.3f}")
    desk.press("Tab")
    expect(field.nth(1)).to_be_focused()
    page.locator("[data-part=prompt]").select_option(index=4)
    assert desk.shown()[2][2] == "p03"
    wanted = desk.shown()
    desk.save()
    expect(page.locator(STATUS)).to_have_text("Saved.")
    assert [row[2] or "" for row in desk.stored()] == [key for _start, _end, key in wanted]
    ends = [[start / RATE_HZ, end / RATE_HZ] for start, end, _key in desk.stored()]
    assert np.allclose(ends, [row[:2] for row in wanted], atol=6e-4)  # shown to the ms


def test_sound_is_heard_from_the_cursor_which_keys_move(desk):
    desk.read()
    page, found = desk.page, desk.shown()
    desk.press(*["."] * 5, ",")  # on from the start of the first region
    with page.expect_request("**/audio/?*") as heard:
        desk.press("f")
    start_s, end_s = (
        int(part.split("=")[1]) / RATE_HZ for part in heard.value.url.split("?")[1].split("&")
    )
    assert start_s == pytest.approx(found[0][0] + 0.4, abs=2e-3)
    assert end_s == FRAMES / RATE_HZ
    desk.press("f")  # it stops; or begins, where the test was held up past its end, and ends again
    page.wait_for_function("() => document.querySelector('[data-part=audio]').paused")
    with page.expect_request("**/audio/?*") as heard:
        desk.press("j", "p")
    assert f"start={round(found[1][0] * RATE_HZ)}&" in heard.value.url


def test_prompts_that_slipped_by_one_are_put_right_by_one_key(desk):
    desk.read()
    page = desk.page
    desk.press("j", "n")
    assert [row[2] for row in desk.shown()] == ["p00", "p02", "p03", ""]
    desk.press("b")
    assert [row[2] for row in desk.shown()] == ["p00", "p01", "p02", ""]
    desk.press("z", "z", "u")
    assert [row[2] for row in desk.shown()] == ["p00", "p01", "p02", "p03"]
    expect(page.locator(STATUS)).to_have_text("There is no prompt to check.")


def test_keys_can_be_switched_off(desk):
    desk.read()
    desk.page.get_by_label("Keyboard shortcuts").uncheck()
    desk.press("d")
    assert len(desk.shown()) == len(SPOKEN_MS)


def test_what_somebody_else_saved_takes_nothing_from_oneself(desk):
    desk.read()
    page = desk.page
    desk.press("d")
    mine = desk.shown()
    desk.ask(f"somebody_else_saves({desk.long!r})")
    desk.save()
    conflict = page.locator("[data-part=conflict]")
    expect(conflict).to_be_visible()
    assert [row[:2] for row in desk.shown()] == [[0.1, 0.5]]
    page.get_by_role("button", name="Bring mine back").click()
    expect(conflict).to_be_hidden()
    assert desk.shown() == mine
    desk.save()
    expect(page.locator(STATUS)).to_have_text("Saved.")
    assert len(desk.stored()) == len(mine)


def test_takes_hold_the_samples_of_the_file(desk):
    desk.read()
    page = desk.page
    keys = ["p02", "p00", "", "p03"]
    for n, key in enumerate(keys):
        page.locator("[data-part=rows] input[name=prompt]").nth(n).fill(key)
    desk.save()
    expect(page.locator(STATUS)).to_have_text("Saved.")
    with page.expect_navigation():  # this page tells of the work before: that, too, has succeeded
        page.get_by_role("button", name="Cut", exact=True).click()
    expect(page.locator(".badge", has_text="succeeded")).to_be_attached()
    file, _rate_hz = soundfile.read(desk.path, dtype="int16")
    wanted = [[start, end] for start, end, key in desk.stored() if key]
    cuts = desk.ask(f"cuts({desk.long!r})")
    assert sorted([cut["start_frame"], cut["end_frame"]] for cut, _path in cuts) == wanted
    for cut, path in cuts:
        take, rate_hz = soundfile.read(path, dtype="int16")
        assert rate_hz == RATE_HZ
        assert np.array_equal(take, file[cut["start_frame"] : cut["end_frame"], CHANNEL])
