"""Pages that set a campaign up: settings, groups, known clips."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotation.api.labelling import visible_campaign
from annotation.models import Campaign
from annotation.models.reference import Purpose
from annotation.services import campaigns, groups, references
from annotation.services.campaign_settings import set_member_caps
from annotation.services.reference_csv import read_references
from annotation.templatetags.annotation_ui import localised
from annotation.web.campaigns import seen_by
from annotation.web.forms_setup import (
    ChangeSettingsForm,
    GroupForm,
    ReferenceFileForm,
    ReferenceForm,
)
from speecheq.authorisation import require_role
from speecheq.error_words import words_of
from speecheq.errors import DomainError
from speecheq.roles import Role

PER_PAGE = 100


def managed_campaign(request: HttpRequest, public_id: str) -> Campaign:
    """The campaign, for a data manager of its corpus. Raises NotFound, Forbidden."""
    campaign = visible_campaign(request.user, public_id)
    require_role(request.user, campaign.corpus, Role.DATA_MANAGER)
    return campaign


def campaign_settings(request: HttpRequest, public_id: str) -> HttpResponse:
    campaign = managed_campaign(request, public_id)
    form = ChangeSettingsForm(request.POST or None, campaign=campaign)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                campaigns.change_campaign(campaign, by=request.user, **form.changes())
            except DomainError as error:
                form.add_domain_error(error)
            else:
                messages.success(request, _("The settings were saved."))
                return redirect("annotation:campaign-settings", public_id)
    members = campaign.members.select_related("user").order_by("user__username")
    context = {
        **seen_by(request.user, campaign),
        "campaign": campaign,
        "form": form,
        "members": members,
    }
    return render(request, "annotation/campaign_settings.html", context, status=status)


@require_POST
def campaign_caps(request: HttpRequest, public_id: str) -> HttpResponse:
    """The most labels by each member: a name and a number, in pairs."""
    campaign = managed_campaign(request, public_id)
    names, caps = request.POST.getlist("member"), request.POST.getlist("cap")
    given = dict(zip(names, caps, strict=False))
    bad = [name for name, cap in given.items() if cap and not _is_number(cap)]
    if bad:
        text = _("The cap of %(name)s is not a whole number above 0. Nothing was saved.")
        messages.error(request, text % {"name": bad[0]})
        return redirect("annotation:campaign-settings", public_id)
    try:
        wanted = {name: int(cap) if cap else None for name, cap in given.items()}
        set_member_caps(campaign, wanted, by=request.user)
        messages.success(request, _("The caps were saved."))
    except DomainError as error:
        messages.error(request, words_of(error))
    return redirect("annotation:campaign-settings", public_id)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def campaign_groups(request: HttpRequest, public_id: str) -> HttpResponse:
    """A card for each group; what is sent changes one of them."""
    campaign = managed_campaign(request, public_id)
    present = groups.groups_of(campaign)
    people = list(
        campaign.members.order_by("user__username").values_list("user__username", flat=True)
    )
    refused = None
    if request.method == "POST":
        refused = _change_group(request, campaign, present, people)
        if refused is None:
            return redirect("annotation:campaign-groups", public_id)
    grouped = {name for group in present for name in group.members}
    new = refused if refused is not None and refused.group is None else GroupForm(people=people)
    context = {
        **seen_by(request.user, campaign),
        "campaign": campaign,
        "cards": [_card(i, group, people, refused) for i, group in enumerate(present)],
        "new": new,
        "single": [name for name in people if name not in grouped],
        "free_clips": campaign.items.filter(group=None, needed__gt=0).count(),
    }
    status = 200 if refused is None else 422
    return render(request, "annotation/campaign_groups.html", context, status=status)


def _card(
    i: int, group: groups.Group, people: list[str], refused: GroupForm | None
) -> dict[str, Any]:
    mine = refused is not None and refused.group is not None and refused.group.name == group.name
    form = refused if mine else GroupForm(people=people, group=group, auto_id=f"id_{i}_%s")
    return {"group": group, "n_clips": len(group.clips), "form": form}


def _change_group(
    request: HttpRequest, campaign: Campaign, present: list[groups.Group], people: list[str]
) -> GroupForm | None:
    """Do what was asked of one group; the form with its errors where it was refused."""
    name = request.POST.get("name", "").strip()
    action = request.POST.get("action", "save")
    old = next((group for group in present if group.name == name), None)
    form = GroupForm(
        request.POST,
        people=people,
        group=old if action != "new" else None,
        auto_id="id_sent_%s",
    )
    others = [groups.Group(group.name, group.members) for group in present if group.name != name]
    try:
        if action == "alone":
            groups.keep_for(campaign, name, None, by=request.user)
        elif action == "remove":
            groups.set_groups(campaign, others, by=request.user)
        elif not form.is_valid():
            return form
        else:
            # Last, so that what is wrong with it is told of it. A name twice is so in the list.
            kept = [*others, *([old] if old and action == "new" else [])]
            groups.set_groups(campaign, [*kept, form.to_group()], by=request.user)
        messages.success(request, _("The groups were saved."))
    except DomainError as error:
        if not form.is_valid():
            messages.error(request, words_of(error))
            return None
        form.add_domain_error(error)
        return form
    return None


def campaign_references(request: HttpRequest, public_id: str) -> HttpResponse:
    """Known clips: heard, added by key or by file, taken off the list."""
    campaign = managed_campaign(request, public_id)
    sent = request.POST.get("action") if request.method == "POST" else None
    posted, files = request.POST or None, request.FILES or None
    form = ReferenceForm(posted if sent == "add" else None, scheme=campaign.scheme)
    upload = ReferenceFileForm(
        posted if sent == "upload" else None, files if sent == "upload" else None
    )
    if sent and _change_references(request, campaign, sent, form, upload):
        return redirect("annotation:campaign-references", public_id)
    rows = campaign.references.listed().select_related("clip")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **seen_by(request.user, campaign),
        "campaign": campaign,
        "form": form,
        "upload": upload,
        "page_obj": page,
        "rows": [_shown(row, campaign) for row in page],
    }
    status = 422 if sent else 200
    return render(request, "annotation/campaign_references.html", context, status=status)


def _change_references(
    request: HttpRequest,
    campaign: Campaign,
    action: str,
    form: ReferenceForm,
    upload: ReferenceFileForm,
) -> bool:
    """Whether what was asked was done."""
    used = upload if action == "upload" else form
    try:
        if action == "remove":
            reference = request.POST.get("reference", "")
            references.remove_reference(campaign, reference, by=request.user)
        elif not used.is_valid():
            return False
        else:
            added = (
                read_references(upload.cleaned_data["file"].read())
                if action == "upload"
                else form.to_references()
            )
            references.add_references(campaign, added, by=request.user)
    except DomainError as error:
        if action == "remove":
            messages.error(request, words_of(error))
            return True
        used.add_domain_error(error)
        return False
    messages.success(request, _("The known clips were saved."))
    return True


def _shown(row: Any, campaign: Campaign) -> dict[str, Any]:
    names = {each["code"]: localised(each) for each in campaign.scheme.esc}
    labels = [
        names.get(label["esc"], label["esc"])
        + (f" {label['eis']}" if label["eis"] is not None else "")
        for label in row.labels
    ]
    return {"row": row, "labels": ", ".join(labels), "purpose": Purpose(row.purpose).name}
