"""Keys of one's own: a plain form of lists; js/remap.js takes the new key as it is pressed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.api.labelling import visible_campaign
from annotation.labelspaces.actions import CHOOSABLE
from annotation.models import Scheme
from annotation.models.scheme import SchemeMode
from annotation.services import shortcuts
from annotation.templatetags.annotation_ui import key_name, localised
from annotation.web.scheme_view import ACTION_NAMES
from speecheq.errors import RuleBroken

FIELD = "key-"


def keys(request: HttpRequest, public_id: str) -> HttpResponse:
    """The caller's keys in the scheme of a campaign."""
    campaign = visible_campaign(request.user, public_id)
    scheme = campaign.scheme
    asked: dict[str, str] | None = None
    problems: dict[str, str] = {}
    if request.method == "POST":
        asked = {} if "reset" in request.POST else read_keys(request, scheme)
        try:
            shortcuts.set_keys(scheme, request.user, asked)
        except RuleBroken as error:
            problems = {each.field.removeprefix("keys."): each.code for each in error.errors}
        else:
            messages.success(request, _("Your keys were saved."))
            return redirect("annotation:keys", public_id)
    held = shortcuts.keys_of(scheme, request.user)
    context = {
        "campaign": campaign,
        "groups": groups_for(scheme, held | (asked or {}), problems),
        "problems": problems,
    }
    return render(request, "annotation/keys.html", context, status=422 if problems else 200)


def read_keys(request: HttpRequest, scheme: Scheme) -> dict[str, str]:
    """What the form says of each action of the scheme; empty is as in the scheme."""
    sent = {
        action: request.POST.get(FIELD + action, "") for action in shortcuts.defaults_of(scheme)
    }
    return {action: key for action, key in sent.items() if key}


def groups_for(
    scheme: Scheme, held: dict[str, str], problems: dict[str, str]
) -> list[dict[str, Any]]:
    """Rows of the page: emotions, intensities, and what else a key does."""
    emotions = [(f"esc:{row['code']}", localised(row)) for row in scheme.esc]
    levels = [(f"eis:{row['value']}", f"{row['value']} · {localised(row)}") for row in scheme.eis]
    scales = [(f"extra:{row['code']}", localised(row)) for row in scheme.extras]
    actions = [
        (f"action:{name}", str(words))
        for name, words in ACTION_NAMES.items()
        if name != "none" or scheme.mode == SchemeMode.MULTI
    ]
    defaults = shortcuts.defaults_of(scheme)
    titles = (_("Emotions"), _("Intensity"), _("Scales"), _("Everything else"))

    def row(action: str, name: str) -> dict[str, Any]:
        default, key = defaults[action], held[action]
        offered = [default, *(each for each in CHOOSABLE if each != default)]
        return {
            "action": action,
            "name": name,
            "key": key,
            "default": default,
            "changed": key != default,
            "options": [(each, key_name(each) or "–") for each in dict.fromkeys(offered)],
            "problem": PROBLEMS.get(problems.get(action, ""), ""),
        }

    pairs = zip(titles, (emotions, levels, scales, actions), strict=True)
    return [
        {"title": title, "rows": [row(action, name) for action, name in named]}
        for title, named in pairs
        if named
    ]


PROBLEMS = {
    "key_taken": gettext_lazy("Another action has this key already."),
    "key_not_allowed": gettext_lazy("This key cannot be chosen."),
}
