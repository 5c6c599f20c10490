"""Cursor pages `{next, previous, results}`: stable while rows are added."""

from __future__ import annotations

from typing import Any

from rest_framework.pagination import CursorPagination


class CursorPages(CursorPagination):
    page_size = 100
    max_page_size = 1000
    page_size_query_param = "page_size"
    ordering: Any = "pk"
