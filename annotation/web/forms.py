"""Forms of the campaign pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import Corpus, Membership, Scheme
from annotation.models.campaign import CampaignState, Order
from annotation.models.scheme import SchemeMode
from annotation.services.campaigns import CampaignRequest
from speecheq.errors import DomainError


class DomainErrorForm(forms.Form):
    """A form that can show what a service refused."""

    def add_domain_error(self, error: DomainError) -> None:
        """Show what the service refused beside the fields it names."""
        for found in error.errors:
            name = found.field.split(".")[0]
            self.add_error(name if name in self.fields else None, found.detail)
        if not error.errors:
            self.add_error(None, error.detail)


class CampaignForm(DomainErrorForm):
    """What a campaign is made from; `campaign_request()` is what the service takes."""

    name = forms.CharField(label=_("Name"), max_length=200)
    scheme = forms.ChoiceField(label=_("Scheme"), help_text=_("The labels on offer."))
    clips = forms.ChoiceField(
        label=_("Clips"),
        choices=[("all", _("all clips with audio")), ("prefix", _("clips whose key begins with"))],
        widget=forms.RadioSelect,
        initial="all",
    )
    key_prefix = forms.CharField(label=_("Beginning of the key"), max_length=255, required=False)
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
        initial=0,
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
        people = Membership.objects.filter(corpus=corpus).order_by("user__username")
        names = people.values_list("user__username", flat=True).distinct()
        self.fields["members"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("clips") == "prefix" and not values.get("key_prefix"):
            self.add_error("key_prefix", _("Give the beginning of the key, such as Actor_01/."))
        return values

    def campaign_request(self) -> CampaignRequest:
        values = self.cleaned_data
        prefix = values["clips"] == "prefix"
        return CampaignRequest(
            name=values["name"],
            scheme=values["scheme"],
            clips={"key_prefix": values["key_prefix"]} if prefix else "all",
            overlap=values["overlap"],
            order=values["order"],
            seed=values["seed"],
            members=values["members"],
            state=CampaignState.OPEN if values["open_now"] else CampaignState.DRAFT,
        )
