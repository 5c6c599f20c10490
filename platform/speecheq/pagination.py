"""Cursor pages `{next, previous, results}`: stable while rows are added."""

from __future__ import annotations

import math
import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

from speecheq.errors import Malformed, field_error
from speecheq.sentences import say
from speecheq.texts import storable


class CursorPages(CursorPagination):
    page_size = 100
    max_page_size = 1000
    page_size_query_param = "page_size"
    ordering: Any = "pk"

    def get_page_size(self, request: Request) -> int:
        """As asked for; beyond the largest page, the largest: `next` leads to the rest."""
        asked = request.query_params.get(self.page_size_query_param)
        if asked is None:
            return self.page_size
        if not re.fullmatch(r"[0-9]{1,9}", asked) or int(asked) < 1:
            detail = say(
                "page_size {asked!r} is not a number from 1 to {max_page_size}.",
                asked=asked[:40],
                max_page_size=self.max_page_size,
            )
            raise field_error("page_size", "bad_page_size", detail, kind=Malformed)
        return min(int(asked), self.max_page_size)

    def get_ordering(self, request: Request, queryset: QuerySet, view: Any) -> tuple[str, ...]:
        name = super().get_ordering(request, queryset, view)
        meta = queryset.model._meta
        first = name[0].lstrip("-")
        self._field = meta.pk if first == "pk" else meta.get_field(first)
        return name

    def decode_cursor(self, request: Request) -> Cursor | None:
        """The cursor, if it is one that a page of this list may have given."""
        try:
            cursor = super().decode_cursor(request)
            if cursor == (0, False, None) and request.query_params[self.cursor_query_param]:
                raise ValueError(cursor)  # it names no place, so that one would begin anew
            if cursor is not None and cursor.position is not None:
                self._check(str(cursor.position))
        except (NotFound, ValidationError, ValueError):
            detail = say("This cursor is from no page of this list. Follow `next` as it was given.")
            raise field_error("cursor", "bad_cursor", detail, kind=Malformed) from None
        return cursor

    def _check(self, position: str) -> None:
        """Raise ValueError or ValidationError unless the ordering can be compared with it."""
        value = self._field.to_python(position)
        if not storable(position) or (isinstance(value, float) and not math.isfinite(value)):
            raise ValueError(position)
