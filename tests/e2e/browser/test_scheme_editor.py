"""The scheme editor in a browser: by keyboard alone, on a phone, and without script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.browser.conftest import sign_in
from tests.e2e.browser.test_pages import PHONE, context_with

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.looks]

__all__ = ["context_with"]  # a fixture


@pytest.fixture
def editor(watched_page: Page, server, desks) -> Page:
    """The editor with a new scheme, open before the manager."""
    next(desks)  # so that the manager exists
    sign_in(watched_page, server, "mia")
    watched_page.goto("/schemes/new/?space=core-7")
    watched_page.wait_for_selector("#scheme-editor[data-mounted]")
    return watched_page


def test_the_preview_and_the_errors_follow_what_is_typed(editor):
    preview = editor.locator("#scheme-preview")
    name = editor.get_by_label("HAP in English", exact=True)
    name.focus()
    editor.keyboard.press("Control+A")
    editor.keyboard.type("Joyful")
    expect(preview.get_by_text("Joyful")).to_be_visible()
    expect(name).to_be_focused()  # nothing is taken from under the hands

    key = editor.get_by_label("Key of HAP", exact=True)
    key.select_option("Digit1")
    expect(editor.locator("#f-esc-HAP-key-error")).to_contain_text("stands for NEU")
    expect(key).to_have_attribute("aria-invalid", "true")
    expect(preview.get_by_role("status")).to_contain_text("1 thing")
    key.select_option("Digit2")
    expect(editor.locator("#f-esc-HAP-key-error")).to_be_hidden()
    expect(key).not_to_have_attribute("aria-invalid", "true")


def test_a_preview_calls_off_no_move_that_is_on_its_way(editor):
    moves: list[Route] = []  # held back, as by a server that takes its time
    editor.route("**/schemes/new/", lambda route: moves.append(route))
    with editor.expect_request("**/schemes/new/"):
        editor.get_by_role("button", name="Move NEU down").press("Enter")
    with editor.expect_response("**/schemes/preview/"):
        editor.get_by_label("HAP in English", exact=True).fill("Joyful")
    moves[0].continue_()
    expect(editor.locator("#scheme-form input[name=esc]").first).to_have_value("HAP")


def test_a_scheme_is_made_by_keyboard_alone(editor):
    editor.get_by_label("Code", exact=True).first.focus()
    editor.keyboard.type("by-keyboard")
    down = editor.get_by_role("button", name="Move NEU down")
    down.focus()
    editor.keyboard.press("Enter")
    first = editor.locator("#scheme-form input[name=esc]").first
    expect(first).to_have_value("HAP")
    expect(editor.get_by_role("button", name="Move NEU down")).to_be_focused()
    expect(editor.get_by_label("Code", exact=True).first).to_have_value("by-keyboard")
    editor.get_by_role("button", name="valence").focus()
    editor.keyboard.press("Enter")
    expect(editor.get_by_role("group", name="Scale 1")).to_be_visible()
    editor.get_by_role("button", name="Save as a version").focus()
    editor.keyboard.press("Enter")
    expect(editor.get_by_text("by-keyboard@1 was made")).to_be_visible()
    answer = editor.request.get("/api/v1/schemes/?code=by-keyboard").json()
    [made] = answer["results"]
    assert [row["code"] for row in made["esc"]][:2] == ["HAP", "NEU"]
    assert [row["code"] for row in made["extras"]] == ["valence"]


def test_without_script_on_a_phone_buttons_do_the_same(context_with, server, desks):
    next(desks)
    page = context_with(java_script_enabled=False, **PHONE).new_page()
    sign_in(page, server, "mia")
    page.goto("/schemes/new/?space=core-7")
    page.get_by_label("Code", exact=True).first.fill("by-form")
    page.get_by_label("HAP in English", exact=True).fill("Glad")
    page.get_by_label("SAD in Chinese", exact=True).fill("")
    page.get_by_role("button", name="Preview").last.click()
    expect(page.locator("#f-esc-SAD-zh-error")).to_be_visible()  # on the page that was sent back
    expect(page.locator("#scheme-preview").get_by_text("Glad")).to_have_count(0)
    page.get_by_label("SAD in Chinese", exact=True).fill("难过")
    page.get_by_role("button", name="Preview").last.click()
    expect(page.locator("#scheme-preview").get_by_text("Glad")).to_be_visible()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["viewport"]["width"]
    page.get_by_role("button", name="Save as a version").click()
    expect(page.get_by_text("by-form@1 was made")).to_be_visible()


def test_the_preview_stays_in_view_below_the_top_bar(editor):
    editor.set_viewport_size({"width": 1440, "height": 900})
    editor.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    editor.wait_for_function("() => scrollY > 0")
    bar = editor.locator(".topbar").bounding_box()
    heading = editor.get_by_role("heading", name="As annotators see it").bounding_box()
    assert heading["y"] >= bar["y"] + bar["height"]
