"""The texts that speakers sign, to read, and to write the next."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from annotation.models import ConsentText, Corpus
from annotation.recording.consent_forms import blocks
from annotation.services.recording.consent_texts import create_text, next_code, offered_texts
from annotation.services.recording.visitors import RECORDERS
from annotation.web.recording.consent_forms import TextForm
from speecheq.errors import DomainError, NotFound
from speecheq.roles import Role

CORPORA_SHOWN = 20


def consent_text_list(request: HttpRequest) -> HttpResponse:
    """All texts, and which of them the speakers of one's corpora are asked to sign."""
    corpora = Corpus.objects.where_role(request.user, *RECORDERS).order_by("name")
    context = {
        "texts": ConsentText.objects.order_by("language", "code"),
        "offers": [
            {"corpus": corpus, "texts": offered_texts(corpus)} for corpus in corpora[:CORPORA_SHOWN]
        ],
        "may_write": _may_write(request),
    }
    return render(request, "annotation/recording/consent_text_list.html", context)


def consent_text_detail(request: HttpRequest, code: str) -> HttpResponse:
    text = _find(code)
    context = {"text": text, "blocks": blocks(text.body), "may_write": _may_write(request)}
    return render(request, "annotation/recording/consent_text_detail.html", context)


def consent_text_create(request: HttpRequest) -> HttpResponse:
    """Write a text; `?from=CODE` begins with an earlier one, under the code that follows it."""
    form = TextForm(request.POST or None, initial=_first_draft(request.GET.get("from", "")))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                text = create_text(form.to_request(), by=request.user)
            except DomainError as error:
                form.add_domain_error(error)
                status = error.status
            else:
                messages.success(request, _("The text was stored. Speakers sign it from now on."))
                return redirect("annotation:consent-text-detail", text.code)
    context = {"form": form}
    return render(request, "annotation/recording/consent_text_form.html", context, status=status)


def _first_draft(code: str) -> dict[str, Any]:
    if not code:
        return {}
    text = _find(code)
    shown = {"language": text.language, "title": text.title, "body": text.body}
    return {"code": next_code(text.code), **shown, **text.purposes}


def _find(code: str) -> ConsentText:
    text = ConsentText.objects.select_related("created_by").filter(code=code).first()
    if text is None:
        raise NotFound(_("There is no consent text %(code)s.") % {"code": code[:60]})
    return text


def _may_write(request: HttpRequest) -> bool:
    user: Any = request.user
    return user.is_superuser or user.has_any_role({Role.DATA_MANAGER})
