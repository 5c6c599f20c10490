"""For who sees no colours, chooses their own, wants nothing to move, or hears the page read out."""

from __future__ import annotations

import re

import pytest

from tests.e2e.browser.conftest import MOUNTED, READY, open_as
from tools.pages import PAGES

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.looks]

SAME_PAGE = "training:model-score"  # the page of the model, at the form
# What of an element is seen without colour: lines, weights, marks, and which of them are drawn.
FORM = """(selector) => {
  const one = document.querySelector(selector);
  const drawn = (style) => [style.content, style.borderStyle, style.borderWidth, style.outlineStyle,
    style.outlineWidth, style.fontWeight, style.textDecorationLine, style.clipPath, style.width,
    style.borderRadius, style.borderLeftColor === "rgba(0, 0, 0, 0)"].join();
  return drawn(getComputedStyle(one)) + drawn(getComputedStyle(one, "::before"));
}"""
BORDERS = """(selector) => {
  const style = getComputedStyle(document.querySelector(selector));
  return [style.borderBottomColor, getComputedStyle(document.body).backgroundColor];
}"""


@pytest.fixture
def labelling(tab_of, records, server):
    """The labelling page, ready."""
    tab = tab_of("annotator")
    path = f"/campaigns/{records['campaign']}/label/"
    open_as(tab, server, path, language="en", theme="light")
    tab.wait_for_selector(READY)
    tab.wait_for_function(MOUNTED)
    yield tab
    tab.emulate_media(forced_colors="none", reduced_motion="reduce")


@pytest.mark.parametrize("forced", ["none", "active"])
def test_a_pressed_button_is_seen_without_colour(labelling, forced):
    labelling.emulate_media(forced_colors=forced)
    loop = "[data-part=loop]"
    before = labelling.evaluate(FORM, loop)
    labelling.locator(loop).click()
    labelling.wait_for_selector(f"{loop}[aria-pressed=true]")
    assert labelling.evaluate(FORM, loop) != before
    labelling.locator(loop).click()


@pytest.mark.parametrize("forced", ["none", "active"])
def test_a_choice_is_seen_without_colour(labelling, forced):
    """The radio itself is drawn by the browser, with its dot; that it is there is what counts."""
    labelling.emulate_media(forced_colors=forced)
    labelling.keyboard.press("Digit2")
    chosen = labelling.locator("[name=esc]:checked")
    assert chosen.evaluate("one => getComputedStyle(one).appearance") == "auto"
    assert chosen.bounding_box()["width"] >= 16
    assert chosen.is_visible()


@pytest.mark.parametrize("state", ["ok", "warn", "bad", "info", "run", "idle"])
def test_each_state_has_a_mark_of_its_own(labelling, state):
    labelling.evaluate(
        """(states) => { document.querySelector("main").innerHTML = states.map((state) =>
          `<span class="badge badge-${state}">word</span>`).join(""); }""",
        ["ok", "warn", "bad", "info", "run", "idle"],
    )
    forms = {
        each: labelling.evaluate(FORM, f".badge-{each}")
        for each in ("ok", "warn", "bad", "info", "run", "idle")
    }
    assert [other for other in forms if forms[other] == forms[state]] == [state]


def test_in_colours_of_ones_own_a_mark_is_still_drawn(labelling):
    labelling.emulate_media(forced_colors="active")
    labelling.evaluate(
        """() => { document.querySelector("main").innerHTML =
          '<span class="badge badge-ok">a</span><span class="swatch esc-HAP"></span>'; }"""
    )
    painted = """([selector, part]) => getComputedStyle(
      document.querySelector(selector), part).backgroundColor"""
    canvas = labelling.evaluate("getComputedStyle(document.body).backgroundColor")
    assert labelling.evaluate(painted, [".badge-ok", "::before"]) != canvas
    assert labelling.evaluate(painted, [".swatch", None]) != canvas


def test_in_colours_of_ones_own_only_the_current_tab_is_underlined(tab_of, records, server):
    tab = tab_of("data_manager")
    path = f"/campaigns/{records['campaign']}/"
    open_as(tab, server, path, language="en", theme="light")
    tab.emulate_media(forced_colors="active")
    tab.reload()  # a page that is there may show some of its old colours for a moment
    current, ground = tab.evaluate(BORDERS, ".tabs a[aria-current]")
    other, _ground = tab.evaluate(BORDERS, ".tabs a:not([aria-current])")
    tab.emulate_media(forced_colors="none")
    assert current != ground
    assert other == ground


def test_nothing_moves_for_who_wants_nothing_to_move(labelling):
    labelling.emulate_media(reduced_motion="reduce")
    labelling.evaluate(
        """() => document.querySelector("main").insertAdjacentHTML("beforeend",
          '<span class="badge badge-run">running</span>')"""
    )
    running = """() => document.getAnimations().filter((each) => each.playState === "running")
      .filter((each) => !each.effect.target.matches("[data-playhead]"))  // where the sound is
      .map((each) => each.animationName ?? each.transitionProperty)"""
    labelling.wait_for_function(f"() => ({running})().length === 0")
    labelling.emulate_media(reduced_motion="no-preference")
    labelling.wait_for_function(f"() => ({running})().includes('turn')")
    assert "turn" in labelling.evaluate(running)  # it turns without end


def test_who_wants_nothing_to_move_sees_a_part_and_its_words_at_once(labelling):
    """A transition, however short, shows what is inherited one frame later at each level."""
    labelling.emulate_media(reduced_motion="reduce")
    seen = labelling.evaluate(
        """async () => {
          const part = document.querySelector("[data-part=submit]");
          const both = [part, part.firstElementChild];
          const seen = () => both.map((one) => getComputedStyle(one).visibility);
          part.style.visibility = "hidden";
          while (seen().includes("visible")) await new Promise(requestAnimationFrame);
          part.style.visibility = "";
          return seen();
        }"""
    )
    assert seen == ["visible", "visible"]


def test_what_has_the_focus_is_always_seen(labelling):
    """Tab through the whole page: each stop has an outline, or stands in a box that has one."""
    labelling.locator("body").press("Tab")
    unseen, stops = [], set()
    for _ in range(70):
        stop = labelling.evaluate(
            """() => {
              const one = document.activeElement;
              const drawn = (each) => each && getComputedStyle(each).outlineStyle !== "none";
              return [one.outerHTML.slice(0, 100), drawn(one) || drawn(one.closest("label"))];
            }"""
        )
        stops.add(stop[0])
        unseen += [] if stop[1] or stop[0].startswith("<body") else [stop[0]]
        labelling.keyboard.press("Tab")
    assert unseen == []
    assert len(stops) > 15


def test_the_focus_goes_in_the_order_of_the_page(labelling):
    """From the head to the sound, the choices and the answer; nothing jumps ahead by tabindex."""
    assert labelling.locator("[tabindex]:not([tabindex='0'], [tabindex='-1'])").count() == 0
    order = labelling.evaluate(
        """() => ["[data-part=replay]", "[name=esc]", "[name=eis]", "[data-part=submit]"]
          .map((each) => document.querySelector(each))
          .every((one, at, all) => !at ||
            all[at - 1].compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING)"""
    )
    assert order


def test_what_changes_is_read_out(labelling):
    """Each text that comes up by itself stands in a region that screen readers watch."""
    parts = ["status", "problem", "pending-words", "empty", "failed"]
    for part in parts:
        watched = labelling.locator(f"[data-part={part}]").evaluate(
            "one => !!one.closest('[role=status], [role=alert], [aria-live]')"
        )
        assert watched, part


def test_a_refused_field_says_why_where_it_stands(tab_of, server):
    tab = tab_of("data_manager")
    open_as(tab, server, "/corpora/new/", language="en", theme="light")
    tab.evaluate("document.querySelectorAll('main form').forEach((one) => { one.noValidate = 1; })")
    tab.locator("main form .btn-primary").click()
    tab.wait_for_selector("main .error")
    untied = tab.evaluate(
        """() => [...document.querySelectorAll("main .error")].filter((error) =>
          !document.querySelector(`[aria-invalid=true][aria-describedby~="${error.id}"]`))
          .map((error) => error.outerHTML)"""
    )
    assert untied == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_has_a_title_of_its_own(tab_of, records, server, language):
    titles: dict[str, set[str]] = {}
    cookie = {"name": "django_language", "value": language, "url": server.url}
    for page in (page for page in PAGES if page.route != SAME_PAGE):
        tab = tab_of(page.role)
        tab.context.add_cookies([cookie])
        html = tab.request.get(page.path.format(**records)).text()
        title = re.search(r"<title>(.*?)</title>", html, re.S)
        assert title, page
        titles.setdefault(" ".join(title[1].split()), set()).add(page.route)
    assert {title: routes for title, routes in titles.items() if len(routes) > 1} == {}
    assert all(title.removesuffix(" · SpeechEQ") not in ("", title) for title in titles), titles
