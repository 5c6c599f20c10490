"""Who works here, and inviting someone. Sign-up is closed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from annotation.models import Corpus
from annotation.services.people import invite_user
from annotation.web.form_base import DomainErrorForm
from speecheq.errors import DomainError
from speecheq.models import User
from speecheq.roles import Role

PER_PAGE = 100


class InviteForm(DomainErrorForm):
    username = forms.CharField(label=_("Username"), max_length=150)
    corpus = forms.ChoiceField(label=_("Corpus"))
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.ANNOTATOR)

    def __init__(self, *args: Any, corpora: QuerySet[Corpus], **kwargs: Any):
        super().__init__(*args, **kwargs)
        choices = [(corpus.slug, corpus.name) for corpus in corpora]
        self.fields["corpus"].choices = choices  # type: ignore[attr-defined]


def visible_people(user: Any, corpora: QuerySet[Corpus]) -> QuerySet[User]:
    """Everyone for the administrator, else the members of the corpora `user` manages."""
    people = User.objects.prefetch_related("memberships__corpus").order_by("username")
    return (
        people if user.is_superuser else people.filter(memberships__corpus__in=corpora).distinct()
    )


def user_list(request: HttpRequest) -> HttpResponse:
    """The list, and the form that makes an account and shows its invitation once."""
    corpora = Corpus.objects.managed_by(request.user).order_by("slug")
    form = InviteForm(request.POST or None, corpora=corpora)
    invitation, status = None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                invited = invite_user(
                    username=form.cleaned_data["username"],
                    memberships=[(form.cleaned_data["corpus"], form.cleaned_data["role"])],
                    by=request.user,
                )
            except DomainError as error:
                form.add_domain_error(error)
            else:
                url = request.build_absolute_uri(invited.invite_path)
                invitation, status = {"username": invited.user.username, "url": url}, 201
                form = InviteForm(corpora=corpora)
    managed = set(corpora.values_list("pk", flat=True))
    page = Paginator(visible_people(request.user, corpora), PER_PAGE)
    context = {
        "form": form,
        "invitation": invitation,
        "page_obj": page.get_page(request.GET.get("page")),
        "managed": managed,
    }
    return render(request, "annotation/user_list.html", context, status=status)
