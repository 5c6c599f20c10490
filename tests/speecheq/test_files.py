"""One function serves files: whole or in part, under the type its bytes say, never guessed."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, default_storage
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from speecheq.errors import NotFound
from speecheq.files import IN_MEMORY, UNKNOWN, serve_file, sniff

FLAC = b"fLaC" + bytes(range(256)) * 4


def serve(content=FLAC, *, storage=None, inline=True, tag="abc", **headers):
    storage = storage or InMemoryStorage()
    name = storage.save("file.bin", ContentFile(content))
    request = RequestFactory().get("/", headers=headers)
    return serve_file(request, name, tag=tag, filename="clip.flac", inline=inline, storage=storage)


def body(response) -> bytes:
    return b"".join(response) if response.streaming else response.content


def test_the_whole_file_comes_with_its_length_its_tag_and_no_guessing():
    response = serve()
    assert (response.status_code, body(response)) == (200, FLAC)
    assert response["Content-Length"] == str(len(FLAC))
    assert response["Content-Type"] == "audio/flac"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["ETag"] == f'"abc-{len(FLAC)}"'
    assert response["Accept-Ranges"] == "bytes"
    assert response["Cache-Control"].startswith("private")
    assert "Cookie" in response["Vary"] and "Authorization" in response["Vary"]
    assert response["Content-Disposition"] == 'inline; filename="clip.flac"'


@pytest.mark.parametrize(
    "content", [b"<html><script>alert(1)</script>", b"<svg onload='x'/>", b"#!/bin/sh", b""]
)
def test_what_a_browser_could_run_is_a_download_of_no_type(content):
    response = serve(content)
    assert response["Content-Type"] == UNKNOWN
    assert response["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response["Content-Security-Policy"]


def test_a_file_of_somebody_else_is_a_download_even_if_it_is_sound():
    assert serve(inline=False)["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-9", 0, 9),
        ("bytes=10-10", 10, 10),
        ("bytes=1000-", 1000, len(FLAC) - 1),
        ("bytes=1000-999999", 1000, len(FLAC) - 1),
        ("bytes=-28", len(FLAC) - 28, len(FLAC) - 1),
        ("bytes=-999999", 0, len(FLAC) - 1),
    ],
)
def test_a_range_gives_that_part(asked, first, last):
    response = serve(Range=asked)
    assert (response.status_code, body(response)) == (206, FLAC[first : last + 1])
    assert response["Content-Range"] == f"bytes {first}-{last}/{len(FLAC)}"
    assert response["Content-Length"] == str(last - first + 1)


@pytest.mark.parametrize("asked", [f"bytes={len(FLAC)}-", "bytes=99999-100000", "bytes=-0"])
def test_a_range_outside_the_file_is_416(asked):
    response = serve(Range=asked)
    assert (response.status_code, body(response)) == (416, b"")
    assert response["Content-Range"] == f"bytes */{len(FLAC)}"


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=0-1,4-5", "items=0-1", "bytes=-", "x"])
def test_a_range_that_makes_no_sense_gives_the_whole(asked):
    response = serve(Range=asked)
    assert (response.status_code, body(response)) == (200, FLAC)


@given(first=st.integers(0, 1200), length=st.integers(1, 1200))
def test_any_range_is_the_slice_it_names(first, length):
    response = serve(Range=f"bytes={first}-{first + length - 1}")
    wanted = FLAC[first : first + length]
    assert response.status_code == (206 if wanted else 416)
    assert body(response) == wanted


@pytest.mark.parametrize("tags", ['"abc-1028"', 'W/"abc-1028"', '"x", "abc-1028"', "*"])
def test_who_has_the_file_gets_304(tags):
    response = serve(**{"If-None-Match": tags})
    assert (response.status_code, body(response)) == (304, b"")
    assert response["ETag"] == '"abc-1028"'


def test_who_has_another_version_gets_the_file():
    assert serve(**{"If-None-Match": '"old-1028"'}).status_code == 200


def test_a_range_of_a_version_that_is_gone_gives_the_whole():
    headers = {"Range": "bytes=0-9"}
    assert serve(**headers, **{"If-Range": '"abc-1028"'}).status_code == 206
    assert serve(**headers, **{"If-Range": '"old-1028"'}).status_code == 200


def test_a_large_file_is_streamed_whole_and_in_part():
    large = FLAC * 2000
    response = serve(large)
    assert len(large) > IN_MEMORY and response.streaming and body(response) == large
    part = serve(large, Range=f"bytes=100-{len(large) - 2}")
    assert part.streaming and body(part) == large[100:-1]


def test_local_files_are_served_as_those_in_a_distant_storage():
    assert body(serve(storage=default_storage, Range="bytes=4-7")) == FLAC[4:8]


def test_a_file_that_is_gone_is_not_found():
    with pytest.raises(NotFound) as caught:
        serve_file(RequestFactory().get("/"), "gone/file.flac", tag="x", filename="x")
    assert caught.value.code == "file_gone"


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"OggS", "audio/ogg"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (b"\0\0\0\x18ftypM4A ", "audio/mp4"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b'{"a": 1}', "application/json"),
        (b"GIF89a", UNKNOWN),
        (b"%PDF-1.7", UNKNOWN),
    ],
)
def test_the_first_bytes_say_what_it_is(head, media_type):
    assert sniff(head) == media_type
