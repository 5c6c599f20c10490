"""What is to be spoken."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from annotation.models import ids
from annotation.models.clip import neutral_if_and_only_if_zero


class Script(models.Model):
    """One version of a script. Never edited: a change is the next version, and a session keeps the
    version it was planned with."""

    code = models.CharField(_("code"), max_length=40)
    version = models.PositiveIntegerField(_("version"), default=1)
    title = models.CharField(_("title"), max_length=200, blank=True, default="")
    language = models.CharField(_("language"), max_length=35, help_text=_("BCP 47, such as zh."))
    is_builtin = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("script")
        verbose_name_plural = _("scripts")
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="script_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"

    @property
    def name(self) -> str:
        """Code and version in one word, such as `seqd-zh-1@1`."""
        return f"{self.code}@{self.version}"


class SectionKind(models.TextChoices):
    TRAINING = "training", _("training")
    MAIN = "main", _("main")


class SectionOrder(models.TextChoices):
    """Fixed: as written. Random: all prompts shuffled. Blocked: prompts of one target category
    stay together, categories and the prompts within them are shuffled."""

    FIXED = "fixed", _("fixed")
    RANDOM = "random", _("random")
    BLOCKED = "blocked", _("blocked")


class ScriptSection(models.Model):
    """A part of a script with one order. Takes of a training section never become clips."""

    script = models.ForeignKey(Script, models.CASCADE, related_name="sections")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(max_length=10, choices=SectionKind.choices, default=SectionKind.MAIN)
    order = models.CharField(
        max_length=10, choices=SectionOrder.choices, default=SectionOrder.FIXED
    )

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["script", "position"], name="section_place_once"),
        ]

    def __str__(self) -> str:
        return f"{self.script}: {self.name}"


class Prompt(models.Model):
    """One thing to say, and how. `phonemes` derive from `transcript`: initials and finals with
    tone (zh) or CMU symbols (en), null where the language has no dictionary here."""

    public_id = models.CharField(max_length=32, unique=True, default=ids.prompt_id, editable=False)
    script = models.ForeignKey(Script, models.CASCADE, related_name="prompts")
    section = models.ForeignKey(ScriptSection, models.CASCADE, related_name="prompts")
    position = models.PositiveSmallIntegerField(help_text=_("In its section, as written."))
    key = models.CharField(_("key"), max_length=100, help_text=_("Unique in its script."))
    text = models.TextField(_("text"), max_length=2000)
    transcript = models.TextField(
        _("transcript"), max_length=2000, help_text=_("What is spoken; the text unless given.")
    )
    language = models.CharField(max_length=35, blank=True, default="")
    phonemes = models.JSONField(null=True, blank=True)
    target_esc = models.CharField(max_length=8, blank=True, default="")
    target_eis = models.PositiveSmallIntegerField(null=True, blank=True)
    hint = models.CharField(_("reading hint"), max_length=500, blank=True, default="")
    scenario = models.TextField(_("scenario"), max_length=2000, blank=True, default="")

    class Meta:
        verbose_name = _("prompt")
        verbose_name_plural = _("prompts")
        ordering = ["section__position", "position"]
        constraints = [
            models.UniqueConstraint(fields=["script", "key"], name="prompt_key_once"),
            models.UniqueConstraint(fields=["section", "position"], name="prompt_place_once"),
            models.CheckConstraint(
                condition=neutral_if_and_only_if_zero("target_esc", "target_eis"),
                name="prompt_neutral_is_zero",
            ),
        ]

    def __str__(self) -> str:
        return self.key
