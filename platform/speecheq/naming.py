"""Template filters that name codes: one table for each filter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.template import Library


def name_codes(register: Library, **tables: Mapping[str, Any]) -> None:
    """Register a filter for each table: the name of a code, or the code where it has none."""
    for name, table in tables.items():
        register.filter(name, _named_by(table))


def _named_by(table: Mapping[str, Any]) -> Any:
    return lambda code: table.get(code, code)
