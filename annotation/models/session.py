"""Somebody speaks a script."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models import ids
from annotation.models.corpus import Corpus
from annotation.models.script import Prompt, Script
from annotation.models.speaker import Speaker
from speecheq.roles import Role


class SessionMode(models.TextChoices):
    """Manual: each take is started and the next prompt called by hand. Auto-advance: the next
    prompt comes after a good take. Auto-record: it comes and recording starts by itself."""

    MANUAL = "manual", _("manual")
    AUTO_ADVANCE = "auto_advance", _("auto-advance")
    AUTO_RECORD = "auto_record", _("auto-record")


class SessionState(models.TextChoices):
    PLANNED = "planned", _("planned")
    OPEN = "open", _("open")
    PAUSED = "paused", _("paused")
    CLOSED = "closed", _("closed")


class SessionQuerySet(models.QuerySet["Session"]):
    def visible_to(self, user) -> SessionQuerySet:
        """Sessions of corpora where `user` does more than label. Every view starts here."""
        if user.only_labels:
            return self.none()
        if user.is_superuser:
            return self
        roles = [role for role in Role if role != Role.ANNOTATOR]
        return self.filter(
            corpus__memberships__user=user, corpus__memberships__role__in=roles
        ).distinct()


class Session(models.Model):
    """One speaker, one version of a script, in an order drawn when it was planned."""

    public_id = models.CharField(max_length=32, unique=True, default=ids.session_id, editable=False)
    corpus = models.ForeignKey(Corpus, models.PROTECT, related_name="sessions")
    speaker = models.ForeignKey(Speaker, models.PROTECT, related_name="sessions")
    script = models.ForeignKey(Script, models.PROTECT, related_name="sessions")
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="operated"
    )
    title = models.CharField(_("title"), max_length=200, blank=True, default="")
    mode = models.CharField(max_length=12, choices=SessionMode.choices, default=SessionMode.MANUAL)
    state = models.CharField(
        max_length=10, choices=SessionState.choices, default=SessionState.PLANNED
    )
    seed = models.PositiveIntegerField(default=0, help_text=_("Of the order of its prompts."))
    bits = models.PositiveSmallIntegerField(default=24, help_text=_("16 or 24, of the WAV."))
    countdown_s = models.PositiveSmallIntegerField(default=0)
    wants_room_tone = models.BooleanField(default=True)
    qc_rules = models.JSONField(
        default=dict, blank=True, help_text=_("Thresholds that differ from the usual ones.")
    )
    device = models.JSONField(
        default=dict, blank=True, help_text=_("What the recording device reported last.")
    )
    planned_for = models.DateTimeField(_("planned for"), null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    # Raised with each change of what the operator's and the speaker's pages show.
    revision = models.PositiveIntegerField(default=0)

    objects: ClassVar[SessionQuerySet] = SessionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(bits__in=[16, 24]), name="session_bits"),
            models.CheckConstraint(
                condition=Q(state__in=SessionState.values), name="session_known_state"
            ),
        ]

    def __str__(self) -> str:
        return self.title or f"{self.speaker}: {self.script}"


class PromptState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RECORDED = "recorded", _("recorded")
    AGAIN = "again", _("once more")
    SKIPPED = "skipped", _("skipped")


class SessionPrompt(models.Model):
    """A prompt at its place in a session."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="places")
    prompt = models.ForeignKey(Prompt, models.PROTECT, related_name="places")
    position = models.PositiveSmallIntegerField()
    state = models.CharField(
        max_length=10, choices=PromptState.choices, default=PromptState.WAITING
    )
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        verbose_name = _("prompt of a session")
        verbose_name_plural = _("prompts of a session")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["session", "prompt"], name="session_prompt_once"),
            models.UniqueConstraint(fields=["session", "position"], name="session_place_once"),
        ]

    def __str__(self) -> str:
        return f"{self.session} {self.position}"


class EventKind(models.TextChoices):
    STATE = "state", _("state")
    NOTE = "note", _("note")
    AGAIN = "again", _("once more")
    SKIP = "skip", _("skipped")
    CHANGE = "change", _("changed")
    LINK = "link", _("link")
    CONSENT = "consent", _("consent")
    DEVICE = "device", _("device")
    ACCEPT = "accept", _("accepted")


class SessionEvent(models.Model):
    """What happened in a session: its audit trail and its notes. Never edited."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="events")
    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("None: the speaker, by a link."),
    )
    kind = models.CharField(max_length=10, choices=EventKind.choices)
    prompt = models.ForeignKey(Prompt, models.PROTECT, null=True, blank=True, related_name="+")
    text = models.TextField(max_length=2000, blank=True, default="")
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("event of a session")
        verbose_name_plural = _("events of a session")
        ordering = ["pk"]
        indexes = [models.Index(fields=["session", "kind"], name="session_event_kind")]

    def __str__(self) -> str:
        return f"{self.session} {self.kind}"


class SessionLink(models.Model):
    """A one-time link for a speaker without an account. Only hashes are stored. The first browser
    to open it gets a cookie (`browser_hash`) limited to this session; the link opens no second."""

    public_id = models.CharField(max_length=32, unique=True, default=ids.link_id, editable=False)
    session = models.ForeignKey(Session, models.CASCADE, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True)
    browser_hash = models.CharField(max_length=64, blank=True, default="", db_index=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("link to a session")
        verbose_name_plural = _("links to a session")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.public_id


class SessionLive(models.Model):
    """What the recorder page is doing now, for the operator; overwritten each time."""

    session = models.OneToOneField(Session, models.CASCADE, related_name="live", primary_key=True)
    state = models.CharField(max_length=20, default="idle")
    prompt = models.ForeignKey(Prompt, models.SET_NULL, null=True, blank=True, related_name="+")
    level_dbfs = models.FloatField(null=True)
    peak_dbfs = models.FloatField(null=True)
    waiting = models.PositiveIntegerField(default=0, help_text=_("Takes not yet uploaded."))
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("live state of a session")
        verbose_name_plural = _("live states of sessions")

    def __str__(self) -> str:
        return f"{self.session}: {self.state}"
