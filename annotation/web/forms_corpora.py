"""Forms of the corpus pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.labelspaces.presets import ESC_NAMES
from annotation.models import Speaker
from annotation.models.speaker import Sex
from annotation.recipes import RECIPES
from annotation.recipes.rows import LANGUAGE
from annotation.web.forms import DomainErrorForm
from speecheq.names import SLUG
from speecheq.roles import Role


class CorpusForm(DomainErrorForm):
    slug = forms.RegexField(
        SLUG,
        label=_("Short name"),
        max_length=64,
        help_text=_("Lower-case letters, digits and dashes. It cannot be changed later."),
    )
    name = forms.CharField(label=_("Name"), max_length=200)
    language = forms.RegexField(
        LANGUAGE,
        label=_("Language"),
        max_length=35,
        help_text=_("A tag such as en or zh; mul for several."),
    )
    licence = forms.CharField(label=_("Licence"), max_length=200)
    licence_source = forms.CharField(
        label=_("Source of the licence"),
        max_length=500,
        required=False,
        help_text=_("Where it is written down, such as an address."),
    )


class ImportForm(DomainErrorForm):
    """An archive from this machine, or a path below the server's import folder."""

    recipe = forms.ChoiceField(
        label=_("Recipe"),
        choices=[(name, name) for name in sorted(RECIPES)],
        help_text=_("How the files are laid out: a manifest, or a corpus we know."),
    )
    archive = forms.FileField(
        label=_("Archive"),
        required=False,
        allow_empty_file=True,
        help_text=_("zip, tar or tar.gz, with the audio and, if need be, the manifest."),
    )
    path = forms.CharField(
        label=_("Path"),
        max_length=1000,
        required=False,
        help_text=_("Below the import folder of the server, instead of an archive."),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if bool(values.get("archive")) == bool(values.get("path")):
            self.add_error("path", _("Choose an archive or give a path, and not both."))
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
            clips = clips.filter(key__icontains=asked["key"])
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
    username = forms.CharField(label=_("User name"), max_length=150)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
