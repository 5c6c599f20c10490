"""What the server refuses, on pages in Chinese: told in Chinese, beside where it was asked."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.browser.conftest import READY, Desk, open_as
from tests.support.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.looks]

HAN = re.compile(r"[\u4e00-\u9fff]{2}")
ENGLISH = re.compile(r"[A-Za-z']+(?: [A-Za-z']+){3,}")


def expect_chinese(told: Locator) -> None:
    expect(told).to_contain_text(HAN)
    expect(told).not_to_contain_text(ENGLISH)


def test_an_answer_that_is_refused_is_told_in_chinese(desk: Desk, server: Server):
    """The campaign is paused while its page is open."""
    desk.sit_down()
    cookie = {"name": "django_language", "value": "zh-hans", "url": server.url}
    desk.page.context.add_cookies([cookie])
    desk.page.reload()
    desk.page.wait_for_selector(READY)
    pause = f'Campaign.objects.filter(public_id="{desk.campaign}").update(state="paused")'
    server.run("from annotation.models import Campaign; " + pause)
    desk.press("Digit2", "KeyK", "Enter")
    told = desk.page.locator("[data-part=problem-text]")
    expect_chinese(told)
    expect(told).to_contain_text("已暂停")


def test_a_script_that_is_refused_is_told_in_chinese(tab_of, server: Server):
    tab = tab_of("data_manager")
    open_as(tab, server, "/scripts/new/", language="zh-hans", theme="light")
    tab.locator("textarea[name=text]").fill("code,language,key,text\nnews-zh,zh,a,\n,,a,B\n")
    tab.locator("main form .btn-primary").click()
    told = tab.locator("main").get_by_text("第 2 行")
    expect_chinese(told.first)


def test_a_scheme_that_is_refused_is_told_in_chinese(tab_of, server: Server):
    tab = tab_of("data_manager")
    open_as(tab, server, "/schemes/new/?space=core-7", language="zh-hans", theme="light")
    tab.wait_for_selector("#scheme-editor[data-mounted]")
    tab.locator("#f-esc-HAP-key").select_option("Digit1")
    told = tab.locator("#f-esc-HAP-key-error")
    expect(told).to_contain_text("NEU")
    expect_chinese(told)
