from __future__ import annotations

from django.contrib.auth import views as auth
from django.urls import path
from django.views.i18n import set_language

from speecheq.web import account, home, jobs, sign_in

urlpatterns = [
    path("", home.home, name="home"),
    path("accounts/login/", sign_in.SignIn.as_view(), name="login"),
    path("accounts/logout/", auth.LogoutView.as_view(), name="logout"),
    path("accounts/password/", account.ChangePassword.as_view(), name="password_change"),
    path(
        "accounts/invite/<str:uidb64>/<str:token>/",
        account.AcceptInvitation.as_view(),
        name="accept-invitation",
    ),
    path("preferences/theme/", account.set_theme, name="set-theme"),
    path("preferences/language/", set_language, name="set_language"),
    path("jobs/", jobs.job_list, name="job-list"),
    path("jobs/<str:job_id>/", jobs.job_detail, name="job-detail"),
    path("jobs/<str:job_id>/cancel/", jobs.job_cancel, name="job-cancel"),
]
