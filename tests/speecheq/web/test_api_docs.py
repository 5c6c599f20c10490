"""The page of the REST interface: whole, readable without script, and without a dead link."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from speecheq.error_codes import tables


@pytest.fixture(scope="module")
def docs() -> str:
    answer = Client().get("/api/v1/docs/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_call_is_on_it(description, docs):
    paths = description["paths"].items()
    calls = {(m.upper(), path) for path, methods in paths for m in methods}
    shown = re.findall(r'<span class="method">(\w+)</span> <code>([^<]+)</code>', docs)
    assert set(shown) == calls
    assert len(shown) == len(calls)


def test_every_object_and_every_error_code_is_on_it(description, docs):
    for name in description["components"]["schemas"]:
        assert f'id="shape-{name}"' in docs
    for codes in tables().values():
        for code in codes:
            assert f"<code>{code}</code>" in docs


def test_every_link_within_it_leads_somewhere(docs):
    ids = set(re.findall(r' id="([^"]+)"', docs))
    links = set(re.findall(r'href="#([^"]+)"', docs))
    assert len(links) > 50
    assert links <= ids


def test_what_a_call_takes_is_said(docs):
    call = docs[docs.index('id="campaigns_list"') :]
    call = call[: call.index("</details>")]
    assert "one of closed, draft, open, paused" in call
    assert "PaginatedCampaignList" in call


def test_the_frame_speaks_the_readers_language(client):
    client.cookies["django_language"] = "zh-hans"
    assert "<h1>REST 接口</h1>" in client.get("/api/v1/docs/").content.decode()
