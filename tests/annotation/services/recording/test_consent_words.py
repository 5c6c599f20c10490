"""What a speaker reads when a signature is refused."""

from __future__ import annotations

import re

import pytest
from django.utils.translation import override

from annotation.services.recording.consents import GUARDIAN_MISSING, NO_SIGNATURE, RECORD_NEEDED
from speecheq.error_words import in_words

REFUSALS = [
    ("guardian_missing", GUARDIAN_MISSING),
    ("no_signature", NO_SIGNATURE),
    ("record_needed", RECORD_NEEDED),
]


@pytest.mark.parametrize(("code", "detail"), REFUSALS)
def test_a_refused_signature_is_told_in_chinese_alone(code, detail):
    with override("zh-hans"):
        assert not re.search("[a-z]{2}", in_words(code, detail))
