"""Sessions for those who run them: a list, planning, and one session with all that happened."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotation.api.recording.session_links import address_of
from annotation.models import Corpus, Session
from annotation.models.session import SessionState
from annotation.models.take import TakeKind
from annotation.services.recording import links, room_tone, session_progress, sessions
from annotation.services.recording.visitors import RECORDERS, find_session, look_at_session
from annotation.web.recording.session_forms import SessionForm, SettingsForm
from annotation.web.recording.session_view import detail_of, live_part
from speecheq.error_words import words_of
from speecheq.errors import DomainError, NotFound

PER_PAGE = 50


def session_list(request: HttpRequest) -> HttpResponse:
    """All that one may see, narrowed by corpus, state and speaker."""
    visible = Session.objects.visible_to(request.user).values_list("pk", flat=True)
    found = Session.objects.filter(pk__in=visible).order_by("-pk")
    asked = {name: request.GET.get(name, "") for name in ("corpus", "state", "speaker", "mine")}
    narrowed = _narrowed(found, asked, request.user)
    related = narrowed.select_related("corpus", "speaker", "script", "operator")
    page = Paginator(related, PER_PAGE).get_page(request.GET.get("page"))
    counts = session_progress.counts_by_session(page.object_list)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "page_obj": page,
        "rows": [{"session": each, "counts": counts.get(each.pk)} for each in page],
        "asked": asked,
        "query": f"&{query.urlencode()}" if query else "",
        "corpora": Corpus.objects.filter(sessions__in=found).distinct().order_by("slug"),
        "states": SessionState.choices,
        "may_plan": Corpus.objects.where_role(request.user, *RECORDERS).exists(),
    }
    return render(request, "annotation/recording/session_list.html", context)


def _narrowed(found: QuerySet[Session], asked: dict[str, str], user: Any) -> QuerySet[Session]:
    for name, lookup in (
        ("corpus", "corpus__slug"),
        ("state", "state"),
        ("speaker", "speaker__code__icontains"),
    ):
        if asked[name]:
            found = found.filter(**{lookup: asked[name]})
    return found.filter(operator=user) if asked["mine"] else found


def session_create(request: HttpRequest) -> HttpResponse:
    """One form for one corpus; which is chosen first, as its speakers and people are offered."""
    corpora = Corpus.objects.where_role(request.user, *RECORDERS).order_by("slug")
    slug = request.POST.get("corpus") or request.GET.get("corpus")
    corpus = corpora.filter(slug=slug).first() if slug else corpora.first()
    if corpus is None:
        raise NotFound(_("There is no corpus here in which you may record."))
    given = {"speaker": request.GET.get("speaker", ""), "script": request.GET.get("script", "")}
    form = SessionForm(request.POST or None, corpus=corpus, initial=given)
    if request.method == "POST" and form.is_valid():
        try:
            session = form.plan(by=request.user)
        except DomainError as error:
            form.add_domain_error(error)
        else:
            messages.success(request, _("The session is planned."))
            return redirect("annotation:session-detail", session.public_id)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "corpus": corpus, "corpora": corpora}
    return render(request, "annotation/recording/session_form.html", context, status=status)


def session_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """The whole page; for htmx the part that changes while somebody speaks."""
    session = look_at_session(public_id, user=request.user)
    if getattr(request, "htmx", None):
        part = live_part(session, request.user)
        return render(request, "annotation/recording/parts/session_live.html", part)
    context = detail_of(session, request.user) | {"asked_prompt": request.GET.get("prompt", "")}
    return render(request, "annotation/recording/session_detail.html", context)


@require_POST
def session_state(request: HttpRequest, public_id: str) -> HttpResponse:
    session = find_session(public_id, user=request.user)
    return _done(request, session, state=request.POST.get("state", ""))


def _done(request: HttpRequest, session: Session, **changes: Any) -> HttpResponse:
    try:
        sessions.change_session(session, by=request.user, **changes)
    except DomainError as error:
        messages.error(request, words_of(error))
    return redirect("annotation:session-detail", session.public_id)


@require_POST
def session_settings(request: HttpRequest, public_id: str) -> HttpResponse:
    session = find_session(public_id, user=request.user)
    form = SettingsForm(request.POST, corpus=session.corpus)
    if form.is_valid():
        try:
            sessions.change_session(session, by=request.user, **form.cleaned_data)
        except DomainError as error:
            form.add_domain_error(error)
        else:
            messages.success(request, _("The settings were saved."))
            return redirect("annotation:session-detail", public_id)
    context = detail_of(session, request.user) | {"settings": form, "settings_open": True}
    return render(request, "annotation/recording/session_detail.html", context, status=422)


@require_POST
def session_note(request: HttpRequest, public_id: str) -> HttpResponse:
    session = find_session(public_id, user=request.user)
    try:
        sessions.add_note(session, by=request.user, text=request.POST.get("text", ""))
    except DomainError as error:
        messages.error(request, words_of(error))
    return redirect("annotation:session-detail", public_id)


@require_POST
def session_prompt(request: HttpRequest, public_id: str) -> HttpResponse:
    """Have one prompt said once more, leave it out, or bring it back; the room once more."""
    session = find_session(public_id, user=request.user)
    prompt_id, act = request.POST.get("prompt", ""), request.POST.get("act", "")
    given: dict[str, Any] = {"by": request.user, "prompt_id": prompt_id}
    try:
        if act == "skip":
            sessions.skip(session, reason=request.POST.get("reason", ""), **given)
        elif act == "back":
            sessions.bring_back(session, **given)
        elif prompt_id == TakeKind.ROOM_TONE:
            room_tone.ask_again(session, by=request.user)
        else:
            sessions.ask_again(session, **given)
    except DomainError as error:
        messages.error(request, words_of(error))
    else:
        messages.success(request, _("The prompt was changed; an open recorder knows it at once."))
    return redirect("annotation:session-detail", public_id)


@require_POST
def session_links(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make a link. Its address is in this answer and nowhere else, so there is no redirect."""
    session = find_session(public_id, user=request.user)
    days = request.POST.get("days", "")
    made, status = {}, 200
    try:
        number = int(days) if days.isdecimal() and len(days) < 4 else 0
        _link, token = links.make_link(session, by=request.user, days=number)
        made = {"new_link": address_of(request, token)}
    except DomainError as error:
        messages.error(request, words_of(error))
        status = error.status
    session.refresh_from_db(fields=["revision"])
    context = detail_of(session, request.user) | made
    answer = render(request, "annotation/recording/session_detail.html", context, status=status)
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
def link_revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    link = links.find_link(public_id, user=request.user)
    links.revoke_link(link, by=request.user)
    messages.success(request, _("The link was taken back."))
    return redirect("annotation:session-detail", link.session.public_id)
