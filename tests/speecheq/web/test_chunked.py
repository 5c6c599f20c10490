"""Bodies in chunks: JSON is read as if it had its length, the rest is left as it is."""

from __future__ import annotations

import io
from typing import Any

import pytest

from speecheq.web.chunked import with_length, without_length

CHUNKS = {"HTTP_TRANSFER_ENCODING": "chunked"}


def reached(environ: dict[str, Any]) -> dict[str, Any]:
    """What the application behind `with_length` is given."""
    given: list[dict[str, Any]] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        given.append(environ)
        return []

    with_length(application)(environ, lambda *args: None)
    return given[0]


def sent(body: bytes, content_type: str, **more: str) -> dict[str, Any]:
    return {"wsgi.input": io.BytesIO(body), "CONTENT_TYPE": content_type, **more}


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=utf-8"])
def test_json_in_chunks_gets_its_length(content_type):
    environ = reached(sent(b'{"count": 2}', content_type, **CHUNKS))
    assert environ["CONTENT_LENGTH"] == "12"
    assert environ["wsgi.input"].read() == b'{"count": 2}'
    assert not without_length(environ)


def test_json_in_chunks_is_read_up_to_one_byte_too_many(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 4
    assert reached(sent(b"[1, 2, 3]", "application/json", **CHUNKS))["CONTENT_LENGTH"] == "5"


def test_a_file_in_chunks_is_not_read():
    environ = reached(sent(b"RIFF", "audio/wav", **CHUNKS))
    assert without_length(environ)
    assert environ["wsgi.input"].tell() == 0


def test_a_body_with_its_length_is_left_alone():
    environ = reached(sent(b"{}", "application/json", CONTENT_LENGTH="2"))
    assert environ["wsgi.input"].tell() == 0
    assert not without_length(environ)
