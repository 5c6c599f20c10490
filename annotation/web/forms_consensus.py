"""The parameters of the method that fits a campaign's scheme."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import Campaign
from annotation.services.consensus import METHODS, default_method


class ConsensusForm(forms.Form):
    """Fields of other methods are left out, so that nobody fills in what has no effect."""

    min_share = forms.FloatField(
        label=_("Share of the votes that the winner needs"),
        min_value=0,
        max_value=1,
        initial=0,
        help_text=_("Below it, and on a tie, the label is UNK. 0: any plurality wins."),
        widget=forms.NumberInput(attrs={"step": "0.05"}),
    )
    min_raters = forms.IntegerField(
        label=_("Raters who must hear an emotion"), min_value=1, max_value=1000, initial=2
    )
    min_mean = forms.FloatField(
        label=_("Mean that its level must exceed"),
        min_value=0,
        max_value=3,
        initial=0.5,
        widget=forms.NumberInput(attrs={"step": "0.05"}),
    )

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.method = default_method(campaign)
        for name in set(self.fields) - set(METHODS[self.method].params):
            del self.fields[name]
