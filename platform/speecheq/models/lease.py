"""A named lock with an end, for work that one process at a time may do."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Lease(models.Model):
    name = models.CharField(max_length=64, unique=True)
    holder = models.CharField(max_length=64, blank=True, default="")
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("lease")
        verbose_name_plural = _("leases")

    def __str__(self) -> str:
        return f"{self.name} held by {self.holder or 'nobody'}"

    @classmethod
    def take(cls, name: str, *, holder: str, seconds: float) -> bool:
        """Take or renew the lease. False while another holder has it."""
        now = timezone.now()
        ends = {"holder": holder, "expires_at": now + timedelta(seconds=seconds)}
        free = models.Q(expires_at__lte=now) | models.Q(holder=holder)
        if cls.objects.filter(free, name=name).update(**ends):
            return True
        _, is_new = cls.objects.get_or_create(name=name, defaults=ends)
        return is_new

    @classmethod
    def give_back(cls, name: str, *, holder: str) -> None:
        cls.objects.filter(name=name, holder=holder).update(expires_at=timezone.now(), holder="")
