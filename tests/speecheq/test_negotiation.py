"""What an answer is written as: DRF's own choice, made once for the same words."""

from __future__ import annotations

import pytest
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer, StaticHTMLRenderer
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from speecheq import negotiation
from speecheq.negotiation import KnownAccept

ACCEPTED = [
    "*/*",
    "application/json",
    "application/json; indent=4",
    "text/html, application/*;q=0.8",
    "text/html,application/xhtml+xml,*/*;q=0.8",
]


def asked(accept: str) -> Request:
    return Request(APIRequestFactory().get("/api/v1/me/", HTTP_ACCEPT=accept))


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch):
    monkeypatch.setattr(negotiation, "_answers", {})


@pytest.mark.parametrize("accept", ACCEPTED)
@pytest.mark.parametrize("kinds", [[JSONRenderer], [StaticHTMLRenderer, JSONRenderer]])
def test_the_choice_is_the_usual_one_the_first_time_and_later(accept, kinds):
    for _ in range(3):
        renderers = [kind() for kind in kinds]
        chosen = KnownAccept().select_renderer(asked(accept), renderers)
        assert chosen == DefaultContentNegotiation().select_renderer(asked(accept), renderers)


def test_a_request_that_accepts_nothing_we_write_is_refused_each_time():
    for _ in range(2):
        with pytest.raises(NotAcceptable):
            KnownAccept().select_renderer(asked("image/png"), [JSONRenderer()])
    assert not negotiation._answers


def test_long_headers_and_many_are_not_remembered(monkeypatch):
    monkeypatch.setattr(negotiation, "REMEMBERED", 3)
    for n in range(7):
        KnownAccept().select_renderer(asked(f"*/*;q=0.{n}"), [JSONRenderer()])
    assert 0 < len(negotiation._answers) <= 3
    negotiation._answers.clear()
    KnownAccept().select_renderer(asked("*/*," + "a/b," * 60), [JSONRenderer()])
    assert not negotiation._answers
