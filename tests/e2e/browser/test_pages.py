"""The same pages without script, by touch, in Chinese, in the dark, and with the keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.browser.conftest import READY
from tests.e2e.browser.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.looks]

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def context_with(browser, server, watch):
    """A browser context of one's own, under the same watch."""
    made = []

    def make(**options):
        context = browser.new_context(base_url=server.url, **options)
        context.on("page", watch.follow)
        context.on("request", watch.see)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


def test_the_form_works_without_script(context_with, new_desk):
    desk = new_desk(context_with(java_script_enabled=False))
    desk.sign_in()
    page = desk.page
    page.goto(desk.path)
    expect(page.locator("audio")).to_be_visible()
    first = page.locator("#label-form input[name=assignment]").input_value()
    page.get_by_label(re.compile("^Happy")).check()
    page.get_by_label(re.compile("2 · Moderate")).check()
    with page.expect_navigation():
        page.get_by_role("button", name="Submit").click()
    assert page.locator("#label-form input[name=assignment]").input_value() != first
    assert desk.last_answer()["labels"] == [{"esc": "HAP", "eis": 2}]
    with page.expect_navigation():
        page.get_by_role("link", name="Change last").click()
    page.get_by_label(re.compile("^Sad")).check()
    page.get_by_role("button", name="Save change").click()
    expect(page.get_by_text("The label was changed")).to_be_visible()
    assert desk.last_answer()["labels"] == [{"esc": "SAD", "eis": 2}]


def test_without_script_a_wrong_answer_is_explained(context_with, new_desk):
    desk = new_desk(context_with(java_script_enabled=False))
    desk.sign_in()
    page = desk.page
    page.goto(desk.path)
    page.get_by_label(re.compile("^Angry")).check()
    page.get_by_label(re.compile("0 · None")).check()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("alert")).to_contain_text("choose NEU")
    expect(page.get_by_label(re.compile("^Angry"))).to_be_checked()
    assert desk.progress()["done"] == 0


def test_a_phone_labels_by_touch_and_nothing_runs_over_the_edge(context_with, new_desk):
    desk = new_desk(context_with(**PHONE))
    desk.sit_down()
    page = desk.page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    first = desk.assignment()
    page.locator("label.pick", has_text="Surprised").tap()
    page.locator("label.pick", has_text="Slight").tap()
    page.get_by_role("button", name="Submit").tap()
    desk.wait_until_done(1)
    page.wait_for_selector(READY)
    assert desk.assignment() != first
    assert desk.last_answer()["labels"] == [{"esc": "SUR", "eis": 1}]


def test_what_is_tapped_is_large_enough(context_with, new_desk):
    """WCAG 2.2, 2.5.8: at least 24 by 24 px."""
    desk = new_desk(context_with(**PHONE))
    desk.sit_down()
    small = desk.page.evaluate(
        """() => [...document.querySelectorAll("a, button, label.pick, select, summary")]
          .filter((one) => one.checkVisibility() && !one.closest(".skip, .footer, p"))
          .map((one) => [one.textContent.trim().slice(0, 20), one.getBoundingClientRect()])
          .filter(([, box]) => box.top > 0 && (box.width < 24 || box.height < 24))
          .map(([text, box]) => `${text} ${box.width}x${box.height}`)"""
    )
    assert small == []


def test_a_choice_on_a_phone_is_44_px_high_and_wide(context_with, new_desk):
    """More than WCAG asks for: these are tapped for hours."""
    desk = new_desk(context_with(**PHONE))
    desk.sit_down()
    small = desk.page.evaluate(
        """() => [...document.querySelectorAll("label.pick, .label-actions button")]
          .map((one) => [one.textContent.trim().slice(0, 20), one.getBoundingClientRect()])
          .filter(([, box]) => box.width < 44 || box.height < 44)
          .map(([text, box]) => `${text} ${box.width}x${box.height}`)"""
    )
    assert small == []


def test_the_page_speaks_chinese_and_takes_the_same_keys(context_with, new_desk):
    desk = new_desk(context_with(locale="zh-CN"))
    desk.sit_down()
    page = desk.page
    expect(page.get_by_text("你听到了哪种情感？")).to_be_visible()
    desk.press("Enter")
    expect(page.locator("[data-part=status]")).to_have_text("请先选择情感。")
    desk.label("Digit7", "KeyL")
    desk.wait_until_done(1)
    assert desk.last_answer()["labels"] == [{"esc": "DIS", "eis": 3}]


def test_language_and_theme_are_changed_from_the_menu_and_stay(desk):
    desk.sign_in()
    page = desk.page
    page.goto("/")
    page.get_by_text("Language and appearance").locator("xpath=..").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="简体中文").click()
    expect(page.locator("h1")).to_have_text("接下来做什么")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_page_of_the_dark_theme_is_printed_dark_on_white(context_with):
    """Browsers print no backgrounds."""
    page = context_with(color_scheme="dark").new_page()
    page.goto("/accounts/login/")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.emulate_media(media="print")
    colour = page.evaluate("getComputedStyle(document.querySelector('h1')).color")
    assert max(int(part) for part in re.findall(r"\d+", colour)[:3]) < 100, colour


def test_the_first_tab_skips_to_the_content(desk):
    desk.sign_in()
    page = desk.page
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_every_field_of_the_labelling_page_has_a_name(desk):
    desk.sit_down()
    nameless = desk.page.evaluate(
        """() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea, audio")]
          .filter((one) => !one.labels?.length && !one.getAttribute("aria-label"))
          .map((one) => one.outerHTML)"""
    )
    assert nameless == []


def test_a_manager_makes_a_campaign_and_watches_it(watched_page, desks):
    next(desks)  # so that there is somebody to ask
    page = watched_page
    page.goto("/accounts/login/")
    page.locator("#id_username").fill("mia")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("main form button").click()
    page.get_by_role("link", name="New campaign").first.click()
    page.get_by_label("Name", exact=True).fill("Made by hand")
    page.get_by_label("anna0 · Annotator").check()
    page.get_by_role("button", name="Make campaign").click()
    expect(page.get_by_role("heading", name="Made by hand")).to_be_visible()
    with page.expect_response(lambda answer: answer.request.headers.get("hx-request") == "true"):
        pass
    expect(page.locator("#campaign-progress")).to_contain_text("of 21 wanted")
    page.get_by_role("link", name="Queue").click()
    expect(page.get_by_text("No model has chosen yet")).to_be_visible()
