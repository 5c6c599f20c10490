"""The form of the page that makes a release."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import Campaign, Corpus, LabelSpace
from annotation.models.scheme import SchemeMode
from annotation.services.release_checks import DEFAULT_RATIOS
from annotation.services.release_labels import INTENDED, PLURALITY
from annotation.services.releases import ReleaseRequest, SplitRequest
from annotation.splits.plan import SPLITS
from speecheq.error_words import words_of
from speecheq.errors import DomainError


def _share(label: Any, name: str) -> forms.FloatField:
    """A share of the clips, 0 to 1."""
    return forms.FloatField(
        label=label,
        min_value=0,
        max_value=1,
        initial=DEFAULT_RATIOS[name],
        widget=forms.NumberInput(attrs={"step": "0.01"}),
    )


class ReleaseForm(forms.Form):
    """What a release is made from; `release_request()` is what the service takes."""

    name = forms.CharField(
        label=_("Name"),
        max_length=64,
        help_text=_("Versions of one name keep every speaker in the same split."),
    )
    version = forms.CharField(label=_("Version"), max_length=20, initial="1.0.0")
    corpora = forms.MultipleChoiceField(label=_("Corpora"), widget=forms.CheckboxSelectMultiple)
    consensus = forms.ChoiceField(
        label=_("Label source"),
        choices=[
            (PLURALITY, _("what most annotators heard")),
            (INTENDED, _("what the speakers were asked to express")),
        ],
        widget=forms.RadioSelect,
        initial=PLURALITY,
    )
    campaigns = forms.MultipleChoiceField(
        label=_("Campaigns"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Whose votes count. None for what the speakers were asked to express."),
    )
    label_space = forms.ChoiceField(
        label=_("Label space"),
        help_text=_("Finer categories become their parents; what has none leaves the release."),
    )
    train = _share(_("Share of train"), "train")
    dev = _share(_("Share of dev"), "dev")
    test = _share(_("Share of test"), "test")
    disjoint = forms.MultipleChoiceField(
        label=_("Never shared by two splits, beside speakers and audio"),
        required=False,
        choices=[("session", _("sessions")), ("text", _("texts"))],
        widget=forms.CheckboxSelectMultiple,
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        min_value=0,
        max_value=2**53,
        initial=0,
        help_text=_("The same seed and clips give the same splits."),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        managed = Corpus.objects.managed_by(user).order_by("slug")
        self._offer("corpora", [(each.slug, each.name) for each in managed])
        campaigns = Campaign.objects.filter(corpus__in=managed, scheme__mode=SchemeMode.SINGLE)
        shown = campaigns.select_related("corpus").order_by("corpus__slug", "name")
        self._offer("campaigns", [(c.public_id, f"{c.corpus.slug} · {c.name}") for c in shown])
        if len(managed) == 1:
            self.fields["corpora"].initial = [managed[0].slug]
        if not shown:
            self.fields["consensus"].initial = INTENDED
        elif len(shown) == 1:
            self.fields["campaigns"].initial = [shown[0].public_id]
        spaces = LabelSpace.objects.order_by("code", "-version")
        self._offer("label_space", [(f"{each.code}@{each.version}", str(each)) for each in spaces])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def release_request(self) -> ReleaseRequest:
        """The request as the service takes it."""
        values = self.cleaned_data
        return ReleaseRequest(
            name=values["name"],
            version=values["version"],
            corpora=values["corpora"],
            campaigns=values["campaigns"],
            label_space=values["label_space"],
            consensus=values["consensus"],
            splits=SplitRequest(
                ratios={name: values[name] for name in SPLITS},
                seed=values["seed"],
                disjoint=["speaker", *values["disjoint"]],
            ),
        )

    def add_domain_error(self, error: DomainError) -> None:
        """Show what the service refused beside the fields it names."""
        for found in error.errors:
            steps = found.field.removeprefix("splits.").split(".")
            if steps[0] == "ratios":
                steps = steps[1:] or ["train"]
            self.add_error(steps[0] if steps[0] in self.fields else None, words_of(found))
        if not error.errors:
            self.add_error(None, words_of(error))
