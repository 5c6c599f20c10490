"""Signing before the first prompt, what a speaker signed and took back, and the receipt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf.locale import LANG_INFO
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from annotation.models import Consent, ConsentText, Session, SessionLink, Speaker
from annotation.models.consent import Purpose
from annotation.recording.consent_forms import blocks, canonical, digest
from annotation.services.recording import consents
from annotation.services.recording.consent_texts import (
    best_text,
    find_text,
    main_language,
    offered_texts,
)
from annotation.services.recording.visitors import find_session, is_visitor
from annotation.web.recording.consent_forms import SignForm, WithdrawForm
from annotation.web.recording.withheld import withheld_of
from speecheq.errors import DomainError, NotFound


@dataclass(frozen=True)
class Place:
    """Where somebody signs: for a speaker, and perhaps within a session."""

    speaker: Speaker
    session: Session | None = None

    @property
    def languages(self) -> list[str]:
        """Those the speaker reads, the likeliest first."""
        spoken = self.session.script.language if self.session else ""
        return [each for each in (spoken, self.speaker.language, get_language() or "") if each]


@never_cache
def session_consent(request: HttpRequest, public_id: str) -> HttpResponse:
    """Before the first prompt: the speaker by their link, or at the operator's machine."""
    session = find_session(public_id, user=request.user)
    return _sign_page(request, Place(session.speaker, session))


@never_cache
def speaker_sign(request: HttpRequest, public_id: str) -> HttpResponse:
    """Outside any session, such as for what was signed on paper."""
    return _sign_page(request, Place(consents.find_speaker(public_id, user=request.user)))


def _sign_page(request: HttpRequest, place: Place) -> HttpResponse:
    texts = offered_texts(place.speaker.corpus)
    shown = _shown_text(request, place, texts)
    own_device = is_visitor(request.user)
    form = SignForm(request.POST or None, shown=shown, speaker=place.speaker, own_device=own_device)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                consent = consents.sign_consent(
                    form.to_signature(),
                    speaker=place.speaker,
                    by=request.user,
                    session=place.session,
                )
            except DomainError as error:
                form.add_domain_error(error)
                status = error.status
            else:
                messages.success(request, _("Thank you. The consent was signed and stored."))
                return redirect(_onwards(place.session) or _receipt(consent))
    context = {
        "place": place,
        "text": shown,
        "blocks": blocks(shown.body),
        "texts": [{"text": text, "language": _own_name(text.language)} for text in texts],
        "form": form,
        "standing": _standing_rows(place.speaker),
        "onwards": _onwards(place.session),
        "taken_back_at": consents.taken_back_at(place.speaker),
        "signs": request.method == "POST" or "text" in request.GET,
        "withheld": withheld_of(place.speaker, place.session, by_link=own_device),
    }
    return render(request, "annotation/recording/consent_sign.html", context, status=status)


def _shown_text(request: HttpRequest, place: Place, texts: list[ConsentText]) -> ConsentText:
    """The text that was asked for or is being signed, if it is offered; else the one in the
    likeliest language. Staff may name any text, such as an earlier version signed on paper."""
    asked = request.POST.get("text") or request.GET.get("text", "")
    for text in texts:
        if text.code == asked:
            return text
    if asked and _link_of(request) is None:
        return find_text(asked)
    found = best_text(texts, *place.languages)
    if found is None:
        raise NotFound(_("There is no consent text to sign. A data manager can write one."))
    return found


def _own_name(tag: str) -> str:
    """A language as those who speak it call it; its tag where Django does not know it."""
    known = LANG_INFO.get(tag.lower()) or LANG_INFO.get(main_language(tag)) or {}
    return "中文" if main_language(tag) == "zh" else known.get("name_local", tag)


def _onwards(session: Session | None) -> str:
    """Where recording goes on: the recorder, or the session's own page; "" outside a session."""
    for name in ("session-record", "session-detail"):
        try:
            return reverse(f"annotation:{name}", args=[session.public_id]) if session else ""
        except NoReverseMatch:
            continue
    return ""


def _receipt(consent: Consent) -> str:
    return reverse("annotation:consent-receipt", args=[consent.public_id])


def words(purposes: Iterable[str]) -> str:
    """Purposes as a page names them."""
    return ", ".join(str(Purpose(purpose).label) for purpose in purposes)


def _standing_rows(speaker: Speaker) -> list[dict[str, Any]]:
    """Each purpose with the signature that it rests on now, or None."""
    standing = consents.standing(speaker)
    return [{"word": each.label, "consent": standing.get(each.value)} for each in Purpose]


def speaker_consents(request: HttpRequest, public_id: str) -> HttpResponse:
    """What a speaker agreed to, taken together and signature by signature."""
    speaker = consents.find_speaker(public_id, user=request.user)
    signed = speaker.consents.select_related("text", "speaker", "recorded_by").order_by("-pk")
    withdrawn = speaker.withdrawals.select_related("recorded_by").order_by("-pk")
    context = {
        "speaker": speaker,
        "standing": _standing_rows(speaker),
        "signed": [
            {"consent": each, "words": words(each.purposes), "genuine": consents.is_genuine(each)}
            for each in signed
        ],
        "withdrawn": [{"row": each, "words": words(each.purposes)} for each in withdrawn],
        "withheld": withheld_of(speaker, None, by_link=_link_of(request) is not None),
    }
    return render(request, "annotation/recording/speaker_consents.html", context)


def speaker_withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take purposes back: the speaker by their link, or who records them."""
    speaker = consents.find_speaker(public_id, user=request.user)
    form = WithdrawForm(request.POST or None)
    visitor = _link_of(request)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            consents.withdraw(speaker=speaker, by=request.user, **form.cleaned_data)
            _tell_taken_back(request, form.cleaned_data["purposes"], by_link=visitor is not None)
            if visitor is not None:
                return redirect("annotation:session-consent", visitor.session.public_id)
            return redirect("annotation:speaker-consents", speaker.public_id)
    context = {"speaker": speaker, "form": form, "standing": _standing_rows(speaker)}
    return render(request, "annotation/recording/consent_withdraw.html", context, status=status)


def _tell_taken_back(request: HttpRequest, purposes: list[str], *, by_link: bool) -> None:
    """Not beside a "Thank you" from before. The page that a speaker by link is led to says itself
    that nothing is recorded any more."""
    list(messages.get_messages(request))
    if by_link and Purpose.RECORD in purposes:
        return
    text = _("Taken back from this moment: %(purposes)s.")
    messages.success(request, text % {"purposes": words(purposes)})


@never_cache
def consent_receipt(request: HttpRequest, public_id: str) -> HttpResponse:
    """What was signed, to print and to keep: the text, the purposes, the names, the proof."""
    consent = consents.find_consent(public_id, user=request.user)
    evidence = consents.evidence_of(consent)
    standing = consents.standing(consent.speaker)
    link = _link_of(request)
    context = {
        "consent": consent,
        "blocks": blocks(consent.text.body),
        "purposes": [
            {
                "words": said,
                "word": Purpose(purpose).label,
                "agreed": purpose in consent.purposes,
                "taken_back": purpose in consent.purposes and purpose not in standing,
            }
            for purpose, said in consent.text.purposes.items()
        ],
        "genuine": consents.is_genuine(consent),
        "evidence": canonical(evidence),
        "computed": digest(evidence),
        "onwards": _onwards(link.session) if link else "",
    }
    return render(request, "annotation/recording/consent_receipt.html", context)


def _link_of(request: HttpRequest) -> SessionLink | None:
    """The link that a speaker came by; None for who is signed in."""
    user: Any = request.user
    return user.link if is_visitor(user) else None
