"""Forms of the corpus pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.labelspaces.presets import ESC_NAMES
from annotation.models import ClipAlias, Speaker
from annotation.models.speaker import Sex
from annotation.recipes import RECIPES
from annotation.recipes.rows import LANGUAGE
from annotation.web.form_base import DomainErrorForm
from speecheq.error_words import words_of
from speecheq.errors import DomainError
from speecheq.names import SLUG
from speecheq.roles import Role

RECIPE_NAMES = {
    "manifest": _("with a manifest.csv or manifest.jsonl"),
    "ravdess": _("as RAVDESS names its files"),
}


class CorpusForm(DomainErrorForm):
    slug = forms.RegexField(
        SLUG,
        label=_("Short name"),
        max_length=64,
        error_messages={
            "invalid": _("Use lower-case letters, digits and dashes only, such as my-corpus.")
        },
        help_text=_("Lower-case letters, digits and dashes. It cannot be changed later."),
    )
    name = forms.CharField(label=_("Name"), max_length=200)
    language = forms.RegexField(
        LANGUAGE,
        label=_("Language"),
        max_length=35,
        error_messages={"invalid": _("Give a language tag such as en, zh or zh-CN.")},
        help_text=_("A tag such as en or zh; mul for several."),
    )
    licence = forms.CharField(
        label=_("Licence"),
        max_length=200,
        help_text=_("Under which the clips may be used, such as CC BY 4.0."),
    )
    licence_source = forms.CharField(
        label=_("Source of the licence"),
        max_length=500,
        required=False,
        help_text=_("Where it is written down, such as an address."),
    )


class ImportForm(DomainErrorForm):
    """An archive from this machine, or a path below the server's import folder."""

    one_of = ("archive", "path")

    recipe = forms.ChoiceField(
        label=_("How the files are laid out"),
        choices=[(name, RECIPE_NAMES.get(name, name)) for name in sorted(RECIPES)],
    )
    archive = forms.FileField(
        label=_("Archive from this computer"),
        required=False,
        allow_empty_file=True,
        help_text=_("zip, tar or tar.gz, with the audio and, if need be, the manifest."),
    )
    path = forms.CharField(
        label=_("Or a folder or archive on the server"),
        max_length=1000,
        required=False,
        help_text=_("Its path below the import folder, as the administrator put it there."),
    )

    def add_domain_error(self, error: DomainError) -> None:
        if error.code == "unsafe_name":
            self.add_error("path", words_of(error))
        else:
            super().add_domain_error(error)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if bool(values.get("archive")) == bool(values.get("path")):
            self.add_error("path", _("Choose an archive or give a path on the server, not both."))
        return values


class ClipFilterForm(forms.Form):
    """What the table of clips is narrowed by."""

    key = forms.CharField(label=_("Key holds"), max_length=255, required=False)
    speaker = forms.ModelChoiceField(
        label=_("Speaker"),
        queryset=Speaker.objects.none(),
        to_field_name="public_id",
        required=False,
        empty_label=_("all speakers"),
    )
    esc = forms.ChoiceField(
        label=_("Intended emotion"),
        choices=[("", _("all emotions")), *((code, code) for code in ESC_NAMES)],
        required=False,
    )

    def __init__(self, *args: Any, corpus: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["speaker"].queryset = corpus.speakers.order_by("code")  # type: ignore[attr-defined]

    def narrowed(self, clips: Any) -> Any:
        """The clips that the form asks for; all of them while it is not valid."""
        if not self.is_valid():
            return clips
        asked = self.cleaned_data
        if asked["key"]:
            also = ClipAlias.objects.filter(key__icontains=asked["key"]).values("clip")
            clips = clips.filter(Q(key__icontains=asked["key"]) | Q(pk__in=also))
        if asked["speaker"]:
            clips = clips.filter(speaker=asked["speaker"])
        if asked["esc"]:
            clips = clips.filter(intended_esc=asked["esc"])
        return clips


class SpeakerForm(DomainErrorForm):
    code = forms.CharField(
        label=_("Code"), max_length=100, help_text=_("A pseudonym, never a name.")
    )
    sex = forms.ChoiceField(
        label=_("Sex"), choices=[("", _("not stated")), *Sex.choices], required=False
    )
    birth_year = forms.IntegerField(
        label=_("Year of birth"), min_value=1900, max_value=2100, required=False
    )


class MemberForm(DomainErrorForm):
    username = forms.CharField(label=_("Username"), max_length=150)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.ANNOTATOR)
