"""The pages and problem answers for what went wrong outside a view."""

from __future__ import annotations

import sys
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from speecheq.error_words import words_of
from speecheq.errors import (
    PROBLEM_TYPE,
    DomainError,
    FieldError,
    TooLarge,
    Unavailable,
    answer_to,
    answerable_error,
    problem,
    worded_errors,
)
from speecheq.sentences import say

API_PREFIX = "/api/"
_TITLES = {403: gettext_lazy("Not allowed"), 404: gettext_lazy("Not found")}


def answer(
    request: HttpRequest,
    status: int,
    *,
    code: str,
    title: str | Promise,
    detail: str,
    errors: list[FieldError] | None = None,
) -> HttpResponse:
    """problem+json below /api/, a page with the same words elsewhere."""
    if request.path.startswith(API_PREFIX):
        body = problem(code, detail, errors)
        return JsonResponse(body, status=status, content_type=PROBLEM_TYPE)
    context = {"status": status, "title": title, "detail": detail, "errors": errors or []}
    return render(request, "speecheq/problem.html", context, status=status)


def domain_error(request: HttpRequest, error: DomainError) -> HttpResponse:
    return answer(
        request,
        error.status,
        code=error.code,
        title=_TITLES.get(error.status, _("This cannot be done")),
        detail=words_of(error),
        errors=worded_errors(error),
    )


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return domain_error(request, TooLarge(say("The request is larger than a form may be.")))
    detail = _("The request could not be read.")
    return answer(request, 400, code="malformed", title=_("Bad request"), detail=detail)


def permission_denied(request: HttpRequest, exception: Any = None) -> HttpResponse:
    detail = _("Your roles do not allow this. Ask a data manager of the corpus.")
    if getattr(getattr(request, "user", None), "is_visitor", False):
        detail = _("Your link does not lead here. Open it again, or ask whoever gave it to you.")
    return answer(request, 403, code="forbidden", title=_("Not allowed"), detail=detail)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    detail = _("There is nothing here, or it belongs to a corpus you are not a member of.")
    return answer(request, 404, code="not_found", title=_("Not found"), detail=detail)


def server_error(request: HttpRequest) -> HttpResponse:
    """Stands alone: whatever broke, such as the database, must not break this answer too."""
    error = sys.exc_info()[1]  # Django calls this while it handles the error
    away = answerable_error(error) if error is not None else None
    if isinstance(away, Unavailable):
        return _unavailable(request, away)
    if request.path.startswith(API_PREFIX):
        detail = _("The server failed. Nothing was half stored. The log has the reason.")
        body = problem("internal_error", detail)
        return JsonResponse(body, status=500, content_type=PROBLEM_TYPE)
    return HttpResponse(render_to_string("500.html"), status=500)


def _unavailable(request: HttpRequest, error: Unavailable) -> HttpResponse:
    headers = {"Retry-After": str(error.retry_after_s)}
    if request.path.startswith(API_PREFIX):
        body, kind = answer_to(error), PROBLEM_TYPE
        return JsonResponse(body, status=error.status, content_type=kind, headers=headers)
    return HttpResponse(render_to_string("500.html"), status=error.status, headers=headers)
