"""Appearance, and the invitation that turns an account into someone's own."""

from django.contrib.auth.views import PasswordChangeView, PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from speecheq.models import User
from speecheq.web.context import THEMES

YEAR_S = 365 * 24 * 3600


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keep light, dark or the system's choice in a cookie and go back to where one was."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    theme = request.POST.get("theme", "auto")
    answer = HttpResponseRedirect(target)
    if theme in THEMES:
        answer.set_cookie(
            "theme", theme, max_age=YEAR_S, samesite="Lax", secure=request.is_secure()
        )
    return answer


class AcceptInvitation(PasswordResetConfirmView):
    """Whoever opens the invitation link sets a password and is signed in. It works once."""

    template_name = "speecheq/accept_invitation.html"
    success_url = reverse_lazy("home")
    post_reset_login = True
    post_reset_login_backend = "speecheq.authentication.AccountBackend"

    def get_user(self, uidb64: str) -> User | None:
        """The link names people by public id; Django's own form would show a database id."""
        return User.objects.filter(public_id=uidb64, is_active=True).first()


class ChangePassword(PasswordChangeView):
    template_name = "speecheq/password_change.html"
    success_url = reverse_lazy("home")
