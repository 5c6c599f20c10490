"""Forms of the training pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import Campaign, Corpus, Release
from speecheq.error_words import words_of
from speecheq.errors import DomainError
from speecheq.roles import Role
from training.config import PRESETS
from training.services.access import campaigns_to_order
from training.services.acquisition import MAX_BUDGET, MAX_SEED, RoundRequest

PRESET_NAMES = {
    "quick": _("quick: a small network, to see whether something can be learned"),
    "standard": _("standard: the network the figures are measured with"),
}
ACQUISITION_NAMES = {
    "entropy": _("entropy: clips the model is least sure of"),
    "margin": _("margin: clips where two emotions are close"),
    "random": _("random: the control, whatever the model thinks"),
}


class _Refusable(forms.Form):
    def add_domain_error(self, error: DomainError) -> None:
        """Show what the service refused beside the fields it names, by their last word."""
        for found in error.errors:
            name = found.field.rpartition(".")[2]
            self.add_error(name if name in self.fields else None, words_of(found))
        if not error.errors:
            self.add_error(None, words_of(error))

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


class RunForm(_Refusable):
    """What a run is made from; an empty setting is the preset's."""

    release = forms.ChoiceField(
        label=_("Release"), help_text=_("Its train split is learned, its dev split chooses.")
    )
    preset = forms.ChoiceField(
        label=_("Preset"),
        widget=forms.RadioSelect,
        initial="quick",
        choices=[(name, PRESET_NAMES.get(name, name)) for name in ("quick", "standard")],
    )
    epochs = forms.IntegerField(
        label=_("Epochs"), required=False, min_value=1, help_text=_("Empty: as the preset says.")
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        required=False,
        min_value=0,
        max_value=MAX_SEED,
        help_text=_("The same seed, release and settings give the same model."),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.releases = {each.public_id: each for each in offered_releases(user)}
        self._offer("release", [(key, str(each)) for key, each in self.releases.items()])
        self._offer("preset", [(name, PRESET_NAMES.get(name, name)) for name in reversed(PRESETS)])

    def chosen(self) -> tuple[Release, str, dict[str, Any]]:
        """Release, preset and the differences to it."""
        values = self.cleaned_data
        config: dict[str, Any] = {}
        if values["epochs"] is not None:
            config["optimiser"] = {"epochs": values["epochs"]}
        if values["seed"] is not None:
            config["seed"] = values["seed"]
        return self.releases[values["release"]], values["preset"], config


class RoundForm(_Refusable):
    """How a model re-orders a queue."""

    campaign = forms.ChoiceField(label=_("Campaign"))
    acquisition = forms.ChoiceField(
        label=_("What comes first"),
        widget=forms.RadioSelect,
        initial="entropy",
        choices=list(ACQUISITION_NAMES.items()),
    )
    budget = forms.IntegerField(
        label=_("Clips"),
        min_value=1,
        max_value=MAX_BUDGET,
        initial=100,
        help_text=_("So many come first; the rest keep the campaign's order."),
    )
    control_share = forms.FloatField(
        label=_("Control share"),
        min_value=0,
        max_value=1,
        initial=0.2,
        widget=forms.NumberInput(attrs={"step": "0.05"}),
        help_text=_("Of them, drawn at random from all: they show what the choosing is worth."),
    )
    seed = forms.IntegerField(label=_("Seed"), min_value=0, max_value=MAX_SEED, initial=0)

    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        campaigns = campaigns_to_order(user).select_related("corpus")
        self._offer("campaign", [(each.public_id, _campaign_name(each)) for each in campaigns])

    def round_request(self) -> RoundRequest:
        return RoundRequest(**self.cleaned_data)


def offered_releases(user: Any) -> list[Release]:
    """Finished releases that `user` may train on, newest first."""
    theirs = Corpus.objects.where_role(user, Role.RESEARCHER).values("pk")
    beyond = Release.corpora.through.objects.exclude(corpus_id__in=theirs)
    return list(Release.objects.ready().exclude(pk__in=beyond.values("release_id")))


def _campaign_name(campaign: Campaign) -> str:
    return f"{campaign.corpus.slug} · {campaign.name}"
