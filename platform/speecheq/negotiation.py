"""What an answer is written as."""

from __future__ import annotations

from typing import Any

from rest_framework.negotiation import BaseContentNegotiation, DefaultContentNegotiation

REMEMBERED = 100
LONGEST = 200  # characters: what clients send again and again is short

_Asked = tuple[str, tuple[type, ...]]  # what a client accepts, and what the view can write
_answers: dict[_Asked, tuple[int, str]] = {}


class KnownAccept(DefaultContentNegotiation):
    """DRF's, which would work out anew with each request what it made of the same header before.

    Only headers that were understood are remembered, and few: they are the client's words.
    """

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        accept = request.META.get("HTTP_ACCEPT", "*/*")
        asked = (accept, tuple(map(type, renderers)))
        if format_suffix is not None or len(accept) > LONGEST:
            return super().select_renderer(request, renderers, format_suffix)
        if asked not in _answers:
            chosen, media_type = super().select_renderer(request, renderers, format_suffix)
            if len(_answers) >= REMEMBERED:
                _answers.clear()
            _answers[asked] = renderers.index(chosen), media_type
            return chosen, media_type
        place, media_type = _answers[asked]
        return renderers[place], media_type


class AnyType(BaseContentNegotiation):
    """A file has the type it has, whatever is asked for; only errors are JSON."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type
