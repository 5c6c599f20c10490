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
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
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
PAGES = {
    "annotator": ["/", "/campaigns/", "/campaigns/*", "/campaigns/*label/"],
    "data_manager": [
        "/",
        "/corpora/",
        "/corpora/*",
        "/corpora/*speakers/",
        "/corpora/*members/",
        "/corpora/*import/",
        "/campaigns/new/",
        "/campaigns/*",
        "/campaigns/*queue/",
        "/campaigns/*agreement/",
        "/campaigns/*consensus/",
        "/releases/",
        "/releases/new/",
        "/releases/*",
        "/jobs/",
        "/jobs/*",
        "/people/",
    ],
    "researcher": [
        "/",
        "/runs/",
        "/runs/new/",
        "/runs/*",
        "/models/",
        "/models/*",
    ],
}


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


def sign_in(browser: Browser, url: str, account: dict[str, str], **options: Any) -> Page:
    language = options.pop("language", "en")
    context = browser.new_context(base_url=url, **options)
    context.add_cookies([{"name": "django_language", "value": language, "url": url}])
    page = context.new_page()
    page.goto("/accounts/login/")
    page.locator("#id_username").fill(account["username"])
    page.locator("#id_password").fill(account["password"])
    page.locator("main form button").click()
    page.wait_for_url(f"{url}/")
    return page


def first_below(page: Page, folder: str) -> str:
    """Address of the first record that the list page `folder` links to, or ""."""
    page.goto(folder)
    links = page.locator(f"main tbody a[href^='{folder}']")
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
        target = first_below(page, folder)
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
    found = []
    variants = itertools.product(("en", "zh-hans"), ("light", "dark"), (390, 1440))
    for language, theme, width in variants:
        for role, paths in PAGES.items():
            page = sign_in(
                browser,
                url,
                accounts[role],
                language=language,
                color_scheme=theme,
                viewport={"width": width, "height": 900},
            )
            for path in paths:
                name = f"{path.strip('/').replace('/', '-') or 'home'}-{role}".replace("*", "one-")
                found += shoot(page, path, folder / f"{name}-{language}-{theme}-{width}.png", width)
            page.context.close()
    return found


def shoot(page: Page, path: str, file: Path, width: int) -> list[str]:
    if "*" in path:
        folder, tail = path.split("*")
        record = first_below(page, folder)
        if not record:
            return [f"{path}: nothing to show"]
        path = record + tail
    answer = page.goto(path)
    page.wait_for_timeout(SETTLE_MS // 3)
    page.screenshot(path=file, full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth")
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
