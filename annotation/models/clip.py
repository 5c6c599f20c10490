"""The unit that is labelled."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models.corpus import Corpus
from annotation.models.speaker import Speaker
from speecheq.roles import Role

NEUTRAL = "NEU"


def neutral_if_and_only_if_zero(esc: str = "esc", eis: str = "eis") -> Q:
    """NEU goes with 0 and nothing else does; a missing rating (null) is allowed with any ESC."""
    neutral = Q(**{esc: NEUTRAL}) & Q(**{eis: 0})
    other = ~Q(**{esc: NEUTRAL}) & Q(**{f"{eis}__gt": 0})
    return Q(**{f"{eis}__isnull": True}) | neutral | other


class ClipQuerySet(models.QuerySet["Clip"]):
    def visible_to(self, user) -> ClipQuerySet:
        """Clips of the corpora `user` belongs to. Every view starts here."""
        if user.is_superuser:
            return self
        return self.filter(corpus__memberships__user=user).distinct()

    def audible_to(self, user) -> ClipQuerySet:
        """Clips of their corpora whose sound `user` may hear: all, or those offered to them, and
        those that their campaigns show to everybody."""
        if user.only_labels:
            theirs = Q(assignments__annotator=user) | Q(pk__in=_shown_to(user))
            return self.filter(theirs).distinct()
        if user.is_superuser:
            return self
        member = Q(
            corpus__memberships__user=user,
            corpus__memberships__role__in=[r for r in Role if r != Role.ANNOTATOR],
        )
        offered = Q(assignments__annotator=user, corpus__memberships__user=user)
        shown = Q(pk__in=_shown_to(user), corpus__memberships__user=user)
        return self.filter(member | offered | shown).distinct()

    def with_audio(self) -> ClipQuerySet:
        return self.filter(label_only=False)


def _shown_to(user) -> models.QuerySet:
    """Clips to practise on and to compare with, of the campaigns one labels in. Gold clips are not
    among them: they are heard once they are offered, as any other."""
    from annotation.models.reference import Purpose, ReferenceClip  # they refer to clips

    shown = ReferenceClip.objects.filter(purpose__in=[Purpose.PRACTICE, Purpose.ANCHOR])
    present = shown.filter(campaign__members__user=user, campaign__members__left_at=None)
    return present.values("clip")


class Clip(models.Model):
    """One utterance by one speaker. Original bytes are kept beside the derivatives."""

    public_id = models.CharField(max_length=32, unique=True, editable=False)
    corpus = models.ForeignKey(Corpus, models.PROTECT, related_name="clips")
    speaker = models.ForeignKey(Speaker, models.PROTECT, related_name="clips")
    key = models.CharField(_("key"), max_length=255, help_text=_("Unique in its corpus."))
    label_only = models.BooleanField(
        default=False, help_text=_("Ratings without audio: never queued.")
    )

    sha256 = models.CharField(
        max_length=64, blank=True, default="", help_text=_("Of the PCM samples, not of the file.")
    )
    duration_ms = models.PositiveIntegerField(null=True)
    sample_rate_hz = models.PositiveIntegerField(null=True)
    channels = models.PositiveSmallIntegerField(null=True)
    level_dbfs = models.FloatField(null=True, help_text=_("RMS before any normalisation."))
    peak_dbfs = models.FloatField(null=True)

    original = models.FileField(max_length=200, blank=True)
    original_name = models.CharField(max_length=255, blank=True, default="")
    original_bytes = models.PositiveBigIntegerField(null=True)
    media_type = models.CharField(max_length=50, blank=True, default="")
    audio16k = models.FileField(max_length=200, blank=True, help_text=_("16 kHz mono FLAC."))
    peaks = models.FileField(max_length=200, blank=True)
    spectrogram = models.FileField(max_length=200, blank=True)

    language = models.CharField(_("language"), max_length=35, blank=True, default="")
    transcript = models.TextField(_("transcript"), blank=True, default="")
    native_emotion = models.CharField(max_length=100, blank=True, default="")
    native_intensity = models.CharField(max_length=100, blank=True, default="")
    intended_esc = models.CharField(max_length=8, blank=True, default="")
    intended_eis = models.PositiveSmallIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[ClipQuerySet] = ClipQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("clip")
        verbose_name_plural = _("clips")
        constraints = [
            models.UniqueConstraint(fields=["corpus", "key"], name="clip_key_once_per_corpus"),
            models.UniqueConstraint(
                fields=["corpus", "sha256"],
                condition=~Q(sha256=""),
                name="clip_audio_once_per_corpus",
            ),
            models.CheckConstraint(
                condition=Q(label_only=True, sha256="")
                | Q(label_only=False, duration_ms__gt=0) & ~Q(sha256="") & ~Q(audio16k=""),
                name="clip_has_audio_or_is_label_only",
            ),
            models.CheckConstraint(
                condition=neutral_if_and_only_if_zero("intended_esc", "intended_eis"),
                name="clip_intended_neutral_is_zero",
            ),
        ]
        indexes = [models.Index(fields=["sha256"], name="clip_sha256")]

    def __str__(self) -> str:
        return self.key


class ClipAlias(models.Model):
    """A second key for audio the corpus already has. Keeps its own speaker, so splits join both."""

    clip = models.ForeignKey(Clip, models.CASCADE, related_name="aliases")
    corpus = models.ForeignKey(Corpus, models.PROTECT, related_name="aliases")
    speaker = models.ForeignKey(Speaker, models.PROTECT, related_name="aliases")
    key = models.CharField(max_length=255)
    original_name = models.CharField(max_length=255, blank=True, default="")
    native_emotion = models.CharField(max_length=100, blank=True, default="")
    native_intensity = models.CharField(max_length=100, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("clip alias")
        verbose_name_plural = _("clip aliases")
        constraints = [
            models.UniqueConstraint(fields=["corpus", "key"], name="alias_key_once_per_corpus"),
        ]

    def __str__(self) -> str:
        return f"{self.key} is {self.clip.key}"
