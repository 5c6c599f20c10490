"""The server's own figures of a take, by the rules of its session."""

import numpy as np
import pytest

from annotation.recording.qc import Rules
from annotation.services.recording.quality import BadRules, changed_rules, rules_of
from annotation.services.recording.sound import examine
from annotation.services.recording.take_errors import TakeRefused
from tests.recording import session, speech, wav

pytestmark = pytest.mark.django_db


@pytest.fixture
def judged(tmp_path):
    """Put bytes into a file and have them judged as a take of a session's first prompt."""

    def judged(content: bytes, **changes):
        path, made = tmp_path / "take.wav", session(qc_rules=changes)
        path.write_bytes(content)
        prompt = made.places.first().prompt
        return examine(path, session=made, prompt=prompt, kind="speech").qc

    return judged


def codes(found):
    return [reason["code"] for reason in found["reasons"]]


@pytest.mark.parametrize("bits", [16, 24])
def test_a_good_take_is_green(judged, bits):
    found = judged(wav(speech(), bits=bits))
    assert found["verdict"] == "green", found["reasons"]
    assert found["duration_ms"] == 2000


def test_the_rules_of_the_session_decide(judged):
    assert codes(judged(wav(speech()), lead_ms_yellow=500)) == ["cut_start"]


def test_of_two_channels_the_loud_one_is_judged(judged):
    both = np.stack([1e-4 * speech(), np.clip(speech() * 40, -1, 1)], axis=1)
    assert "clipping" in codes(judged(wav(both)))


def test_a_take_of_more_than_ten_minutes_is_refused(judged):
    with pytest.raises(TakeRefused, match="at most 600") as refused:
        judged(wav(np.zeros(601 * 4000), rate_hz=4000, bits=16))
    assert refused.value.code == "too_long"


def test_what_is_no_wav_is_refused(judged):
    with pytest.raises(TakeRefused, match="webm") as refused:
        judged(b"\x1a\x45\xdf\xa3" + b"\0" * 100)
    assert refused.value.code == "not_wav"


def test_a_session_has_the_usual_rules_and_its_own():
    assert rules_of(session(qc_rules={"snr_db_yellow": 30})) == Rules(snr_db_yellow=30)


def test_a_rule_that_cannot_be_names_its_field():
    with pytest.raises(BadRules) as refused:
        changed_rules({"loudness": 3})
    (error,) = refused.value.errors
    assert (refused.value.status, error.field) == (422, "qc_rules.loudness")
    assert error.code == "unknown_rule"
