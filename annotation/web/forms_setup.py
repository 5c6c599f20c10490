"""Forms of a campaign's set-up: settings, groups, known clips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from annotation.models import Campaign, Scheme
from annotation.models.reference import Purpose
from annotation.models.scheme import SchemeMode
from annotation.services.campaign_settings import BOUNDS, MAY_BE_NONE, SETTINGS, SWITCHES
from annotation.services.groups import Group
from annotation.services.references import MAX_FEEDBACK, Reference
from annotation.templatetags.annotation_ui import localised
from annotation.web.form_base import DomainErrorForm
from speecheq.error_words import words_of
from speecheq.errors import DomainError

PERCENT = ("gold_share", "repeat_share", "practice_share")
SHOWN_KEYS = 200  # more are counted, not listed, and stay as they are


def _number(name: str, label: Any, help_text: Any) -> forms.IntegerField:
    least, most = BOUNDS[name]
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        required=False,
        min_value=int(least),
        max_value=int(most),
    )


def _percent(name: str, label: Any, help_text: Any) -> forms.FloatField:
    least, most = BOUNDS[name]
    return forms.FloatField(
        label=label,
        help_text=help_text,
        required=False,
        min_value=least * 100,
        max_value=most * 100,
        initial=0,
        step_size=0.5,
    )


class SettingsForm(DomainErrorForm):
    """What may be set at the start and later; shares are asked for in percent."""

    cap = _number("cap", _("Most labels by one person"), _("Empty: no limit."))
    break_after_min = _number(
        "break_after_min",
        _("Remind of a break after (minutes)"),
        _("Of work without a pause. Empty: never."),
    )
    lease_s = _number(
        "lease_s",
        _("An offered clip is kept for (seconds)"),
        _("Renewed while the page is open; then somebody else gets the clip. Mostly 600."),
    )
    full_listen = forms.BooleanField(
        label=_("Each clip must be heard to its end"),
        required=False,
        help_text=_("An answer that comes before is not taken."),
    )
    volume_check = forms.BooleanField(
        label=_("Check the volume before a shift"),
        required=False,
        help_text=_("A sound is played and must be heard before the first clip."),
    )
    gold_share = _percent(
        "gold_share",
        _("Gold clips (%)"),
        _("Of the clips somebody is offered, how many have a known answer. Nothing shows it."),
    )
    repeat_share = _percent(
        "repeat_share",
        _("Repeats (%)"),
        _("How many come a second time, to see how steady somebody is. With gold at most half."),
    )
    practice_share = _percent(
        "practice_share",
        _("Practice to get right (%)"),
        _("Of the practice clips, before one may label. 0 lets everybody through."),
    )

    def settings(self) -> dict[str, Any]:
        """As the service takes them; what was left empty and needs a value has its default."""
        values = {name: self.cleaned_data[name] for name in SETTINGS}
        return {
            name: value / 100 if name in PERCENT else value
            for name, value in values.items()
            if value is not None or name in MAY_BE_NONE
        }

    def settings_errors(self) -> bool:
        """Whether one of the settings was refused, so that a page shows them."""
        return any(name in self.errors for name in SETTINGS)

    def numbers(self) -> list[Any]:
        return [self[name] for name in ("cap", "break_after_min", "lease_s")]

    def shares(self) -> list[Any]:
        return [self[name] for name in PERCENT]

    def switches(self) -> list[Any]:
        return [self[name] for name in SWITCHES]


def _as_percent(share: float) -> float | int:
    """0.05 -> 5, and 0.125 -> 12.5."""
    percent = round(share * 100, 6)
    return int(percent) if percent == int(percent) else percent


class ChangeSettingsForm(SettingsForm):
    """With its name, and the versions of the scheme that the campaign may go on with."""

    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        required=False,
        help_text=_("Annotators see it: name neither speakers nor what was intended."),
    )
    scheme = forms.ChoiceField(
        label=_("Version of the scheme"),
        help_text=_("A newer one holds for answers from now on; those given keep theirs."),
    )

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["name"].initial = campaign.name
        for name in SETTINGS:
            value = getattr(campaign, name)
            self.fields[name].initial = _as_percent(value) if name in PERCENT else value
        for name in set(BOUNDS) - MAY_BE_NONE:
            self.fields[name].required = True
        old = campaign.scheme
        versions = Scheme.objects.filter(code=old.code, mode=old.mode, version__gte=old.version)
        names = [f"{s.code}@{s.version}" for s in versions.order_by("version")]
        self.fields["scheme"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]
        self.fields["scheme"].initial = f"{old.code}@{old.version}"

    def changes(self) -> dict[str, Any]:
        """As `change_campaign` takes them; a name that was left empty stays."""
        name = self.cleaned_data["name"] or None
        return {**self.settings(), "scheme": self.cleaned_data["scheme"], "name": name}


def lines_of(text: str) -> list[str]:
    """Keys, one a line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


class ClipChoice(DomainErrorForm):
    """Clips by key, one a line, or by the beginning of their key."""

    keys = forms.CharField(
        label=_("Clips by key, one a line"),
        required=False,
        strip=False,
        max_length=2_000_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    key_prefix = forms.CharField(
        label=_("Or all whose key begins with"), required=False, max_length=255
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("key_prefix") and lines_of(values.get("keys", "")):
            self.add_error("key_prefix", _("Name clips by key or by how keys begin, not both."))
        return values

    def chosen(self) -> Any:
        """As the service takes them; None where neither was given."""
        if self.cleaned_data["key_prefix"]:
            return {"key_prefix": self.cleaned_data["key_prefix"]}
        return lines_of(self.cleaned_data["keys"]) or None


class GroupForm(ClipChoice):
    """One group: its people, and the clips kept for them."""

    name = forms.CharField(label=_("Name"), max_length=100)
    members = forms.MultipleChoiceField(
        label=_("People"), required=False, widget=forms.CheckboxSelectMultiple
    )
    release = forms.BooleanField(label=_("Give all its clips back to everybody"), required=False)
    field_order = ["name", "members", "keys", "key_prefix", "release"]

    def __init__(
        self, *args: Any, people: Sequence[str], group: Group | None = None, **kwargs: Any
    ):
        super().__init__(*args, **kwargs)
        self.group = group
        self.fields["members"].choices = [(name, name) for name in people]  # type: ignore[attr-defined]
        if group is None:
            del self.fields["release"]
            return
        self.fields["name"].widget = forms.HiddenInput()
        self.initial.update(name=group.name, members=group.members)
        if 0 < len(group.clips) <= SHOWN_KEYS:
            self.initial["keys"] = "\n".join(group.clips)

    def add_domain_error(self, error: DomainError) -> None:
        for found in error.errors:
            # 1.clips.3 of the list of groups: here there is one group, and a field of keys.
            part = found.field.split(".")[1:2]
            name = {"clips": "keys", "members": "members", "name": "name"}.get("".join(part))
            self.add_error(name if name in self.fields else None, words_of(found))
        if not error.errors:
            super().add_domain_error(error)

    def to_group(self) -> Group:
        values = self.cleaned_data
        clips = [] if values.get("release") else self.chosen()
        return Group(values["name"].strip(), values["members"], clips)


class ReferenceForm(DomainErrorForm):
    """Clips of which the same is known. One level for each emotion where the scheme has several."""

    keys = forms.CharField(
        label=_("Clips by key, one a line"),
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    purpose = forms.ChoiceField(label=_("What for"), choices=Purpose.choices)
    feedback = forms.CharField(
        label=_("What to listen for"),
        required=False,
        max_length=MAX_FEEDBACK,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Shown with the answer after practice, and beside an anchor."),
    )

    def __init__(self, *args: Any, scheme: Scheme, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.scheme = scheme
        levels = [
            ("", "–"),
            *((str(e["value"]), f"{e['value']} {localised(e)}") for e in scheme.eis),
        ]
        self.label_fields: list[str] = []
        if scheme.mode == SchemeMode.MULTI:
            for row in scheme.esc:
                self._add_choice(f"level-{row['code']}", localised(row), levels)
        else:
            emotions = [(row["code"], localised(row)) for row in scheme.esc]
            self._add_choice("esc", _now("Emotion"), emotions, required=True)
            self._add_choice("eis", _now("Intensity"), levels)

    def _add_choice(
        self, name: str, label: str, choices: list[tuple[str, str]], *, required: bool = False
    ) -> None:
        self.fields[name] = forms.ChoiceField(label=label, choices=choices, required=required)
        self.label_fields.append(name)

    def add_domain_error(self, error: DomainError) -> None:
        """What the scheme refuses is the same for each clip: said once, beside the choice."""
        said = set()
        for found in error.errors:
            part = found.field.rpartition(".")[2]
            name = part if part in self.fields else "keys"
            words = words_of(found)
            if (name, words) not in said:
                self.add_error(name, words)
            said.add((name, words))
        if not error.errors:
            super().add_domain_error(error)

    def labels(self) -> list[tuple[str, int | None]]:
        values = self.cleaned_data
        if self.scheme.mode == SchemeMode.MULTI:
            rated = ((row["code"], values[f"level-{row['code']}"]) for row in self.scheme.esc)
            return [(esc, int(level)) for esc, level in rated if level]
        return [(values["esc"], int(values["eis"]) if values["eis"] else None)]

    def to_references(self) -> list[Reference]:
        values = self.cleaned_data
        labels, feedback = self.labels(), values["feedback"]
        return [
            Reference(key, values["purpose"], labels, feedback, place=f"keys.{i}")
            for i, key in enumerate(dict.fromkeys(lines_of(values["keys"])))
        ]

    def label_choices(self) -> list[Any]:
        return [self[name] for name in self.label_fields]


class ReferenceFileForm(DomainErrorForm):
    file = forms.FileField(
        label=_("CSV file"),
        allow_empty_file=True,
        help_text=_("Columns clip, purpose, esc, eis, feedback; a row for each label of a clip."),
    )
