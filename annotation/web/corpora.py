"""Corpora for people: their clips, speakers, members and imports."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotation.models import Clip, Corpus, Session
from annotation.services import corpora, imports
from annotation.services.corpora import find_corpus
from annotation.services.recording.clips import lineage_of
from annotation.services.recording.consents import standing_of
from annotation.services.recording.visitors import RECORDERS
from annotation.web.forms_corpora import (
    ClipFilterForm,
    CorpusForm,
    ImportForm,
    MemberForm,
    SpeakerForm,
)
from annotation.web.recording.consents import words
from annotation.web.waveform import outline
from speecheq.authorisation import require_role
from speecheq.error_words import words_of
from speecheq.errors import DomainError, NotFound
from speecheq.models import Job
from speecheq.roles import Role

STAFF = [role for role in Role if role != Role.ANNOTATOR]
PER_PAGE = 50


def _open(request: HttpRequest, slug: str, *roles: Role) -> tuple[Corpus, dict[str, Any]]:
    """The corpus for those who hold one of `roles` there, and what every page of it needs."""
    user: Any = request.user
    corpus = find_corpus(slug, user=user)
    require_role(user, corpus, *(roles or STAFF))
    manages = Corpus.objects.managed_by(user).filter(pk=corpus.pk).exists()
    return corpus, {"corpus": corpus, "manager": manages}


def corpus_list(request: HttpRequest) -> HttpResponse:
    found = Corpus.objects.where_role(request.user, *STAFF).values_list("pk", flat=True)
    corpora_shown = Corpus.objects.filter(pk__in=found).annotate(
        n_clips=Count("clips"), duration_ms=Sum("clips__duration_ms")
    )
    user: Any = request.user
    context = {
        "corpora": corpora_shown,
        "may_create": user.is_superuser or user.has_any_role({Role.DATA_MANAGER}),
    }
    return render(request, "annotation/corpus_list.html", context)


def corpus_create(request: HttpRequest) -> HttpResponse:
    form = CorpusForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            corpus = corpora.create_corpus(**form.cleaned_data, by=request.user)
        except DomainError as error:
            form.add_domain_error(error)
        else:
            messages.success(request, _("The corpus was made. Import clips into it."))
            return redirect("annotation:corpus-import", corpus.slug)
    status = 422 if request.method == "POST" else 200
    return render(request, "annotation/corpus_form.html", {"form": form}, status=status)


def corpus_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """The clips, to look through and listen to."""
    corpus, context = _open(request, slug)
    form = ClipFilterForm(request.GET or None, corpus=corpus)
    clips = form.narrowed(corpus.clips.select_related("speaker").order_by("key"))
    page = Paginator(clips, PER_PAGE).get_page(request.GET.get("page"))
    asked = request.GET.copy()
    asked.pop("page", None)
    query = f"&{asked.urlencode()}" if asked else ""
    totals = corpus.clips.aggregate(
        clips=Count("pk"), duration_ms=Sum("duration_ms"), ratings=Count("pk", Q(label_only=True))
    )
    totals |= {"speakers": corpus.speakers.count(), "aliases": corpus.aliases.count()}
    context |= {"form": form, "page_obj": page, "query": query, "totals": totals}
    return render(request, "annotation/corpus_detail.html", context)


def clip_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    found = Clip.objects.visible_to(request.user).select_related("corpus", "speaker")
    clip = found.filter(public_id=public_id).first()
    if clip is None:
        raise NotFound(_("There is no such clip."))
    _corpus, context = _open(request, clip.corpus.slug)
    aliases = clip.aliases.select_related("speaker").order_by("key")
    context |= {"clip": clip, "aliases": aliases, "waveform": outline(clip)}
    context |= {"lineage": lineage_of(clip)}
    return render(request, "annotation/clip_detail.html", context)


def corpus_import(request: HttpRequest, slug: str) -> HttpResponse:
    """The form, and what became of earlier imports; the newest shows its progress."""
    corpus, context = _open(request, slug, Role.DATA_MANAGER)
    form = ImportForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _ask_for_import(corpus, form.cleaned_data, request.user)
            except DomainError as error:
                form.add_domain_error(error)
            else:
                return redirect("annotation:corpus-import", slug)
    kinds = [imports.IMPORT, imports.REGISTER]
    jobs = Job.objects.filter(corpus=slug, kind__in=kinds).order_by("-pk")[:5]
    context |= {"form": form, "jobs": jobs}
    return render(request, "annotation/corpus_import.html", context, status=status)


def _ask_for_import(corpus: Corpus, asked: dict[str, Any], user: Any) -> None:
    if asked["path"]:
        imports.request_import_of_path(
            corpus=corpus, recipe=asked["recipe"], path=asked["path"], by=user
        )
    else:
        imports.request_import_of_archive(
            corpus=corpus, recipe=asked["recipe"], archive=asked["archive"], by=user
        )


def corpus_speakers(request: HttpRequest, slug: str) -> HttpResponse:
    corpus, context = _open(request, slug)
    form = SpeakerForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                corpora.create_speaker(corpus, **form.cleaned_data, by=request.user)
            except DomainError as error:
                form.add_domain_error(error)
            else:
                messages.success(request, _("The speaker was added."))
                return redirect("annotation:corpus-speakers", slug)
    speakers = corpus.speakers.order_by("code").annotate(
        n_clips=Count("clips"), duration_ms=Sum("clips__duration_ms"), n_sessions=_n_sessions()
    )
    page = Paginator(speakers, PER_PAGE).get_page(request.GET.get("page"))
    context |= {"form": form, "page_obj": page}
    if Corpus.objects.where_role(request.user, *RECORDERS).filter(pk=corpus.pk).exists():
        context |= {"agreed": {pk: words(now) for pk, now in standing_of(page).items()}}
    return render(request, "annotation/corpus_speakers.html", context, status=status)


def _n_sessions() -> Coalesce:
    """Sessions of a speaker, apart from the join that counts clips."""
    counted = Session.objects.filter(speaker=OuterRef("pk")).order_by().values("speaker")
    return Coalesce(Subquery(counted.annotate(n=Count("pk")).values("n")), 0)


def corpus_members(request: HttpRequest, slug: str) -> HttpResponse:
    """Who works here. A form adds a role; a button takes one away."""
    corpus, context = _open(request, slug)
    form = MemberForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            pair = (form.cleaned_data["username"], form.cleaned_data["role"])
            try:
                corpora.set_members(corpus, [*_members(corpus), pair], by=request.user)
            except DomainError as error:
                form.add_error("username", words_of(error))
            else:
                messages.success(request, _("The member was added."))
                return redirect("annotation:corpus-members", slug)
    rows = corpus.memberships.select_related("user").order_by("user__username", "role")
    context |= {"form": form, "rows": rows}
    return render(request, "annotation/corpus_members.html", context, status=status)


@require_POST
def corpus_member_remove(request: HttpRequest, slug: str) -> HttpResponse:
    corpus, _context = _open(request, slug, Role.DATA_MANAGER)
    gone = (request.POST.get("username", ""), request.POST.get("role", ""))
    kept = [pair for pair in _members(corpus) if pair != gone]
    try:
        corpora.set_members(corpus, kept, by=request.user)
    except DomainError as error:
        messages.error(request, words_of(error))
    return redirect("annotation:corpus-members", slug)


def _members(corpus: Corpus) -> list[tuple[str, str]]:
    return list(corpus.memberships.values_list("user__username", "role"))
