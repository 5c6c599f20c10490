"""Bodies that come in chunks, without a length.

Django takes such a body for an empty one, so that a program whose HTTP library sends chunks would
change nothing and be told that all is well.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings

from speecheq.web.gate import WSGIApplication, step_out


def without_length(meta: Any) -> bool:
    """Whether a body was announced, and how long it is was not."""
    return bool(meta.get("HTTP_TRANSFER_ENCODING")) and not meta.get("CONTENT_LENGTH")


def with_length(application: WSGIApplication) -> WSGIApplication:
    """`application`, with JSON in chunks read as if it had come with its length.

    Of a body that is too large one byte more than allowed is read, which is refused as any other.
    What is not JSON stays without length; `RequestGuardMiddleware` refuses it.
    """

    def reading(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if without_length(environ) and _is_json(environ):
            step_out(environ)
            body = environ["wsgi.input"].read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
            environ["wsgi.input"] = io.BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
        return application(environ, start_response)

    return reading


def _is_json(environ: dict[str, Any]) -> bool:
    content_type = str(environ.get("CONTENT_TYPE", ""))
    return content_type.partition(";")[0].strip().lower() == "application/json"
