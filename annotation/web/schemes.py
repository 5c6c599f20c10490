"""The scheme editor: from a label space to a version that campaigns use, with a live preview.

The whole editor is drawn by the server, also after each button; a plain form does everything. What
the preview shows comes from the very parts that the labelling page is made of.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotation.api.schemes import SchemeRequestSerializer
from annotation.models import Campaign, LabelSpace, Scheme
from annotation.services import campaigns
from annotation.services.scales import find_label_space
from annotation.services.schemes import (
    BUILT_IN,
    SchemeRequest,
    as_scheme,
    checked_scheme,
    create_scheme,
    next_version,
)
from annotation.web.campaign_setup import managed_campaign
from annotation.web.scheme_draft import (
    SAM_TEXTS,
    Draft,
    change,
    from_post,
    from_scheme,
    from_space,
    place_in_form,
    to_data,
)
from annotation.web.scheme_fields import Fields
from annotation.web.scheme_view import PageScheme, scheme_for_page
from speecheq.error_words import words_of
from speecheq.errors import DomainError, FieldError, NotFound, flatten
from speecheq.roles import Role

GENERAL = ("", "label_space", "extras", "rules")  # fields of the body that have none in the form
UNNAMED = "draft"  # stands for the code while none was given


@dataclass
class Reading:
    """What a draft comes to: a request, or what is wrong at which field of the form."""

    draft: Draft
    version: int
    request: SchemeRequest | None = None
    page_scheme: PageScheme | None = None
    errors: dict[str, list[str]] = field(default_factory=dict)

    def refuse(self, found: list[FieldError]) -> None:
        for each in found:
            place = place_in_form(self.draft, each.field)
            self.errors.setdefault(place, []).append(words_of(each))


def read(draft: Draft, *, by: Any, final: bool = True) -> Reading:
    """Check the draft as REST and the service would. Shown is whatever can be shown.

    Not `final`: the code may still be missing.
    """
    base = draft.get("base").partition("@")[0]
    if base:
        draft.values["code"] = base
    reading = Reading(draft, next_version(draft.get("code")))
    body = to_data(draft, version=reading.version)
    if not final and not body["code"]:
        body["code"] = UNNAMED
    asked = SchemeRequestSerializer(data=body)
    if not asked.is_valid():
        reading.refuse(flatten(asked.errors))
        return reading
    reading.request = asked.to_request()
    try:
        shown = as_scheme(reading.request, find_label_space(reading.request.label_space))
        try:
            shown = checked_scheme(reading.request, by=by)
        finally:
            # Without its code, so that nobody's own keys stand in for those of the scheme.
            shown.code = ""
            reading.page_scheme = scheme_for_page(shown, by)
    except DomainError as error:
        reading.refuse(error.errors or [FieldError("", error.code, error.detail)])
    return reading


def scheme_list(request: HttpRequest) -> HttpResponse:
    """Schemes by code, each with its versions and the campaigns that use them."""
    found: dict[str, list[Scheme]] = {}
    for scheme in Scheme.objects.select_related("label_space").order_by("code", "-version"):
        found.setdefault(scheme.code, []).append(scheme)
    managed = Campaign.objects.staffed_by(request.user, Role.DATA_MANAGER)
    using: dict[str, list[Campaign]] = {}
    for campaign in managed.select_related("scheme", "corpus").order_by("name", "pk"):
        using.setdefault(campaign.scheme.code, []).append(campaign)
    rows = [
        {
            "newest": versions[0],
            "versions": versions,
            "campaigns": using.get(code, []),
            "own": request.user.is_superuser or code not in BUILT_IN,
        }
        for code, versions in found.items()
    ]
    context = {"rows": rows, "spaces": newest_spaces()}
    return render(request, "annotation/scheme_list.html", context)


def newest_spaces() -> list[LabelSpace]:
    """The newest version of each label space."""
    newest = {space.code: space for space in LabelSpace.objects.order_by("code", "version")}
    return list(newest.values())


def scheme_editor(request: HttpRequest) -> HttpResponse:
    """GET: a draft from `?space=` or `?from=`. POST: a button was pressed; `save` stores."""
    if request.method != "POST":
        return _show(request, read(first_draft(request), by=request.user, final=False))
    draft, action = from_post(request.POST), request.POST.get("action", "preview")
    newer = versions_made_meanwhile(draft)
    if action not in ("save", "preview"):
        change(draft, action)
        return _show(request, read(draft, by=request.user, final=False))
    reading = read(draft, by=request.user, final=action == "save")
    if action == "save" and newer:
        text = _("%(names)s came meanwhile. Look at it first; save again to come after it.")
        reading.refuse([FieldError("", "scheme_exists", text % {"names": ", ".join(newer)})])
        return _show(request, reading, status=409)
    if action == "save" and reading.request is not None and not reading.errors:
        try:
            scheme = create_scheme(reading.request, by=request.user)
        except DomainError as error:
            reading.refuse(error.errors or [FieldError("", error.code, error.detail)])
        else:
            text = _("%(name)s was made. Campaigns go on with it once you move them.")
            messages.success(request, text % {"name": scheme.name})
            return redirect("annotation:scheme-list")
    return _show(request, reading, status=422 if reading.errors and action == "save" else 200)


def versions_made_meanwhile(draft: Draft) -> list[str]:
    """Names of the versions that came after the draft was begun. Told once: the draft takes note
    of them, and saved again it comes after them."""
    code, known = draft.get("base").partition("@")[0], draft.get("newest")
    newest = next_version(code) - 1
    if not code or not known.isdecimal() or int(known) >= newest:
        return []
    found = Scheme.objects.filter(code=code, version__gt=int(known)).order_by("version")
    draft.values["newest"] = str(newest)
    return [scheme.name for scheme in found]


def first_draft(request: HttpRequest) -> Draft:
    """Raises NotFound for a scheme that is none; an unknown space is refused by its service."""
    name = request.GET.get("from", "")
    if not name:
        return from_space(find_label_space(request.GET.get("space", "core-7")))
    code, _at, version = name.partition("@")
    found = Scheme.objects.select_related("label_space").filter(code=code)
    scheme = found.filter(version=int(version)).first() if version.isdecimal() else None
    if scheme is None:
        raise NotFound(_("There is no scheme %(name)s.") % {"name": name[:60]})
    draft = from_scheme(scheme)
    if "copy" in request.GET or (code in BUILT_IN and not request.user.is_superuser):
        draft.values |= {"base": "", "code": ""}
    else:
        draft.values["newest"] = str(next_version(code) - 1)
    return draft


@require_POST
def scheme_preview(request: HttpRequest) -> HttpResponse:
    """The preview alone, for what is being typed; with it what is wrong, field by field."""
    reading = read(from_post(request.POST), by=request.user, final=False)
    return render(request, "annotation/parts/scheme_preview.html", _context(reading))


def _context(reading: Reading) -> dict[str, Any]:
    return {
        "draft": reading.draft,
        "scheme": reading.page_scheme,
        "version": reading.version,
        "problems": reading.errors,
        "general": [text for name in GENERAL for text in reading.errors.get(name, [])],
        "n_problems": sum(map(len, reading.errors.values())),
    }


def _show(request: HttpRequest, reading: Reading, status: int = 200) -> HttpResponse:
    fields = Fields(reading.draft, reading.errors)
    context = {**_context(reading), "fields": fields, "pictured": list(SAM_TEXTS)}
    return render(request, "annotation/scheme_editor.html", context, status=status)


@require_POST
def scheme_move(request: HttpRequest) -> HttpResponse:
    """Let a campaign go on with another version of its scheme."""
    campaign = managed_campaign(request, request.POST.get("campaign", ""))
    try:
        wanted = request.POST.get("scheme", "")
        campaigns.change_campaign(campaign, by=request.user, scheme=wanted)
        text = _("%(campaign)s goes on with %(scheme)s.")
        messages.success(request, text % {"campaign": campaign.name, "scheme": wanted})
    except DomainError as error:
        messages.error(request, words_of(error))
    return redirect("annotation:scheme-list")
