"""The built-in scripts as an installation has them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from annotation.models import Script
from annotation.recording.builtin import BUILT_IN, built_in
from annotation.services.recording.scripts import as_written, find_script, prompts_in_order

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("code", BUILT_IN)
def test_every_installation_has_it_as_designed(code):
    script, found = find_script(code), built_in(code)
    assert script.is_builtin and script.created_by is None
    assert as_written(script) == replace(found.script, version=1)
    stored = dict(script.prompts.values_list("key", "phonemes"))
    assert stored == found.phonemes


def test_prompts_have_the_same_ids_everywhere():
    prompt = find_script("seqd-zh-1").prompts.get(key="t1")
    assert prompt.public_id == "pmt_nnq61g34rtbmk6y641wg"


def test_a_session_begins_with_training():
    order = prompts_in_order(find_script("seqd-en-1"), 5)
    assert [each.key for each in order[:7]] == [f"t{n}" for n in range(1, 8)]
    assert len(order) == 247 and Script.objects.count() == 2
