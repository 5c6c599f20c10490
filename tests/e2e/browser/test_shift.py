"""What a campaign may ask of a shift: a volume check, clips heard to their end, a break."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.browser.conftest import READY

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.looks]

# As soon as it begins to play, whether it was there already or has to be fetched.
STOP_THE_NEXT = """() => {
  const page = document.querySelector(".labelling");
  const first = page.dataset.assignment;
  new MutationObserver((_changes, watch) => {
    if (page.dataset.assignment === first || !page.hasAttribute("data-playing")) return;
    watch.disconnect();
    document.querySelector("[data-part=pause]").click();
    document.documentElement.dataset.stopped = "";
  }).observe(page, { attributes: true, attributeFilter: ["data-playing", "data-assignment"] });
}"""
THREE_TONES = "Math.random = () => 0.4;"  # 2 to 4 tones: three


def ask(server, desk, **fields: object) -> None:
    """Change what the campaign of `desk` asks for."""
    code = (
        "from annotation.models import Campaign; "
        f"Campaign.objects.filter(public_id={desk.campaign!r}).update(**{fields!r})"
    )
    server.run(code)


def count(desk, heard: int) -> None:
    desk.page.get_by_role("button", name="Play the tones").click()
    desk.page.locator(f"[data-count='{heard}']").click()


def test_a_shift_begins_with_a_volume_check_in_each_ear(desk, server):
    ask(server, desk, volume_check=True)
    page = desk.page
    page.add_init_script(THREE_TONES)
    desk.sign_in()
    page.goto(desk.path)
    dialog = page.get_by_role("dialog", name="Set your volume")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    desk.press("Digit2")
    expect(dialog).to_be_visible()
    assert page.locator("input[name=esc]:checked").count() == 0
    page.get_by_role("button", name="Play the noise").click()
    expect(page.get_by_role("button", name="Stop the noise")).to_be_focused()
    page.get_by_role("button", name="It is comfortable").click()
    expect(dialog).to_contain_text("Left ear")
    expect(page.locator("[data-count='3']")).to_be_disabled()
    count(desk, 2)
    expect(dialog).to_contain_text("That is not how many there were")
    count(desk, 3)
    expect(dialog).to_contain_text("Right ear")
    with page.expect_response(re.compile("/shift/$")) as answered:
        count(desk, 3)
    assert answered.value.request.post_data_json == {"heard": [3, 3], "played": [3, 3]}
    assert answered.value.status == 200
    expect(dialog).to_be_hidden()
    page.wait_for_selector(READY)
    desk.label("Digit2", "KeyK")
    page.goto(desk.path)
    page.wait_for_selector(READY)
    expect(dialog).to_be_hidden()


def test_three_wrong_answers_lead_back_to_the_level(desk, server):
    ask(server, desk, volume_check=True)
    desk.page.add_init_script(THREE_TONES)
    desk.sign_in()
    desk.page.goto(desk.path)
    desk.page.get_by_role("button", name="It is comfortable").click()
    for _ in range(3):
        count(desk, 0)
    expect(desk.page.get_by_role("dialog")).to_contain_text("Three answers were not right")
    expect(desk.page.get_by_role("button", name="Play the noise")).to_be_visible()


def test_where_clips_must_be_heard_to_their_end_submit_waits_for_it(desk, server):
    ask(server, desk, full_listen=True)
    desk.sit_down()
    page = desk.page
    unheard = page.locator("[data-part=unheard]")
    expect(unheard).to_have_attribute("data-heard", "")
    page.evaluate(STOP_THE_NEXT)
    desk.label("Digit2", "KeyK")
    page.wait_for_selector("html[data-stopped]")
    before = desk.assignment()
    desk.press("Digit3", "KeyL", "Enter")
    expect(page.locator("[data-part=status]")).to_contain_text("Listen to the end first")
    assert desk.assignment() == before
    page.wait_for_selector(".labelling:not([data-playing])")
    expect(unheard).to_have_attribute("data-heard", "")
    with page.expect_response(re.compile("/submit/$")) as answered:
        desk.press("Enter")
    assert answered.value.status == 201
    desk.wait_until_done(2)


def test_a_clip_heard_at_double_speed_was_heard(desk, server):
    ask(server, desk, full_listen=True)
    desk.sit_down()
    desk.press("Equal", "Equal", "Equal", "Space")
    unheard = desk.page.locator("[data-part=unheard]")
    expect(unheard).to_have_attribute("data-heard", "")
    desk.label("Digit2", "KeyK")
    expect(unheard).to_have_attribute("data-heard", "")
    with desk.page.expect_response(re.compile("/submit/$")) as answered:
        desk.press("Digit2", "KeyK", "Enter")
    assert answered.value.status == 201
    assert answered.value.request.post_data_json["listened_ms"] <= 710


def test_after_long_work_a_break_is_offered_and_nothing_is_in_the_way(desk, server):
    ask(server, desk, break_after_min=45)
    desk.sit_down()
    page = desk.page
    page.evaluate(
        """() => {
          const name = Object.keys(localStorage).find((each) => each.startsWith("speecheq.break"));
          addEventListener("pagehide", () => {
            const now = Date.now();  // 46 minutes, rounded, for almost a minute more
            const kept = { began: now - 45.6 * 60000, last: now - 60000, remind: now - 60000 };
            localStorage.setItem(name, JSON.stringify(kept));
          });
        }"""
    )
    page.goto("about:blank")
    page.goto(desk.path)
    page.wait_for_selector(READY)
    notice = page.locator("[data-part=break]")
    expect(notice).to_contain_text("You have been labelling for 46 minutes")
    assert page.evaluate("document.activeElement === document.body")
    desk.label("Digit2", "KeyK")
    notice.get_by_role("button", name="Close").click()
    expect(notice).to_be_hidden()
