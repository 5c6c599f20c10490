"""What may be set in a campaign, also while people are at work in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from annotation.models import AnnotationLabel, Campaign, CampaignMember, Scheme
from annotation.services.references import check_references_fit
from speecheq.authorisation import require_role
from speecheq.errors import Conflict, FieldError, RuleBroken, field_error
from speecheq.outbox import audit
from speecheq.roles import Role
from speecheq.sentences import say

# name -> (least, most); None below stands for "no limit" or "never".
BOUNDS: dict[str, tuple[float, float]] = {
    "gold_share": (0, 0.5),
    "repeat_share": (0, 0.5),
    "practice_share": (0, 1),
    "cap": (1, 10_000_000),
    "break_after_min": (1, 600),
    "lease_s": (5, 86_400),
}
MAY_BE_NONE = frozenset({"cap", "break_after_min"})
SWITCHES = ("full_listen", "volume_check")
SETTINGS = (*BOUNDS, *SWITCHES)
MAX_CHECKS = 0.5  # of what somebody hears; the rest is the work that is paid for


def check_settings(values: Mapping[str, Any]) -> None:
    """Raise RuleBroken, naming each value outside its bounds."""
    errors = []
    for name, (least, most) in BOUNDS.items():
        value = values.get(name)
        if value is None:
            if name in values and name not in MAY_BE_NONE:
                errors.append(
                    FieldError(name, "out_of_range", say("{name} needs a number.", name=name))
                )
        elif not least <= value <= most:
            detail = say(
                "{name} {value} is outside {least} to {most}.",
                name=name,
                value=value,
                least=least,
                most=most,
            )
            errors.append(FieldError(name, "out_of_range", detail))
    checks = (values.get("gold_share") or 0) + (values.get("repeat_share") or 0)
    if not errors and checks > MAX_CHECKS:
        detail = say(
            "Gold and repeats together are {checks:g}; at most half of the clips may check.",
            checks=checks,
        )
        errors.append(FieldError("repeat_share", "shares_too_large", detail))
    if errors:
        raise RuleBroken(errors[0].detail, errors=errors, code=errors[0].code)


@transaction.atomic
def change_settings(campaign: Campaign, changes: Mapping[str, Any], *, by: Any) -> None:
    """Set some of SETTINGS; the others stay. What holds from now on also holds for who is at work.

    Raises Forbidden, RuleBroken.
    """
    require_role(by, campaign.corpus, Role.DATA_MANAGER)
    now = Campaign.objects.select_for_update(no_key=True).values(*SETTINGS).get(pk=campaign.pk)
    check_settings({**now, **changes})
    new = {name: value for name, value in changes.items() if now[name] != value}
    if new:
        Campaign.objects.filter(pk=campaign.pk).update(**new)
        audit(by, "campaign.settings_changed", campaign.public_id, **new)


@transaction.atomic
def set_member_caps(campaign: Campaign, caps: Mapping[str, int | None], *, by: Any) -> None:
    """The most labels by some members, who may differ from the campaign; None: as the campaign.

    Raises Forbidden, RuleBroken; then nobody's cap changes.
    """
    require_role(by, campaign.corpus, Role.DATA_MANAGER)
    members = {m.user.username: m for m in campaign.members.select_related("user")}
    least, most = BOUNDS["cap"]
    errors = []
    for name, cap in caps.items():
        place = f"member_caps.{name}"
        if name not in members:
            detail = say("{name!r} is no member of this campaign.", name=name)
            errors.append(FieldError(place, "unknown_member", detail))
        elif cap is not None and not least <= cap <= most:
            detail = say(
                "The cap {cap} of {name} is outside {least} to {most}.",
                cap=cap,
                name=name,
                least=least,
                most=most,
            )
            errors.append(FieldError(place, "out_of_range", detail))
    if errors:
        raise RuleBroken(errors[0].detail, errors=errors, code=errors[0].code)
    changed = [members[name] for name, cap in caps.items() if members[name].cap != cap]
    for member in changed:
        member.cap = caps[member.user.username]
    CampaignMember.objects.bulk_update(changed, ["cap"], batch_size=500)
    if changed:
        new = {member.user.username: member.cap for member in changed}
        audit(by, "campaign.member_caps_set", campaign.public_id, caps=new)


@transaction.atomic
def move_to_scheme(campaign: Campaign, scheme: Scheme, *, by: Any) -> None:
    """Go on with a newer version of the same scheme. What was answered keeps its own version.

    A page that is open on the older version is told when it sends. Raises Forbidden, Conflict and
    RuleBroken where the version does not offer what was answered already, or what references have.
    """
    require_role(by, campaign.corpus, Role.DATA_MANAGER)
    Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    old = campaign.scheme
    if scheme.pk == old.pk:
        return
    if scheme.code != old.code or scheme.mode != old.mode:
        what = f"{scheme.code} ({scheme.get_mode_display()})"
        detail = say(
            "The campaign labels by {code}: {what} is another scheme, not a new version.",
            code=old.code,
            what=what,
        )
        raise field_error("scheme", "scheme_differs", detail, kind=Conflict)
    if scheme.version < old.version:
        detail = say(
            "The campaign is at version {version}; {scheme_version} is older.",
            version=old.version,
            scheme_version=scheme.version,
        )
        raise field_error("scheme", "scheme_older", detail, kind=Conflict)
    _refuse_lost_labels(campaign, scheme)
    check_references_fit(campaign, scheme)
    Campaign.objects.filter(pk=campaign.pk).update(scheme=scheme)
    audit(by, "campaign.scheme_changed", campaign.public_id, scheme=str(scheme))


def _refuse_lost_labels(campaign: Campaign, scheme: Scheme) -> None:
    """Agreement and consensus read all answers by one scheme: it must hold what was answered."""
    answered = AnnotationLabel.objects.filter(
        annotation__campaign=campaign, annotation__superseded_at=None
    )
    codes = set(answered.values_list("esc", flat=True).distinct())
    levels = set(answered.values_list("eis", flat=True).distinct()) - {None}
    lost = [
        *sorted(codes - {row["code"] for row in scheme.esc}),
        *sorted(f"EIS {level}" for level in levels - {row["value"] for row in scheme.eis}),
    ]
    if lost:
        detail = say(
            "{scheme} does not offer {lost}, which was answered already.",
            scheme=str(scheme),
            lost=", ".join(lost),
        )
        raise field_error("scheme", "labels_lost", detail, kind=Conflict)
