"""The authorisation table applied to pages, and our errors turned into answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from speecheq.authorisation import entry
from speecheq.errors import DomainError
from speecheq.web.errors import API_PREFIX, domain_error

GetResponse = Callable[[HttpRequest], HttpResponse]


class AccessMiddleware:
    """Checks pages against the table. The API checks itself, after DRF has read the token."""

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if request.path.startswith(API_PREFIX):
            return None
        access = entry(request)
        if access is not None and access.allows(request.user):
            return None
        if access is not None and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        raise PermissionDenied


class ProblemMiddleware:
    """A DomainError that a page did not catch becomes an answer with its words and status."""

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return domain_error(request, error) if isinstance(error, DomainError) else None
