"""Forms of the campaign pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import Corpus, Membership, Scheme
from annotation.models.campaign import CampaignState, Order
from annotation.models.scheme import SchemeMode
from annotation.services.campaigns import CampaignRequest, draw_seed
from annotation.web.forms_setup import SettingsForm
from speecheq.roles import Role


class CampaignForm(SettingsForm):
    """What a campaign is made from; `campaign_request()` is what the service takes."""

    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        help_text=_("Annotators see it: name neither speakers nor what was intended."),
    )
    scheme = forms.ChoiceField(label=_("Scheme"), help_text=_("The labels on offer."))
    key_prefix = forms.CharField(
        label=_("Only clips whose key begins with"),
        max_length=255,
        required=False,
        help_text=_("Such as Actor_01/. Empty: all clips with audio."),
    )
    overlap = forms.IntegerField(
        label=_("Labels per clip"),
        min_value=1,
        max_value=100,
        initial=3,
        help_text=_("By different people. Agreement needs two or more."),
    )
    order = forms.ChoiceField(label=_("Order"), choices=Order.choices, initial=Order.RANDOM)
    seed = forms.IntegerField(
        label=_("Seed"),
        min_value=0,
        max_value=2**53,
        initial=draw_seed,
        help_text=_("The same seed gives the same order."),
    )
    members = forms.MultipleChoiceField(
        label=_("Annotators"), required=False, widget=forms.CheckboxSelectMultiple
    )
    open_now = forms.BooleanField(
        label=_("Open for labelling at once"), required=False, initial=True
    )

    def __init__(self, *args: Any, corpus: Corpus, **kwargs: Any):
        super().__init__(*args, **kwargs)
        schemes = Scheme.objects.order_by("code", "-version")
        choices = [
            (f"{s.code}@{s.version}", f"{s.code} · {SchemeMode(s.mode).label}") for s in schemes
        ]
        self.fields["scheme"].choices = choices  # type: ignore[attr-defined]
        preferred = [value for value, _label in choices if value.startswith("seqd-1@")]
        self.fields["scheme"].initial = preferred[0] if preferred else None
        self._offer_people(corpus)

    def _offer_people(self, corpus: Corpus) -> None:
        """Annotators first and chosen; then whoever else is a member, and what is simulated."""
        rows = Membership.objects.filter(corpus=corpus).select_related("user")
        roles: dict[Any, list[Membership]] = {}
        for row in rows.order_by("user__username", "role"):
            roles.setdefault(row.user, []).append(row)
        label = {user for user in roles if any(r.role == Role.ANNOTATOR for r in roles[user])}
        ordered = sorted(roles, key=lambda user: (user.is_simulated, user not in label))
        field = self.fields["members"]
        field.choices = [(user.username, _described(user, roles[user])) for user in ordered]  # type: ignore[attr-defined]
        field.initial = [user.username for user in ordered if _is_offered(user, label)]

    def campaign_request(self) -> CampaignRequest:
        values = self.cleaned_data
        prefix = values["key_prefix"]
        return CampaignRequest(
            name=values["name"],
            scheme=values["scheme"],
            clips={"key_prefix": prefix} if prefix else "all",
            overlap=values["overlap"],
            order=values["order"],
            seed=values["seed"],
            members=values["members"],
            **self.settings(),
            state=CampaignState.OPEN if values["open_now"] else CampaignState.DRAFT,
        )


def _is_offered(user: Any, label: set[Any]) -> bool:
    return user in label and user.is_active and not user.is_simulated


def _described(user: Any, rows: list[Membership]) -> str:
    """The name and the roles, so that one knows whom one chooses."""
    words = [str(_("simulated"))] if user.is_simulated else [r.get_role_display() for r in rows]
    return f"{user.username} · {', '.join(words)}"
