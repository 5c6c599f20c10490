"""Names of versioned records: a code, or a code and its version."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet

Record = TypeVar("Record", bound=Model)


def named_version(records: QuerySet[Record], name: str) -> Record | None:
    """`seqd-1` is the newest version of it, `seqd-1@2` is that one; None where there is none."""
    code, at, version = name.partition("@")
    found = records.filter(code=code)
    if at:
        found = found.filter(version=int(version)) if version.isdecimal() else found.none()
    return found.order_by("-version").first()
