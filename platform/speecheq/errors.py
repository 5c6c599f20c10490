"""Errors that a person can act on, and their one answer: application/problem+json."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions as drf
from rest_framework.response import Response

from speecheq.error_words import worded, words_of
from speecheq.sentences import say

PROBLEM_TYPE = "application/problem+json"
DISK_FULL = "53100"  # SQLSTATE of PostgreSQL
# A connection that broke, too many of them, a server that starts or stops, a lock that is held, and
# transactions that stood in each other's way. A server that cannot be reached has none at all.
POSTGRES_AWAY = ("08", "53300", "57P", "55P03", "40001", "40P01")
SQLITE_HELD = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
MOST_ERRORS = 100  # told of one request: nobody reads more, and a bad body must not swell


@dataclass(frozen=True)
class FieldError:
    """One wrong value: where it stands (`labels.0.eis`), a code for programs, words for people."""

    field: str
    code: str
    detail: str


class DomainError(Exception):
    """A rule of ours was broken. Subclasses set `status` and `code`; the message is for people."""

    status = 422
    code = "rule_broken"

    def __init__(
        self, detail: str, *, errors: list[FieldError] | None = None, code: str | None = None
    ):
        super().__init__(detail)
        self.detail = detail
        self.errors = errors or []
        if code is not None:
            self.code = code

    def problem(self) -> dict[str, Any]:
        """As it was raised; `sentences.kept` of it can be stored."""
        return problem(self.code, self.detail, self.errors)


class Malformed(DomainError):
    status, code = 400, "malformed"


class Forbidden(DomainError):
    status, code = 403, "forbidden"


class NotFound(DomainError):
    status, code = 404, "not_found"


class Conflict(DomainError):
    status, code = 409, "conflict"


class TooLarge(DomainError):
    status, code = 413, "too_large"


class StorageFull(DomainError):
    """The disk has no room. What was finished before is kept."""

    status, code = 507, "storage_full"

    def __init__(self) -> None:
        super().__init__(
            say(
                "The server's storage is full. What was finished is kept: make room, "
                "then try again."
            )
        )


class Unavailable(DomainError):
    """The database is held by somebody else, or away: for now, and it is nobody's doing."""

    status, code = 503, "unavailable"
    retry_after_s = 2

    def __init__(self) -> None:
        super().__init__(
            say(
                "The database does not answer at the moment. Send the same again in some "
                "seconds, with the same key where it had one."
            )
        )


class RuleBroken(DomainError):
    """A value is well-formed but not allowed here."""


def known_error(error: BaseException) -> DomainError | None:
    """The error as one that people can act on; None where it is a fault of our own."""
    if _is_full(error):
        return StorageFull()
    return error if isinstance(error, DomainError) else None


def _is_full(error: BaseException) -> bool:
    """A full disk, below a file or below the database."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    if not isinstance(error, DatabaseError):
        return False
    cause = error.__cause__
    by_sqlite = getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return by_sqlite or getattr(cause, "sqlstate", None) == DISK_FULL


def answerable_error(error: BaseException) -> DomainError | None:
    """As `known_error`, and what may be well again when it is asked for once more."""
    return known_error(error) or (Unavailable() if _is_away(error) else None)


def _is_away(error: BaseException) -> bool:
    """Whether the database was locked for too long, or its server has gone or takes nobody in."""
    if isinstance(error, InterfaceError):
        return True  # a connection that was closed under our hands
    if not isinstance(error, OperationalError):
        return False
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in SQLITE_HELD
    state = getattr(cause, "sqlstate", "")
    return state is None or state.startswith(POSTGRES_AWAY)


def field_error(field: str, code: str, detail: str, *, kind: type[DomainError] = RuleBroken):
    """A DomainError about one field, for `raise field_error(...)`."""
    return kind(detail, errors=[FieldError(field, code, detail)], code=code)


def problem(code: str, detail: str, errors: list[FieldError] | None = None) -> dict[str, Any]:
    """The body of the answer, with the first of the errors."""
    told = [asdict(error) for error in (errors or [])[:MOST_ERRORS]]
    return {"code": code, "detail": detail, "errors": told}


def worded_errors(error: DomainError) -> list[FieldError]:
    """The errors of its fields, in the language of the request."""
    return [FieldError(e.field, e.code, words_of(e)) for e in error.errors[:MOST_ERRORS]]


def answer_to(error: DomainError) -> dict[str, Any]:
    """The body of the answer, in the language of the request."""
    return problem(error.code, words_of(error), worded_errors(error))


def flatten(detail: Any, path: str = "") -> list[FieldError]:
    """DRF's nested error detail as a flat list with dotted field paths."""
    if isinstance(detail, dict):
        pairs: Iterable[tuple[Any, Any]] = detail.items()
    elif isinstance(detail, list) and any(isinstance(d, dict | list) for d in detail):
        pairs = enumerate(detail)
    else:
        items = detail if isinstance(detail, list) else [detail]
        return [FieldError(path, getattr(i, "code", "invalid"), str(i)) for i in items]
    found = []
    for key, value in pairs:
        step = "" if key == "non_field_errors" else str(key)
        found += flatten(value, ".".join(p for p in (path, step) if p)) if value else []
    return found


_CODES: list[tuple[type[drf.APIException], str]] = [
    (drf.ParseError, "malformed"),
    (drf.NotAuthenticated, "not_authenticated"),
    (drf.AuthenticationFailed, "authentication_failed"),
    (drf.MethodNotAllowed, "method_not_allowed"),
    (drf.NotAcceptable, "not_acceptable"),
    (drf.UnsupportedMediaType, "unsupported_media_type"),
    (drf.Throttled, "throttled"),
    (drf.NotFound, "not_found"),
    (drf.PermissionDenied, "forbidden"),
]


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook. Anything it does not know becomes a 500 by Django, logged."""
    headers: dict[str, str] = {}
    if isinstance(error, Http404):
        error = drf.NotFound()
    elif isinstance(error, PermissionDenied):
        error = drf.PermissionDenied()
    if (known := answerable_error(error)) is not None:
        status, body = known.status, answer_to(known)
        if isinstance(known, Unavailable):
            headers["Retry-After"] = str(known.retry_after_s)
    elif isinstance(error, drf.ValidationError):
        errors = flatten(error.detail)
        invalid = worded(say("The request is not valid."))
        first = errors[0] if errors else FieldError("", "invalid", invalid)
        where = f"{first.field}: " if first.field else ""
        status, body = 400, problem("malformed", f"{where}{first.detail}", errors)
    elif isinstance(error, drf.APIException):
        code = next((c for kind, c in _CODES if isinstance(error, kind)), "error")
        status, body = error.status_code, problem(code, str(error.detail))
        if auth_header := getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = auth_header
        if wait := getattr(error, "wait", None):
            headers["Retry-After"] = str(int(wait) + 1)
    else:
        return None
    return Response(body, status=status, headers=headers, content_type=PROBLEM_TYPE)
