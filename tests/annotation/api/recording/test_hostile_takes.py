"""Takes as a broken or hostile client sends them: each is refused by name, and none is kept."""

from __future__ import annotations

import base64
import hashlib
import io
import struct

import numpy as np
import pytest
import soundfile
from django.utils import timezone

from annotation.models import ConsentWithdrawal, Script, Take
from tests import recording
from tests.annotation.api.recording.test_takes import nothing_is_stored, send, spoken
from tests.annotation.audio.sounds import speechlike, write_av
from tests.tus_client import begin, patch, sha256

pytestmark = [pytest.mark.django_db, pytest.mark.database]

RATE_HZ = 16_000
SAMPLES = recording.speech(1.2, rate_hz=RATE_HZ)
GOOD = recording.wav(SAMPLES, rate_hz=RATE_HZ, bits=16)


@pytest.fixture
def session(corpus):
    return recording.session(corpus)


@pytest.fixture
def prompt(session):
    return session.places.first().prompt


def at(offset: int, form: str, value: int) -> bytes:
    """GOOD with one number of its header replaced."""
    return GOOD[:offset] + struct.pack(form, value) + GOOD[offset + struct.calcsize(form) :]


def rate(value: int) -> bytes:
    """GOOD at a rate that the rest of its header agrees with."""
    whole = at(24, "<I", value)
    return whole[:28] + struct.pack("<I", value * 2 & 0xFFFFFFFF) + whole[32:]


def as_other(kind: str, subtype: str) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, SAMPLES, RATE_HZ, format=kind, subtype=subtype)
    return buffer.getvalue()


def as_float(spoiled: float) -> bytes:
    buffer = io.BytesIO()
    samples = SAMPLES.astype(np.float32)
    samples[500] = spoiled
    soundfile.write(buffer, samples, RATE_HZ, format="WAV", subtype="FLOAT")
    return buffer.getvalue()


LIES = {
    "more sound than there is": (at(40, "<I", len(GOOD)), "truncated"),
    "less sound than there is": (at(40, "<I", 1000), "corrupt"),
    "half a frame": (at(40, "<I", len(GOOD) - 45), "corrupt"),
    "sound of no length": (at(40, "<I", 0), "empty"),
    "another byte rate": (at(28, "<I", 44_100), "corrupt"),
    "another frame": (at(32, "<H", 3), "corrupt"),
    "no channel": (at(22, "<H", 0), "too_many_channels"),
    "65535 channels": (at(22, "<H", 65_535), "too_many_channels"),
    "0 Hz": (rate(0), "unsupported_rate"),
    "3 GHz": (rate(3_000_000_000), "unsupported_rate"),
    "8 bits": (at(34, "<H", 8), "unsupported"),
    "mu-law": (at(20, "<H", 7), "unsupported"),
    "only a header": (GOOD[:44], "truncated"),
    "a part of a header": (GOOD[:30], "truncated"),
    "flac": (as_other("FLAC", "PCM_16"), "not_wav"),
    "ogg": (as_other("OGG", "VORBIS"), "not_wav"),
    "mp3": (as_other("MP3", "MPEG_LAYER_III"), "not_wav"),
    "text": (b"<html>Sign in to the hotel's network</html>" * 20, "not_audio"),
    "nan": (as_float(np.nan), "not_finite"),
    "inf": (as_float(np.inf), "not_finite"),
}


def refused(answer) -> tuple[int, str]:
    """Status and name of a problem that has words, and after which nothing is stored."""
    told = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json", told
    assert len(told["detail"]) > 20
    assert nothing_is_stored()
    return answer.status_code, told["code"]


@pytest.mark.parametrize(("content", "code"), LIES.values(), ids=LIES)
def test_a_file_that_is_not_what_it_says_is_refused_by_name(api, session, prompt, content, code):
    assert refused(send(api, session, content, query=spoken(prompt))) == (422, code)


def test_what_a_browser_calls_wav_and_is_webm_is_told_apart(api, session, prompt, tmp_path):
    path = write_av(tmp_path / "a.webm", speechlike(0.5), container="webm", codec="libopus")
    answer = send(api, session, path.read_bytes(), query=spoken(prompt))
    assert refused(answer) == (422, "not_wav")
    assert "webm" in answer.json()["detail"]


def test_a_lie_that_comes_in_pieces_is_refused_as_well(api, session, prompt):
    content = LIES["another byte rate"][0]
    address = begin(api, len(content), sha256=sha256(content).hex())
    assert patch(api, address, content).status_code == 204
    body = {"upload": address.split("/")[-2], "prompt": prompt.public_id}
    answer = api.post(f"/api/v1/sessions/{session.public_id}/takes/", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (422, "corrupt")
    assert not Take.objects.exists()


def named(algorithm: str, digest: bytes) -> str:
    return f"{algorithm}=:{base64.b64encode(digest).decode()}:"


@pytest.mark.parametrize(
    ("digest", "code"),
    [
        (None, "digest_missing"),
        ("", "digest_missing"),
        (named("sha-512", hashlib.sha512(GOOD).digest()), "digest_missing"),
        (named("md5", hashlib.md5(GOOD).digest()), "digest_missing"),
        (named("sha-256", hashlib.sha256(GOOD).digest()[:31]), "malformed"),
        (f"sha-256=:{hashlib.sha256(GOOD).hexdigest()}:", "malformed"),
        (named("sha-256", hashlib.sha256(GOOD[:-2]).digest()), "digest_mismatch"),
    ],
)
def test_a_digest_that_is_none_or_another_is_refused(api, session, prompt, digest, code):
    assert refused(send(api, session, GOOD, query=spoken(prompt), HTTP_CONTENT_DIGEST=digest)) == (
        400,
        code,
    )


@pytest.mark.parametrize(
    ("length", "status", "code"),
    [
        (len(GOOD) + 1, 400, "broken_off"),
        (len(GOOD) - 1, 400, "digest_mismatch"),
        (0, 400, "digest_mismatch"),
        (-1, 411, "length_missing"),
        ("9" * 30, 413, "too_large"),
        ("1e3", 411, "length_missing"),
    ],
)
def test_a_length_that_lies_is_refused(api, session, prompt, length, status, code):
    answer = send(api, session, GOOD, query=spoken(prompt), CONTENT_LENGTH=str(length))
    assert refused(answer) == (status, code)


def test_another_algorithm_beside_ours_is_passed_over(api, session, prompt):
    both = f"{named('sha-512', b'x' * 64)}, {named('sha-256', hashlib.sha256(GOOD).digest())}"
    answer = send(api, session, GOOD, query=spoken(prompt), HTTP_CONTENT_DIGEST=both)
    assert answer.status_code == 201, answer.json()


def test_a_prompt_of_the_same_script_that_the_session_does_not_speak_is_refused(
    api, session, prompt
):
    session.places.filter(prompt=prompt).delete()
    assert refused(send(api, session, GOOD, query=spoken(prompt))) == (422, "unknown_prompt")


def test_a_prompt_of_a_newer_version_of_the_script_is_none_of_this_session(api, session, prompt):
    newer = recording.script(version=2)
    assert Script.objects.filter(code=newer.code).count() == 2
    assert refused(send(api, session, GOOD, query=spoken(newer.prompts.first()))) == (
        422,
        "unknown_prompt",
    )
    assert send(api, session, GOOD, query=spoken(prompt)).status_code == 201


def withdraw(session) -> None:
    ConsentWithdrawal.objects.create(
        speaker=session.speaker, purposes=["record"], withdrawn_at=timezone.now()
    )


def test_a_consent_taken_back_between_two_takes_stops_the_second(api, session, prompt):
    first = send(api, session, GOOD, query=spoken(prompt))
    withdraw(session)
    other = recording.wav(recording.speech(1.2, seed=2, rate_hz=RATE_HZ), rate_hz=RATE_HZ)
    answer = send(api, session, other, query=spoken(prompt))
    assert (answer.status_code, answer.json()["code"]) == (403, "consent_missing")
    assert [take.public_id for take in Take.objects.all()] == [first.json()["id"]]


def test_a_consent_taken_back_between_two_pieces_stops_the_take(api, session, prompt):
    address = begin(api, len(GOOD), sha256=sha256(GOOD).hex())
    patch(api, address, GOOD[:5000])
    withdraw(session)
    assert patch(api, address, GOOD[5000:], offset=5000).status_code == 204
    body = {"upload": address.split("/")[-2], "prompt": prompt.public_id}
    answer = api.post(f"/api/v1/sessions/{session.public_id}/takes/", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "consent_missing")
    assert not Take.objects.exists()


@pytest.mark.parametrize(
    "reported",
    [{"order": {"browser": 5, "number": []}}, {"order": "x" * 10_000}, {"order": {"number": 1}}],
)
def test_an_order_that_is_none_costs_nobody_a_take(api, session, prompt, reported):
    address = begin(api, len(GOOD))
    patch(api, address, GOOD)
    body = {"upload": address.split("/")[-2], "prompt": prompt.public_id, "reported": reported}
    answer = api.post(f"/api/v1/sessions/{session.public_id}/takes/", body, format="json")
    assert answer.status_code == 201, answer.json()


@pytest.mark.parametrize("told", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
@pytest.mark.parametrize("sent", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
def test_times_at_the_ends_of_the_calendar_are_times(api, session, prompt, told, sent):
    query = f"{spoken(prompt)}&recorded_at={told}&sent_at={sent}"
    assert send(api, session, GOOD, query=query).status_code == 201
    assert Take.objects.get().recorded_at <= timezone.now()
