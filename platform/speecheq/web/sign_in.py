"""Signing in, with an end to guessing passwords."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.throttling import SimpleRateThrottle


class SignInThrottle(SimpleRateThrottle):
    """Tries for one name from one address, so that nobody locks out somebody else.

    Counted in the process: with several web processes a guesser has that many times the tries,
    which changes nothing that matters.
    """

    rate = "10/min"
    duration: int  # s, read from `rate` by the base class

    def get_cache_key(self, request: Any, view: Any) -> str:
        address = request.META.get("REMOTE_ADDR", "")
        name = request.POST.get("username", "").strip().lower()
        return "sign-in:" + hashlib.sha256(f"{address}\n{name}".encode()).hexdigest()


class SignInForm(AuthenticationForm):
    """Compares nothing after too many tries: each comparison costs a second of work on purpose."""

    def clean(self) -> dict[str, Any]:
        if self.request is not None and not SignInThrottle().allow_request(self.request, self):
            detail = _("Too many tries to sign in. Wait a minute, then try again.")
            raise ValidationError(detail, code="throttled")
        return super().clean()


class SignIn(LoginView):
    template_name = "speecheq/login.html"
    form_class = SignInForm
    redirect_authenticated_user = True

    def form_invalid(self, form: Any) -> HttpResponse:
        answer = super().form_invalid(form)
        if form.has_error("__all__", code="throttled"):
            answer.status_code = 429
            answer.headers["Retry-After"] = str(SignInThrottle().duration)
        return answer
