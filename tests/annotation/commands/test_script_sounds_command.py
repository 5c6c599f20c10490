"""`manage.py script_sounds`."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from annotation.models import Script
from tests import recording

pytestmark = pytest.mark.django_db


def said(*arguments: str) -> str:
    out = io.StringIO()
    call_command("script_sounds", *arguments, stdout=out)
    return out.getvalue()


def test_the_counts_of_mandarin_are_printed():
    text = said("seqd-zh-1")
    assert text.startswith("seqd-zh-1@1: 60 distinct sentences\ninitials: 22 sounds")
    assert "finals: 38 sounds, the rarest 3 times" in text
    assert "every sound occurs at least 3 times" in text


def test_the_counts_can_be_had_as_json():
    data = json.loads(said("seqd-en-1", "--json"))
    assert data["balanced"] is True
    assert len(data["sounds"]["groups"]["phones"]) == 39
    assert min(data["sounds"]["groups"]["phones"].values()) >= 3


def test_what_is_rare_and_what_is_unread_are_told():
    script = recording.script(1)
    script.prompts.update(transcript="Number 7", phonemes=None)
    text = said("spoken")
    assert "fewer than 3 times, phones: AA, AE" in text and "not read, p00: No pron" in text


def test_a_language_without_a_table_is_told():
    Script.objects.create(code="fr", language="fr")
    assert "no table of sounds" in said("fr")


def test_an_unknown_script_is_refused():
    with pytest.raises(CommandError, match="No script 'seqd'"):
        said("seqd")
