"""The form that makes a script, or the next version of one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.recording.script import MAX_LENGTH, VERSION_MAX
from annotation.recording.script_tables import MAX_BYTES
from annotation.web.form_base import DomainErrorForm


class ScriptForm(DomainErrorForm):
    """A file or a text, and what holds whatever stands in it."""

    file = forms.FileField(
        label=_("File"),
        required=False,
        allow_empty_file=True,
        help_text=_("CSV or YAML. A file counts before the text below."),
    )
    text = forms.CharField(
        label=_("Or the script as text"),
        required=False,
        strip=False,
        max_length=MAX_BYTES,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false", "class": "mono"}),
        help_text=_("YAML or CSV, as in the files that a script can be saved as."),
    )
    code = forms.CharField(
        label=_("Code"),
        required=False,
        max_length=MAX_LENGTH["code"],
        help_text=_("Lower-case letters, digits and dashes; where it is not as written above."),
    )
    version = forms.IntegerField(
        label=_("Version"),
        required=False,
        min_value=1,
        max_value=VERSION_MAX,
        help_text=_("Above the newest of this code; the next one unless given."),
    )
    title = forms.CharField(label=_("Title"), required=False, max_length=MAX_LENGTH["title"])
    language = forms.CharField(
        label=_("Language"),
        required=False,
        max_length=MAX_LENGTH["language"],
        help_text=_("A tag such as en or zh; where it is not as written above."),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and not given.get("file") and not (given.get("text") or "").strip():
            self.add_error("file", _("Choose a file, or write the script as text."))
        return given
