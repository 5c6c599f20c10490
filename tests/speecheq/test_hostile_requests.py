"""Requests that no honest client sends: each gets a clear refusal, none a 500."""

from __future__ import annotations

import base64
import json
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import RequestFactory
from rest_framework.exceptions import ParseError
from rest_framework.test import APIClient

from speecheq.middleware import RequestGuardMiddleware
from speecheq.parsers import MAX_DEPTH, StrictJSONParser
from speecheq.roles import Role
from tests import factories
from tests.speecheq.test_authorisation import ROUTES, path_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]

NUL = "\x00"


def signed(person) -> APIClient:
    return factories.client(person)


@pytest.fixture
def admin() -> APIClient:
    return signed(factories.UserFactory(is_superuser=True))


def post(api: APIClient, body: bytes, path: str = "/api/v1/tokens/"):
    return api.generic("POST", path, body, content_type="application/json")


def wrong(text: str | bytes) -> str:
    """What the parser says of a body."""
    body = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(ParseError) as caught:
        StrictJSONParser().parse(BytesIO(body))
    return str(caught.value.detail)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("[" * 100_000, "nested"),
        ('{"a":' * (MAX_DEPTH + 1) + "1" + "}" * (MAX_DEPTH + 1), "nested"),
        ('{"a": NaN}', "NaN"),
        ('{"a": -Infinity}', "Infinity"),
        ('{"a": 1e400}', "a: the number is too large"),
        ("[-1e400]", "0: the number is too large"),
        ('{"a": [1' + "0" * 400 + "]}", "a.0: the number is too large"),
        ('{"a": 1, "a": 2}', "'a' stands twice"),
        ('{"a": ["x\\u0000"]}', "a.0"),
        ('{"a": {"b": "\\ud800"}}', "a.b"),
        ('{"\\udfff": 1}', "No field"),
        (b'{"a": "\xff"}', "not JSON"),
        ("1" * 5000, "not JSON"),
        ('{"a": 1} x', "not JSON"),
    ],
)
def test_the_parser_says_what_is_wrong(body, said):
    assert said in wrong(body)


@pytest.mark.parametrize("value", [None, 1, "x", [], {"a": ["\U0001f600", "\\u0000", {}]}])
def test_the_parser_reads_all_other_json(value):
    assert StrictJSONParser().parse(BytesIO(json.dumps(value).encode())) == value


@pytest.mark.parametrize(
    "body", [b'{"\\ud800": 1}', b'{"name": "\\u0000"}', b"[" * 5000, b'{"name": 1, "name": 2}']
)
def test_a_body_that_cannot_be_stored_is_malformed(admin, body):
    answer = post(admin, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


class BrokenOff(BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        raise OSError("nothing came for too long")


def test_a_body_that_breaks_off_is_malformed():
    with pytest.raises(ParseError, match="broke off"):
        StrictJSONParser().parse(BrokenOff())


def test_a_body_in_chunks_that_is_not_json_is_asked_for_its_length():
    guard = RequestGuardMiddleware(lambda request: HttpResponse())
    request = RequestFactory().post("/api/v1/tokens/", HTTP_TRANSFER_ENCODING="chunked")
    request.META.pop("CONTENT_LENGTH", None)
    refused = guard.process_view(request, None, (), {})
    assert (refused.status_code, json.loads(refused.content)["code"]) == (411, "length_missing")


def test_a_body_above_the_limit_is_refused_before_it_is_read(admin, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = post(admin, b"x" * 1001)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("status", [403, 413])
def test_a_refused_body_is_let_go_so_that_the_answer_can_be_read(status):
    request = RequestFactory().post("/", b"x" * 200_000, content_type="application/json")
    answer = RequestGuardMiddleware(lambda request: HttpResponse(status=status))(request)
    assert (answer.status_code, request.read()) == (status, b"")


def test_a_post_without_its_last_slash_is_sent_on_as_a_post(admin):
    answer = admin.post("/api/v1/corpora", {})
    assert (answer.status_code, answer["Location"]) == (308, "/api/v1/corpora/")


def test_a_large_form_is_refused_in_words(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = client.post("/accounts/login/", {"username": "x" * 1001})
    assert answer.status_code == 413
    assert b"1000 are the most" in answer.content


def test_only_who_may_import_may_send_a_large_file(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    corpus = factories.CorpusFactory()
    address = f"/corpora/{corpus.slug}/import/"
    for role, status in ((Role.RESEARCHER, 413), (Role.DATA_MANAGER, 422)):
        client.force_login(factories.member(corpus, role))
        file = SimpleUploadedFile("a.zip", b"x" * 2000)
        answer = client.post(address, {"recipe": "unknown", "archive": file})
        assert answer.status_code == status


def test_nul_in_an_address_is_malformed(admin, client):
    client.force_login(factories.UserFactory(is_superuser=True))
    found = {}
    for name, _ in ROUTES:
        caller = admin if name.startswith("api:") else client
        path = path_of(name)
        found[name] = {caller.get(path + "?q=%00").status_code}
        if "/x/" in path:
            found[name].add(caller.get(path.replace("/x/", "/%00/", 1)).status_code)
    assert {name: codes for name, codes in found.items() if not codes <= {400, 404}} == {}


def test_nul_in_a_form_is_malformed(client):
    assert client.post("/accounts/login/", {"username": NUL}).status_code == 400
    assert client.post("/accounts/login/", {NUL: "x"}).status_code == 400


LISTS = ["clips/", "campaigns/", "corpora/", "jobs/", "releases/", "tokens/", "users/", "schemes/"]


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("position", ["abc", NUL, "nan", "1e999", "9" * 5000])
def test_a_cursor_that_no_page_gave_is_malformed(admin, name, position):
    cursor = base64.b64encode(f"p={position}".encode()).decode()
    answer = admin.get(f"/api/v1/{name}", {"cursor": cursor})
    if (name, position) in {("clips/", p) for p in ("abc", "nan", "1e999", "9" * 5000)}:
        assert answer.status_code == 200  # any text may be compared with a public id
    else:
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


@pytest.mark.parametrize("cursor", ["AAAAAAAA", "eD0x", "!!!!"])
def test_a_cursor_that_names_no_place_does_not_begin_anew(admin, cursor):
    answer = admin.get("/api/v1/clips/", {"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


@pytest.mark.parametrize("size", ["0", "-1", "many", "1e2", "", "٣", "9" * 5000])
def test_a_page_size_out_of_range_is_malformed(admin, size):
    answer = admin.get("/api/v1/clips/", {"page_size": size})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_page_size")
    assert answer.json()["errors"][0]["field"] == "page_size"


def test_a_cursor_into_a_queue_is_a_finite_rank(admin):
    corpus = factories.CorpusFactory()
    factories.clips(corpus, 1)
    made = factories.campaign(corpus, annotators=[])
    for position in ("nan", "inf", NUL):
        cursor = base64.b64encode(f"p={position}".encode()).decode()
        answer = admin.get(f"/api/v1/campaigns/{made.public_id}/queue/", {"cursor": cursor})
        assert answer.json()["code"] == "bad_cursor"
