"""A session cookie for clients that know nothing of Django's CSRF token."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request

from speecheq.sentences import say

SAFE = ("GET", "HEAD", "OPTIONS")


class SameOriginSession(SessionAuthentication):
    """The cookie counts for a change only if the browser says that one of our own pages asks.

    Browsers send `Origin` with every request but GET and HEAD, and no page can forge it; the cookie
    is SameSite=Lax besides. A request without the header, or with `null`, is refused: a program
    uses a token.
    """

    def enforce_csrf(self, request: Request | HttpRequest) -> None:
        if request.method not in SAFE and not came_from_here(request):
            raise exceptions.PermissionDenied(
                say(
                    "With a cookie, a change needs the header Origin of this server or of "
                    "one of SPEECHEQ_TRUSTED_ORIGINS. A program sends a bearer token instead."
                )
            )


def came_from_here(request: Request | HttpRequest) -> bool:
    """Whether the page that asks is this server's, or one it trusts."""
    origin = request.headers.get("Origin", "")
    return origin in (f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS)


class SameOriginScheme(OpenApiAuthenticationExtension):
    target_class = "annotation.api.recording.same_origin.SameOriginSession"
    name = "sameOriginCookie"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
