"""JSON as programs must send it: UTF-8, flat enough, each name once, and text that can be stored.

Python's own reader takes more: NaN, repeated names (the last wins), half surrogate pairs and NUL,
which neither database nor answer can hold, and nesting until the stack ends.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import IO, Any, NoReturn

from rest_framework import renderers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from speecheq.error_words import worded
from speecheq.sentences import say
from speecheq.texts import storable

MAX_DEPTH = 32
LARGEST = sys.float_info.max  # what is above it no column holds, and `math` raises OverflowError


class StrictJSONParser(BaseParser):
    """Reads a JSON body. Raises ParseError, which says what is wrong and where."""

    media_type = "application/json"
    renderer_class = renderers.JSONRenderer

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None
    ) -> Any:
        try:
            body = stream.read()
        except OSError:
            raise _refused(say("The body broke off before its end.")) from None
        try:
            text = body.decode("utf-8-sig")
            value = json.loads(text, parse_constant=_refuse, object_pairs_hook=_once)
        except RecursionError:
            raise _refused(
                say("The JSON is nested more than {most} deep.", most=MAX_DEPTH)
            ) from None
        except ValueError as error:
            raise _refused(say("This is not JSON: {error}.", error=str(error))) from None
        # A NUL or a surrogate can come as an escape only: in UTF-8 text neither is allowed.
        _check(value, texts="\\u" in text)
        return value


class UnreadSound(BaseParser):
    """Leaves a body of sound to the view, which reads it piece by piece.

    Without it nobody with a cookie could send any: the check of the CSRF token looks for one among
    the fields of a form, for which the body is given to a parser.
    """

    media_type = "audio/*"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None
    ) -> dict[str, Any]:
        return {}


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number that JSON knows")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice!r} stands twice in one object")
    return values


def _refused(detail: str) -> ParseError:
    return ParseError(worded(detail))


def _too_deep() -> ParseError:
    return _refused(say("The JSON is nested more than {most} deep.", most=MAX_DEPTH))


def _named(place: str) -> str:
    return place.lstrip(".") or say("the value")


def _check(value: Any, *, texts: bool) -> None:
    """Raise ParseError for nesting that is too deep and, if asked, for text no row can hold."""
    waiting = [("", value, 0)]
    while waiting:
        place, found, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise _too_deep()
        if isinstance(found, dict | list):
            waiting += [(f"{place}.{name}", each, depth + 1) for name, each in _parts(found, texts)]
        elif isinstance(found, float | int) and abs(found) > LARGEST:  # 1e400, or 1 and 400 zeros
            raise _refused(say("{where}: the number is too large.", where=_named(place)))
        elif texts and isinstance(found, str) and not storable(found):
            raise _refused(
                say(
                    "{where}: NUL and half surrogate pairs cannot be stored as text.",
                    where=_named(place),
                )
            )


def _parts(found: dict[str, Any] | list[Any], texts: bool) -> Iterator[tuple[object, Any]]:
    if isinstance(found, list):
        yield from enumerate(found)
        return
    for name, each in found.items():
        if texts and not storable(name):
            raise _refused(say("No field has the name {name!r}.", name=name))
        yield name, each
