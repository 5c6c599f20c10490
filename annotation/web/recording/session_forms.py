"""The form a session is planned with, and the one its settings are changed with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotation.models import Corpus, Script, Session
from annotation.models.session import SessionMode
from annotation.services.corpora import create_speaker
from annotation.services.recording import planning
from annotation.services.recording.planning import MAX_COUNTDOWN_S, MAX_SEED, SessionRequest
from annotation.web.form_base import DomainErrorForm
from annotation.web.recording.rule_fields import (
    PREFIX,
    RuleRow,
    initial_rules,
    rule_fields,
    rule_rows,
    rules_in_words,
    take_rules,
)
from speecheq.error_words import words_of

MODES = [
    (SessionMode.MANUAL.value, _("By hand: each take is started and ended by a key")),
    (SessionMode.AUTO_ADVANCE.value, _("Auto-advance: the next prompt follows a good take")),
    (
        SessionMode.AUTO_RECORD.value,
        _("Auto-record: prompts follow and recording starts by itself"),
    ),
]


class SettingsForm(DomainErrorForm):
    """What may be changed while the session goes on."""

    title = forms.CharField(
        label=_("Title"), max_length=200, required=False, help_text=_("Such as a day and a room.")
    )
    operator = forms.ChoiceField(
        label=_("Operator"),
        required=False,
        help_text=_("Who watches the recording. Without one, the speaker records alone."),
    )
    mode = forms.ChoiceField(label=_("How prompts follow"), choices=MODES)
    countdown_s = forms.IntegerField(
        label=_("Countdown (seconds)"), min_value=0, max_value=MAX_COUNTDOWN_S, initial=0
    )
    bits = forms.TypedChoiceField(
        label=_("Bits per sample"), choices=[(24, "24"), (16, "16")], coerce=int, initial=24
    )
    planned_for = forms.DateTimeField(
        label=_("Planned for (UTC)"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    wants_room_tone = forms.BooleanField(
        label=_("Record the silent room first"), required=False, initial=True
    )

    def __init__(self, *args: Any, corpus: Corpus, **kwargs: Any):
        super().__init__(*args, **kwargs)
        names = [(user.username, user.username) for user in planning.operators_of(corpus)]
        self.fields["operator"].choices = [("", _("no operator")), *names]  # type: ignore[attr-defined]
        self.fields.update(rule_fields())

    @property
    def rule_rows(self) -> list[RuleRow]:
        return rule_rows(self)

    @property
    def rules_open(self) -> bool:
        """Shown at once where something is wrong among them."""
        return any(name.startswith(PREFIX) for name in self.errors)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        values["qc_rules"] = take_rules(self, values)
        return values

    @staticmethod
    def initial_of(session: Session) -> dict[str, Any]:
        names = ("title", "mode", "countdown_s", "bits", "planned_for", "wants_room_tone")
        values = {name: getattr(session, name) for name in names}
        operator = session.operator.username if session.operator else ""
        return {**values, "operator": operator, **initial_rules(session.qc_rules)}


class SessionForm(SettingsForm):
    """A new session of one corpus; its speaker may be new too."""

    one_of = ("speaker", "new_speaker")

    speaker = forms.ChoiceField(label=_("Speaker"), required=False)
    new_speaker = forms.CharField(
        label=_("Or a new speaker"),
        max_length=100,
        required=False,
        help_text=_("A code of your own, never a name."),
    )
    script = forms.ChoiceField(label=_("Script"))
    seed = forms.IntegerField(
        label=_("Seed of the order"),
        min_value=0,
        max_value=MAX_SEED,
        required=False,
        help_text=_("Left empty it is drawn."),
    )
    field_order = ["speaker", "new_speaker", "script", "operator", "title", "mode"]

    def __init__(self, *args: Any, corpus: Corpus, **kwargs: Any):
        super().__init__(*args, corpus=corpus, **kwargs)
        self.corpus = corpus
        known = corpus.speakers.filter(is_unknown=False).order_by("code")
        speakers = list(known.values_list("public_id", "code"))
        self.fields["speaker"].choices = [("", _("choose")), *speakers]  # type: ignore[attr-defined]
        self.fields["script"].choices = script_choices()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if bool(values.get("speaker")) == bool(values.get("new_speaker")):
            self.add_error(
                "speaker", _("Choose a speaker or give the code of a new one, not both.")
            )
        return values

    @transaction.atomic
    def plan(self, *, by: Any) -> Session:
        """The session, and its speaker if that one is new. Raises DomainError; then neither is."""
        given = dict(self.cleaned_data)
        code = given.pop("new_speaker")
        if code:
            speaker = create_speaker(self.corpus, code=code, language=self.corpus_language, by=by)
            given["speaker"] = speaker.public_id
        return planning.plan_session(corpus=self.corpus, request=SessionRequest(**given), by=by)

    @property
    def corpus_language(self) -> str:
        """What a speaker of the corpus speaks, where it is one language."""
        return "" if self.corpus.language == "mul" else self.corpus.language

    def add_domain_error(self, error: Any) -> None:
        """A code that is taken was written into the field of the new speaker."""
        if error.errors and error.errors[0].field == "code":
            self.add_error("new_speaker", words_of(error))
        else:
            super().add_domain_error(error)


def setting_words(name: str, value: Any) -> str:
    """A setting that was changed, as the audit trail keeps it, in words of the form."""
    if name == "qc_rules":
        told = ", ".join(rules_in_words(value)) or gettext("the usual ones")
        return gettext("Limits of quality → %(told)s") % {"told": told}
    field = SettingsForm.base_fields.get(name)
    return f"{field.label if field else name} → {_value_words(name, value)}"


def _value_words(name: str, value: Any) -> Any:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if name == "mode":
        return SessionMode(value).label
    if name == "planned_for" and value:
        return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M}"
    return "–" if value in (None, "") else value


def script_choices() -> list[tuple[str, str]]:
    """Every version, the newest of each code first."""
    scripts = Script.objects.order_by("code", "-version")
    return [
        (script.name, f"{script.title or script.code} · {script.name} · {script.language}")
        for script in scripts
    ]
