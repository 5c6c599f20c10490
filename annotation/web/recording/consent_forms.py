"""Forms of the consent pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from annotation.models import ConsentText, Speaker
from annotation.models.consent import Purpose
from annotation.recipes.rows import LANGUAGE
from annotation.recording import consent_forms
from annotation.services.recording.consent_texts import BODY_MAX, EXPLANATION_MAX, TextRequest
from annotation.services.recording.consents import REASON_MAX, Signature
from annotation.web.form_base import DomainErrorForm

ADULT, MINOR = "adult", "minor"


class SignForm(DomainErrorForm):
    """What a speaker agrees to and who signs. The text travels with its hash, so that what was
    signed is what was shown."""

    # Not to be left empty where they are shown: by who is under 18.
    one_of = ("guardian_name", "guardian_relation")

    text = forms.CharField(widget=forms.HiddenInput, max_length=60)
    text_sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    purposes = forms.MultipleChoiceField(
        label=_("I agree to these purposes"), widget=forms.CheckboxSelectMultiple
    )
    signed_name = forms.CharField(
        label=_("Your name"), max_length=200, help_text=_("Typed in full: it is your signature.")
    )
    age = forms.ChoiceField(
        label=_("Your age"),
        widget=forms.RadioSelect,
        choices=[(ADULT, _("18 or older")), (MINOR, _("Under 18"))],
    )
    guardian_name = forms.CharField(
        label=_("Name of the parent or guardian"), max_length=200, required=False
    )
    guardian_relation = forms.CharField(
        label=_("Relation to the speaker"),
        max_length=100,
        required=False,
        help_text=_("Such as mother, father or legal guardian."),
    )

    def __init__(self, *args: Any, shown: ConsentText, speaker: Speaker, own_device: bool):
        super().__init__(*args, auto_id="id_%s")
        self.initial.update({"text": shown.code, "text_sha256": shown.sha256})
        fields: dict[str, Any] = self.fields
        fields["purposes"].choices = list(shown.purposes.items())
        # On the laboratory's machine the browser must not offer the names of earlier speakers.
        fields["signed_name"].widget.attrs["autocomplete"] = "name" if own_device else "off"
        for name in ("guardian_name", "guardian_relation"):
            fields[name].widget.attrs["autocomplete"] = "off"
        self.is_minor = surely_minor(speaker)
        if self.is_minor:
            del fields["age"]

    @property
    def guardian_fields(self) -> list[Any]:
        return [self["guardian_name"], self["guardian_relation"]]

    def to_signature(self) -> Signature:
        given = self.cleaned_data
        minor = self.is_minor or given["age"] == MINOR
        guardian = ("guardian_name", "guardian_relation") if minor else ()
        return Signature(
            text=given["text"],
            text_sha256=given["text_sha256"],
            purposes=given["purposes"],
            signed_name=given["signed_name"],
            is_minor=minor,
            **{name: given[name] for name in guardian},
        )


def surely_minor(speaker: Speaker) -> bool:
    """Whether the year of birth leaves no doubt, so that nobody is asked."""
    return consent_forms.surely_minor(speaker.birth_year, timezone.now().year)


class WithdrawForm(DomainErrorForm):
    purposes = forms.MultipleChoiceField(
        label=_("Taken back from now on"),
        widget=forms.CheckboxSelectMultiple,
        choices=Purpose.choices,
    )
    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=REASON_MAX,
        required=False,
        help_text=_("Nobody has to give one."),
    )


class TextForm(DomainErrorForm):
    code = forms.CharField(
        label=_("Code"),
        max_length=60,
        help_text=_("A name and a number, such as lab-zh-1. The number is the version."),
    )
    language = forms.RegexField(
        LANGUAGE,
        label=_("Language"),
        max_length=35,
        error_messages={"invalid": _("Give a language tag such as en, zh or zh-CN.")},
    )
    title = forms.CharField(label=_("Title"), max_length=200)
    body = forms.CharField(
        label=_("Text"),
        max_length=BODY_MAX,
        widget=forms.Textarea(attrs={"rows": 20}),
        help_text=_("An empty line begins a paragraph, “## ” a heading, “- ” an entry of a list."),
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for purpose in Purpose:
            self.fields[purpose.value] = forms.CharField(
                label=purpose.label,
                max_length=EXPLANATION_MAX,
                required=purpose == Purpose.RECORD,
                widget=forms.Textarea(attrs={"rows": 3}),
            )

    @property
    def text_fields(self) -> list[Any]:
        return [self[name] for name in ("code", "language", "title", "body")]

    @property
    def purpose_fields(self) -> list[Any]:
        return [self[purpose.value] for purpose in Purpose]

    def to_request(self) -> TextRequest:
        given = self.cleaned_data
        return TextRequest(
            **{name: given[name] for name in ("code", "language", "title", "body")},
            purposes={purpose.value: given[purpose.value] for purpose in Purpose},
        )
