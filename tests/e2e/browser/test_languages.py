"""Every page in Chinese, as each role sees it: no English sentence is left on it."""

from __future__ import annotations

import pytest

from tests.e2e.browser.conftest import open_as
from tools.pages import LINKED_PAGES, PAGES, Page

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.looks]

# Texts and labels of what is shown, but for what is data or marked as English: names that people
# gave, code, and the words of the REST interface.
TEXTS = """() => {
  const found = [document.title];
  const skipped = "[lang=en], code, kbd, pre, script, style, textarea, audio, option[value*='/']";
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    if (!node.parentElement.closest(skipped)) found.push(node.textContent);
  for (const name of ["aria-label", "title", "placeholder", "alt"])
    for (const one of document.querySelectorAll(`[${name}]`))
      if (!one.closest(skipped)) found.push(one.getAttribute(name));
  for (const holder of document.querySelectorAll("script[type='application/json'][id$=texts]"))
    found.push(...Object.values(JSON.parse(holder.textContent)).map(String));
  return found.map((text) => text.replace(/\\s+/g, " ").trim());
}"""
ALL_PAGES = [*PAGES, *LINKED_PAGES]
SENTENCE = r"/[A-Za-z']+(?:,? [A-Za-z']+){3,}/"
NAMES = [
    "SpeechEQ",
    "Voices, several emotions",
    "Listen to the pitch",
    "The end of the phrase falls",
    "Voices, practised first",
    "Is a sigh sad",
    "dogs by the door",
    "Voices, with pictures",
    "SEQD English: sixty everyday sentences, seven emotions, three intensities",
    "The speaker has a cold",
    "The dogs are sitting by door number",
]


def english_on(tab) -> list[str]:
    texts = [text for text in tab.evaluate(TEXTS) if text]
    return tab.evaluate(
        f"""([texts, names]) => texts.map((text) =>
              names.reduce((rest, name) => rest.replaceAll(name, ""), text))
            .filter((text) => {SENTENCE}.test(text)).map((text) => text.slice(0, 120))""",
        [texts, NAMES],
    )


@pytest.mark.parametrize("page", ALL_PAGES, ids=[page.name for page in ALL_PAGES])
def test_a_page_in_chinese_holds_no_english_sentence(page: Page, tab_of, records, server):
    tab = tab_of(page.role)
    open_as(tab, server, page.path.format(**records), language="zh-hans", theme="light")
    tab.wait_for_selector(page.ready)
    assert tab.locator("html").get_attribute("lang") == "zh-hans"
    assert sum(any("\u4e00" <= sign <= "\u9fff" for sign in t) for t in tab.evaluate(TEXTS)) > 5
    assert english_on(tab) == []


def test_an_english_sentence_on_a_chinese_page_is_found(tab_of, server):
    tab = tab_of("annotator")
    open_as(tab, server, "/", language="zh-hans", theme="light")
    tab.evaluate("document.querySelector('main').append('There is nothing to do here')")
    assert english_on(tab) == ["There is nothing to do here"]
