"""The server's own figures of a take."""

import numpy as np
import pytest

from annotation.audio.errors import AudioRefused
from annotation.recording.qc import Rules
from annotation.services.recording.quality import BadRules, changed_rules, qc_of_wav, rules_of
from tests.recording import session, speech, wav

TEXT = {"text": "The dogs are sitting by the door.", "language": "en"}


@pytest.fixture
def put(tmp_path):
    def put(content: bytes):
        path = tmp_path / "take.wav"
        path.write_bytes(content)
        return path

    return put


@pytest.mark.parametrize("bits", [16, 24])
def test_a_good_take_is_green(put, bits):
    found = qc_of_wav(put(wav(speech(), bits=bits)), Rules(), **TEXT)
    assert found["verdict"] == "green", found["reasons"]
    assert found["duration_ms"] == 2000


def test_the_rules_decide(put):
    strict = Rules().changed({"lead_ms_yellow": 500})
    found = qc_of_wav(put(wav(speech())), strict, **TEXT)
    assert [reason["code"] for reason in found["reasons"]] == ["cut_start"]


def test_of_two_channels_the_loud_one_is_judged(put):
    both = np.stack([1e-4 * speech(), np.clip(speech() * 40, -1, 1)], axis=1)
    found = qc_of_wav(put(wav(both)), Rules(), **TEXT)
    assert "clipping" in [reason["code"] for reason in found["reasons"]]


def test_a_take_of_more_than_ten_minutes_is_refused_before_it_is_read(put):
    with pytest.raises(AudioRefused, match="at most 600 s") as refused:
        qc_of_wav(put(wav(np.zeros(601 * 4000), rate_hz=4000, bits=16)), Rules())
    assert refused.value.code == "too_long"


def test_what_is_no_wav_is_refused(put):
    with pytest.raises(AudioRefused, match="webm"):
        qc_of_wav(put(b"\x1a\x45\xdf\xa3" + b"\0" * 100), Rules())


@pytest.mark.django_db
def test_a_session_has_the_usual_rules_and_its_own():
    made = session(qc_rules={"snr_db_yellow": 30})
    assert rules_of(made) == Rules(snr_db_yellow=30)


def test_a_rule_that_cannot_be_names_its_field():
    with pytest.raises(BadRules) as refused:
        changed_rules({"loudness": 3})
    (error,) = refused.value.errors
    assert (refused.value.status, error.field, error.code) == (
        422,
        "qc_rules.loudness",
        "unknown_rule",
    )
