"""The catalogues: whole, in step with the code, compiled, and truly Chinese."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest
from django.utils import translation

from annotation.labelspaces.schemes import SCHEMES

ROOT = Path(__file__).resolve().parent.parent.parent
HAN = re.compile(r"[\u4e00-\u9fff]")
# The same in every language: units, names of files, formats and keys.
SAME_IN_CHINESE = {
    "SHA-256",
    "Enter",
    "REST",
    "16 kHz mono FLAC.",
    "API token",
    "API tokens",
    "{place}: {detail}",
}
# One word per idea: what is never said, and what is said instead.
SAID_OTHERWISE = {"您": "你", "载入": "加载", "愉悦度": "效价", "激动度": "唤醒度"}
PLACEHOLDER = re.compile(r"%\(\w+\)[sdrf]|%[sd]|\{\w*(?:![rs])?(?::[^{}]*)?\}")


@pytest.fixture(scope="module")
def tool():
    found = importlib.util.spec_from_file_location("translations", ROOT / "tools/translations.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def messages(tool):
    return [message for message in tool.read("zh_Hans") if message.id]


def first_id(message) -> str:
    return message.id[0] if isinstance(message.id, tuple) else message.id


def test_every_string_is_translated_and_the_compiled_file_is_of_this_text(tool):
    assert tool.problems("zh_Hans") == []


def test_a_string_that_is_not_in_the_catalogue_is_found(tool, tmp_path, monkeypatch):
    page = tmp_path / "annotation" / "page.html"
    page.parent.mkdir()
    page.write_text('{% load i18n %}{% translate "Never seen before" %}')
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    assert "not in the catalogue: 'Never seen before'" in tool.problems("zh_Hans")


def test_chinese_is_chinese(tool, messages):
    plain = [
        message.id
        for message in messages
        if first_id(message) not in SAME_IN_CHINESE
        and not all(HAN.search(text) for text in tool.texts(message))
    ]
    assert [one for one in plain if re.search(r"[a-z]{3}", str(one))] == []


def test_one_idea_has_one_word(tool, messages):
    seeded = json.dumps(SCHEMES, ensure_ascii=False)
    texts = [seeded, *(text for message in messages for text in tool.texts(message))]
    assert [(word, text) for word in SAID_OTHERWISE for text in texts if word in text] == []


def test_placeholders_are_kept(tool, messages):
    for message in messages:
        wanted = set(PLACEHOLDER.findall(str(message.id)))
        for text in tool.texts(message):
            assert set(PLACEHOLDER.findall(text)) == wanted, message.id


@pytest.mark.parametrize(("language", "word"), [("en", "Sign in"), ("zh-hans", "登录")])
def test_django_finds_the_catalogue(language, word):
    with translation.override(language):
        assert translation.gettext("Sign in") == word
