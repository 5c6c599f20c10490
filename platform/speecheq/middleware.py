"""What no request may hold, the authorisation table applied to pages, and errors as answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.contrib.messages.middleware import MessageMiddleware
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware

from speecheq.authorisation import entry
from speecheq.bodies import LengthMissing
from speecheq.errors import Malformed, TooLarge, known_error
from speecheq.sentences import say
from speecheq.web.arrival import limit_silence
from speecheq.web.chunked import without_length
from speecheq.web.errors import API_PREFIX, domain_error

GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestGuardMiddleware:
    """Refuses what no view can use: a body without length or above the limit, unread, and NUL.

    PostgreSQL cannot store NUL and answers with an error of its own; SQLite would keep it.
    """

    FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
    ENVELOPE = 64 * 1024  # what multipart puts around a file
    DRAINED = 64 * 1024 * 1024
    DRAIN_SILENCE_S = 5.0

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code >= 400:
            self._drain(request)
        return response

    def _drain(self, request: HttpRequest) -> None:
        """Let go of a refused body: a client whose sending breaks off never reads the answer."""
        left = self.DRAINED
        if (socket := request.META.get("gunicorn.socket")) is not None:
            limit_silence(socket, self.DRAIN_SILENCE_S)
        try:
            while left > 0 and (part := request.read(min(left, self.ENVELOPE))):
                left -= len(part)
        except OSError:  # the client has gone
            return

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        size, limit = _content_length(request), self._limit(request)
        if size > limit:
            detail = say(
                "The request has {size} bytes; {limit} are the most here.", size=size, limit=limit
            )
            return domain_error(request, TooLarge(detail))
        if without_length(request.META):
            detail = say("Say with Content-Length how many bytes the body has.")
            return domain_error(request, LengthMissing(detail))
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return domain_error(request, Malformed(say("An address cannot hold NUL.")))
        if self._form_holds_nul(request):
            return domain_error(request, Malformed(say("A form cannot hold NUL.")))
        return None

    def _limit(self, request: HttpRequest) -> int:
        """Files are taken only where the table says so, and only from those it lets in."""
        access = entry(request)
        if access is None or not access.takes_files:
            return settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if not request.path.startswith(API_PREFIX) and not access.allows(request.user):
            return settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        return settings.SPEECHEQ_ARCHIVE_MAX_BYTES + self.ENVELOPE

    def _form_holds_nul(self, request: HttpRequest) -> bool:
        """The API's serializers look for themselves."""
        if request.path.startswith(API_PREFIX) or request.content_type not in self.FORMS:
            return False
        return any(
            "\x00" in text for name, values in request.POST.lists() for text in (name, *values)
        )


def _content_length(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdecimal() else 0


class SameAgainThere(HttpResponsePermanentRedirect):
    """308: after 301 most clients send GET, and a POST without its last slash did nothing."""

    status_code = 308


class SlashMiddleware(CommonMiddleware):
    response_redirect_class = SameAgainThere


class PageMessageMiddleware(MessageMiddleware):
    """Messages are for pages: what programs send to the API neither shows nor leaves any."""

    def process_request(self, request: HttpRequest) -> None:
        if request.method == "GET" or not request.path.startswith(API_PREFIX):
            super().process_request(request)


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
        known = known_error(error)
        return None if known is None else domain_error(request, known)
