"""Refusals of REST in the language of whoever asks; programs that name none are told in English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from annotation.services import queue
from speecheq.roles import Role
from tests import factories, recording

pytestmark = pytest.mark.django_db

HAN = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z']+(?: [A-Za-z']+){3,}")
V1 = "/api/v1"
HEADER = "code,language,key,text"


@pytest.fixture
def manager(corpus):
    return factories.member(corpus, Role.DATA_MANAGER)


@pytest.fixture
def campaign(corpus, annotator):
    return factories.campaign(corpus, annotators=[annotator])


def in_both(api: Any, method: str, path: str, **sent: Any) -> tuple[dict, dict]:
    """The problem answered to who names no language, and the one in Chinese."""
    found = []
    for language in ({}, {"HTTP_ACCEPT_LANGUAGE": "zh-hans"}):
        answer = getattr(api, method)(f"{V1}{path}", **sent, **language)
        assert answer["Content-Type"].startswith("application/problem+json"), answer.content
        found.append(answer.json())
    return found[0], found[1]


def details(problem: dict) -> Iterator[str]:
    yield problem["detail"]
    yield from (error["detail"] for error in problem["errors"])


def assert_told_in_both(told: tuple[dict, dict]) -> None:
    english, chinese = told
    assert not any(HAN.search(detail) for detail in details(english))
    for detail in details(chinese):
        assert HAN.search(detail) and not ENGLISH.search(detail), detail
    fields = ("field", "code")
    rows = [[[error[name] for name in fields] for error in one["errors"]] for one in told]
    assert (english["code"], rows[0]) == (chinese["code"], rows[1])


# --- labelling -------------------------------------------------------------------------------


def submit(api, campaign, annotator, **judgement) -> tuple[dict, dict]:
    assignment, *_ = queue.claim_next(campaign=campaign, annotator=annotator)
    given: dict[str, Any] = {"labels": [{"esc": "HAP", "eis": 2}], "listened_ms": 99_999}
    sent = {"data": given | judgement, "format": "json", "HTTP_IDEMPOTENCY_KEY": "k"}
    return in_both(api, "post", f"/assignments/{assignment.public_id}/submit/", **sent)


@pytest.mark.parametrize(
    "judgement",
    [
        {"labels": [{"esc": "ZZZ", "eis": 1}]},
        {"labels": [{"esc": "HAP", "eis": 9}]},
        {"labels": [{"esc": "NEU", "eis": 2}]},
        {"labels": [{"esc": "HAP"}]},
        {"labels": [{"esc": "HAP", "eis": "two"}]},
        {"labels": []},
        {"mood": "good"},
    ],
)
def test_an_answer_that_is_not_taken(campaign, annotator, judgement):
    api = factories.client(annotator)
    assert_told_in_both(submit(api, campaign, annotator, **judgement))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "/assignments/asg_unknown/skip/"),
        ("get", "/campaigns/cmp_unknown/questions/"),
        ("get", "/clips/clp_unknown/"),
        ("get", "/clips/?mood=good"),
        ("get", "/jobs/job_unknown/"),
        ("get", "/schemes/?cursor=odd"),
    ],
)
def test_what_is_not_there(annotator, method, path):
    assert_told_in_both(in_both(factories.client(annotator), method, path))


def test_a_question_without_words(campaign, annotator):
    [assignment, *_] = queue.claim_next(campaign=campaign, annotator=annotator)
    told = in_both(
        factories.client(annotator),
        "post",
        f"/campaigns/{campaign.public_id}/questions/",
        data={"clip": assignment.clip.public_id},
        format="json",
    )
    assert_told_in_both(told)


def test_who_may_not_is_told_so(annotator, corpus):
    path = f"/corpora/{corpus.slug}/members/"
    assert_told_in_both(in_both(factories.client(annotator), "put", path, data=[], format="json"))


# --- schemes, campaigns ------------------------------------------------------------------------

WORDS = {"zh": "词", "en": "word"}
NEUTRAL = {"code": "NEU", "names": WORDS, "key": "Digit1"}
SCHEME = {"code": "short", "label_space": "core-7", "esc": [NEUTRAL], "eis": []}


@pytest.mark.parametrize(
    "changed",
    [
        {"code": "seqd-1"},
        {"label_space": "unknown"},
        {"esc": [NEUTRAL, NEUTRAL]},
        {"esc": [NEUTRAL | {"code": "ZZZ"}]},
        {"eis": [{"value": 2, "names": WORDS, "key": "Digit1"}]},
        {"extras": [{"code": "esc", "kind": "slider", "min": 0, "max": 10, "step": 3}]},
        {"esc": []},
    ],
)
def test_a_scheme_that_cannot_be(manager, changed):
    sent = {"data": SCHEME | changed, "format": "json"}
    assert_told_in_both(in_both(factories.client(manager), "post", "/schemes/", **sent))


@pytest.mark.parametrize(
    "changed",
    [
        {"scheme": "unknown"},
        {"clips": ["no-such-key"]},
        {"clips": {"mood": "good"}},
        {"gold_share": 0.4, "repeat_share": 0.4},
        {"corpus": "unknown"},
    ],
)
def test_a_campaign_that_cannot_be(manager, corpus, changed):
    body = {"corpus": corpus.slug, "name": "One", "scheme": "seqd-1", "clips": "all"} | changed
    told = in_both(factories.client(manager), "post", "/campaigns/", data=body, format="json")
    assert_told_in_both(told)


# --- recording ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", f"{HEADER}\nnews-zh,zh,a\n"),
        ("a.csv", f"{HEADER},target_eis\nnews-zh,zh,a,text,much\nnews-zh,en,a,text,2\n"),
        ("a.csv", "code;language;key;text\n"),
        ("a.csv", "code,mood\n"),
        ("a.csv", f"{HEADER}\n"),
        ("a.csv", f"{HEADER},section\nnews-zh,zh,a,A,x\n,,b,B,y\n,,c,C,x\n"),
        ("a.csv", f"{HEADER}\nNews zh,zh,=a,A\n,,=a,A\n"),
        ("a.yaml", "code: [a"),
        ("a.yaml", "- a\n"),
        ("a.yaml", "code: a\nmood: good\n"),
        ("a.yaml", "code: a\nlanguage: zh\nsections: none\n"),
        ("a.txt", "code"),
    ],
)
def test_a_script_file_that_cannot_be_read(manager, name, content):
    api = factories.client(manager)
    found = []
    for language in ({}, {"HTTP_ACCEPT_LANGUAGE": "zh-hans"}):
        file = SimpleUploadedFile(name, content.encode())
        sent = {"data": {"file": file}, "format": "multipart"}
        found.append(api.post(f"{V1}/scripts/import/", **sent, **language).json())
    english, chinese = found
    assert HAN.search(chinese["detail"]) and not HAN.search(english["detail"])
    for detail in details(chinese):
        # What the YAML reader says stays as it says it.
        assert name.endswith(".yaml") or not ENGLISH.search(detail), detail


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "skip/", {"prompt": "pmt_unknown", "reason": "a cold"}),
        ("post", "again/", {"prompt": "pmt_unknown"}),
        ("post", "notes/", {"text": ""}),
        ("post", "links/", {"days": 400}),
        ("put", "device/", []),
        ("patch", "", {"qc_rules": {"snr_db_red": 9_999}}),
        ("patch", "", {"qc_rules": {"mood": 1}}),
        ("post", "takes/", {"upload": "upl_unknown", "kind": "room_tone"}),
        ("post", "clips/", {}),
        ("post", "consent/", {"text": "unknown", "purposes": ["record"], "signed_name": "A"}),
    ],
)
def test_what_a_session_refuses(session, operator, method, path, body):
    address = f"/sessions/{session.public_id}/{path}"
    told = in_both(factories.client(operator), method, address, data=body, format="json")
    assert_told_in_both(told)


def test_a_take_that_is_no_sound(session, operator):
    prompt = session.script.prompts.first().public_id
    told = in_both(
        factories.client(operator),
        "post",
        f"/sessions/{session.public_id}/takes/?prompt={prompt}",
        data=b"RIFF and nothing else",
        content_type="audio/wav",
        HTTP_CONTENT_DIGEST="sha-256=:AAAA:",
    )
    assert_told_in_both(told)


def test_a_session_without_consent(corpus, operator):
    silent = recording.session(corpus, agreed=False)
    told = in_both(
        factories.client(operator),
        "post",
        f"/sessions/{silent.public_id}/takes/?kind=room_tone",
        data=recording.wav(recording.speech()),
        content_type="audio/wav",
        HTTP_CONTENT_DIGEST="sha-256=:" + "A" * 43 + "=:",
    )
    assert_told_in_both(told)


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("post", "/uploads/", {}),
        ("post", "/uploads/", {"HTTP_TUS_RESUMABLE": "0.2.0"}),
        ("post", "/uploads/", {"HTTP_TUS_RESUMABLE": "1.0.0", "HTTP_UPLOAD_LENGTH": "many"}),
        ("post", "/uploads/", {"HTTP_TUS_RESUMABLE": "1.0.0", "HTTP_UPLOAD_LENGTH": "9" * 12}),
        ("head", "/uploads/upl_unknown/", {"HTTP_TUS_RESUMABLE": "1.0.0"}),
    ],
)
def test_an_upload_that_is_refused(operator, method, path, headers):
    if method == "head":
        method = "get"
    assert_told_in_both(in_both(factories.client(operator), method, path, **headers))


@pytest.mark.parametrize(
    "body",
    [
        {"regions": [{"start_frame": 0, "end_frame": 10**12, "prompt": None}], "revision": 1},
        {"regions": [{"id": "reg_unknown", "start_frame": 0, "end_frame": 9_999}], "revision": 1},
        {"regions": [], "revision": 999},
        {"regions": [{"start_ms": 0, "start_frame": 0, "end_ms": 900}], "revision": 1},
    ],
)
def test_regions_that_are_not_saved(long, operator, body):
    path = f"/long-recordings/{long.public_id}/regions/"
    told = in_both(factories.client(operator), "put", path, data=body, format="json")
    assert_told_in_both(told)
