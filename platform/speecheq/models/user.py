"""People. Sign-up is closed: a manager invites, the person sets a password."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from speecheq import publicids
from speecheq.roles import Role


def new_user_id() -> str:
    return publicids.random("usr")


class SpeechEQUserManager(UserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=username)


class User(AbstractUser):
    """A person, or a simulated annotator of a demo."""

    public_id = models.CharField(max_length=32, unique=True, default=new_user_id, editable=False)
    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    is_simulated = models.BooleanField(
        default=False, help_text=_("A program that labels for demonstrations, never a person.")
    )
    preferences = models.JSONField(default=dict, blank=True)

    # Of one request, never stored: its token is good for labelling and nothing else, so whatever
    # this person is elsewhere, here they are an annotator and stay as blind as one.
    only_labels = False

    objects: ClassVar[Any] = SpeechEQUserManager()
    memberships: Any  # reverse of annotation.Membership, which stands above this package

    def role_names(self) -> set[str]:
        """The roles held in any corpus. Read once a request."""
        if not hasattr(self, "_role_names"):
            self._role_names = set(self.memberships.values_list("role", flat=True).distinct())
        return self._role_names

    def has_any_role(self, allowed: Iterable[str]) -> bool:
        return not self.role_names().isdisjoint(allowed)

    def managed_corpus_slugs(self) -> set[str]:
        """Corpora where this person is a data manager."""
        managed = self.memberships.filter(role=Role.DATA_MANAGER)
        return set(managed.values_list("corpus__slug", flat=True))
