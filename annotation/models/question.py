"""What annotators ask of a clip, and what managers answer."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models import ids
from annotation.models.assignment import Assignment
from annotation.models.campaign import Campaign
from annotation.models.clip import Clip


class Question(models.Model):
    """A thread between one annotator and the managers about one clip of a campaign, as it was
    offered: a repeat that brought back what was asked before would be known by it."""

    public_id = models.CharField(
        max_length=32, unique=True, default=ids.question_id, editable=False
    )
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="questions")
    clip = models.ForeignKey(Clip, models.PROTECT, related_name="questions")
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="questions"
    )
    assignment = models.OneToOneField(
        Assignment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="question",
        help_text=_("None for a clip to practise on or to compare with."),
    )
    closed = models.BooleanField(default=False)
    # Raised with each message, so that threads are listed by what happened last.
    updated_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "clip", "annotator"],
                condition=Q(assignment=None),
                name="question_thread_once",
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "-updated_at"], name="question_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.annotator} on {self.clip}"


class QuestionMessage(models.Model):
    """One message of a thread. Never edited."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.TextField(_("message"), max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True, help_text=_("By the other side."))

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.author}: {self.text[:40]}"
