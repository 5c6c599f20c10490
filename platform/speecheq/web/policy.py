"""What a page may load and use: its Content-Security-Policy, without putting the same text together
each time, and its Permissions-Policy."""

from __future__ import annotations

from functools import cache
from typing import Any

from csp.constants import HEADER
from csp.middleware import CheckableLazyObject, CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

# A page that records says so by setting the header itself; no other one gets the microphone, nor
# anything that it could be made to load.
PERMISSIONS = "Permissions-Policy"
WITHOUT_MICROPHONE = "camera=(), geolocation=(), microphone=()"
WITH_MICROPHONE = "camera=(), geolocation=(), microphone=(self)"


@cache
def usual_policy() -> str:
    """The policy of an answer that asked for no nonce."""
    return build_policy()


class PolicyMiddleware(CSPMiddleware):
    """As django-csp's, which builds the text anew for each answer and so takes a twentieth of the
    time of a label. It still does where a page has a nonce or a view changed its policy."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> Any:
        """Set the headers."""
        response.headers.setdefault(PERMISSIONS, WITHOUT_MICROPHONE)
        if not is_usual(request, response):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, usual_policy())
        late: Any = CheckableLazyObject(self._csp_nonce_post_response)
        request.csp_nonce = late  # type: ignore[attr-defined]
        return response


def is_usual(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether nothing but the settings decides on the policy."""
    changed = any(name.startswith("_csp") for name in vars(response))
    has_nonce = getattr(request, "_csp_nonce", None) is not None
    return not (changed or has_nonce or settings.DEBUG)
