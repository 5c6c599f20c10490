"""Figures in templates: rounded, never cut off."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from django.template.loader import render_to_string
from django.utils.translation import override

from speecheq.models import Job
from speecheq.templatetags.speecheq_ui import (
    fixed,
    in_line_order,
    message_words,
    moment,
    moment_s,
    next_url,
    percent,
    seconds,
)


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (5 / 3, 2, "1.67"),
        (0.9996, 3, "1.000"),
        (-0.0004, 3, "0.000"),
        (0.00001, 3, "0.000"),
        (7, 2, "7.00"),
        (None, 2, "–"),
        (float("nan"), 2, "–"),
    ],
)
def test_a_figure_is_rounded_to_its_decimals(value, digits, shown):
    assert fixed(value, digits) == shown


def test_shares_and_times_are_rounded_too():
    assert (percent(0.8716), seconds(1990)) == ("87.2 %", "2.0 s")


def test_refused_rows_are_listed_as_they_stand_in_the_file():
    rows = [{"key": "b", "line": 9}, {"key": "none"}, {"key": "a", "line": 2}]
    assert [row["key"] for row in in_line_order(rows)] == ["a", "b", "none"]


def test_what_a_training_says_of_itself_is_a_sentence_on_the_page():
    assert message_words("features 275/1319") == "275 of 1319 clips measured"
    assert message_words("epoch 3") == "epoch 3"
    assert message_words(None) == message_words("") == ""


def test_what_a_job_says_of_itself_is_in_the_language_of_the_page():
    with override("zh-hans"):
        assert message_words("Searching for silence.") == "正在查找静音。"


@pytest.mark.parametrize(
    ("result", "address"),
    [
        ({"imported": 3}, "/corpora/voices/"),
        ({"consensus": "con_1", "version": 2}, "/campaigns/cmp_1/consensus/"),
        ({"export": "exp_1"}, ""),
    ],
)
def test_a_finished_job_leads_to_what_it_made(result, address):
    job = Job(corpus="voices", params={"campaign": "cmp_1"}, result=result)
    assert next_url(job) == address


def test_the_page_of_a_failure_names_its_own_language():
    with override("zh-hans"):
        assert '<html lang="zh-hans">' in render_to_string("500.html")


@pytest.mark.parametrize(
    "when",
    [datetime(2026, 3, 1, 19, 5, 9, tzinfo=timezone(timedelta(hours=8))), "2026-03-01T11:05:09Z"],
)
def test_a_moment_is_told_in_utc_for_the_page_to_make_local(when):
    assert moment(when).endswith(" data-utc>2026-03-01 11:05 UTC</time>")
    assert moment_s(when).endswith(" data-utc>2026-03-01 11:05:09 UTC</time>")


def test_what_has_not_come_about_has_no_moment():
    assert moment(None) == "–"
