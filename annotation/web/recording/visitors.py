"""The speaker who came by a link, as the user of a request."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from annotation.services.recording.visitors import COOKIE, visitor_of


class VisitorMiddleware:
    """After Django's: who is signed in stays who they are, whatever link they opened."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        cookie = request.COOKIES.get(COOKIE)
        if cookie and not request.user.is_authenticated:
            visitor = visitor_of(cookie)
            if visitor is not None:
                request.user = visitor  # type: ignore[assignment]
        return self.get_response(request)
