"""Take the pictures of the README from a running demo: `python tools/screenshots.py URL ACCOUNTS`.

ACCOUNTS is the demo's `demo-accounts.json`. Needs Playwright and a Chromium on PATH. Each picture
is of the first campaign, release or run there is; a page that has none yet is left out and named.
With `--check DIR` every page is taken instead, in both languages and themes, at 390 and 1440 px.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.pages import PAGES, RECORDS  # noqa: E402
from tools.pages import Page as ListedPage  # noqa: E402

IMAGES = ROOT / "docs" / "images"
SETTLE_MS = 900
# name -> (role, list page whose first link is followed, what is added to its address)
PICTURES = {
    "labelling": ("annotator", "/campaigns/", "label/"),
    "agreement": ("data_manager", "/campaigns/", "agreement/"),
    "queue": ("data_manager", "/campaigns/", "queue/"),
    "release": ("data_manager", "/releases/", ""),
    "run": ("researcher", "/runs/", ""),
}
KEYS = {"labelling": ("Digit2", "KeyK")}  # something is chosen in the picture


@contextmanager
def chromium() -> Iterator[Browser]:
    flags = ["--autoplay-policy=no-user-gesture-required", "--disable-gpu"]
    if os.getuid() == 0:
        flags.append("--no-sandbox")
    found = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=flags)
        yield browser
        browser.close()


def sign_in(browser: Browser, url: str, account: dict[str, str] | None, **options: Any) -> Page:
    """A tab of this account's own; of nobody's where there is no account."""
    language = options.pop("language", "en")
    context = browser.new_context(base_url=url, **options)
    context.add_cookies([{"name": "django_language", "value": language, "url": url}])
    page = context.new_page()
    if account is None:
        return page
    page.goto("/accounts/login/")
    page.locator("#id_username").fill(account["username"])
    page.locator("#id_password").fill(account["password"])
    page.locator("main form button").click()
    page.wait_for_url(f"{url}/")
    return page


def first_below(page: Page, path: str, begins: str) -> str:
    """The first address that `begins` so in the tables of a page, or ""."""
    page.goto(path)
    links = page.locator(f"main tbody a[href^='{begins}']")
    return str(links.first.get_attribute("href")) if links.count() else ""


def small_png(content: bytes) -> bytes:
    """The picture with 256 colours, a quarter of the bytes; small marks keep their colour."""
    buffer = io.BytesIO()
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    # The median cut gives its colours to large areas: a red mark of 80 pixels came out purple.
    few = picture.quantize(
        256, method=Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE
    )
    few.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def readme_pictures(browser: Browser, url: str, accounts: dict[str, dict[str, str]]) -> list[str]:
    """Write docs/images; the names of those that could not be taken."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    missing = []
    for name, (role, folder, tail) in PICTURES.items():
        page = sign_in(browser, url, accounts[role], viewport={"width": 1280, "height": 800})
        target = first_below(page, folder, folder)
        answer = page.goto(target + tail) if target else None
        if answer is None or not answer.ok:
            missing.append(name)
            continue
        page.wait_for_timeout(SETTLE_MS)
        for key in KEYS.get(name, ()):
            page.keyboard.press(key)
        (IMAGES / f"{name}.png").write_bytes(small_png(page.screenshot()))
        page.context.close()
    return missing


def every_page(
    browser: Browser, url: str, accounts: dict[str, dict[str, str]], folder: Path
) -> list[str]:
    """Every page in every variant below `folder`; what ran over the edge or failed."""
    folder.mkdir(parents=True, exist_ok=True)
    records = find_records(browser, url, accounts)
    found = []
    variants = itertools.product(("en", "zh-hans"), ("light", "dark"), (390, 1440))
    for language, theme, width in variants:
        look = {"color_scheme": theme, "viewport": {"width": width, "height": 900}}
        for role in dict.fromkeys(each.role for each in PAGES):
            tab = sign_in(browser, url, accounts.get(role), language=language, **look)
            for listed in (each for each in PAGES if each.role == role):
                file = folder / f"{listed.name}-{language}-{theme}-{width}.png"
                found += shoot(tab, listed, records, file, width)
            tab.context.close()
    return list(dict.fromkeys(found))


def find_records(browser: Browser, url: str, accounts: dict[str, dict[str, str]]) -> dict[str, str]:
    """Id of the first record of each kind, for those there are."""
    found: dict[str, str] = {}
    for record, (role, path, begins) in RECORDS.items():
        if not set(re.findall(r"\{(\w+)\}", path)) <= set(found):
            continue
        tab = sign_in(browser, url, accounts[role])
        address = first_below(tab, path.format(**found), begins)
        if address:
            found[record] = address.removeprefix(begins).strip("/")
        tab.context.close()
    return found


def shoot(
    tab: Page, listed: ListedPage, records: dict[str, str], file: Path, width: int
) -> list[str]:
    missing = [name for name in listed.records if name not in records]
    if missing:
        return [f"{listed.path}: there is no {missing[0]} to show"]
    path = listed.path.format(**records)
    answer = tab.goto(path)
    if answer and answer.ok:
        tab.wait_for_selector(listed.ready)
    tab.wait_for_timeout(SETTLE_MS // 3)
    tab.screenshot(path=file, full_page=True)
    wide = tab.evaluate("document.documentElement.scrollWidth")
    problems = [f"{file.name}: {wide} px wide"] if wide > width else []
    return problems + ([] if answer and answer.ok else [f"{path}: {answer and answer.status}"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("accounts", type=Path)
    parser.add_argument("--check", type=Path, help="take every page into this folder")
    asked = parser.parse_args()
    listed = json.loads(asked.accounts.read_text(encoding="utf-8"))
    accounts = {account["role"]: account for account in reversed(listed)}
    with chromium() as browser:
        if asked.check:
            found = every_page(browser, asked.url, accounts, asked.check)
        else:
            found = readme_pictures(browser, asked.url, accounts)
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
