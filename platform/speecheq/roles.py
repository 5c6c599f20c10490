"""Who someone is in a corpus. The administrator is `User.is_superuser`, for the whole site."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    SESSION_OPERATOR = "session_operator", _("Session operator")
    ANNOTATOR = "annotator", _("Annotator")
    ADJUDICATOR = "adjudicator", _("Adjudicator")
    DATA_MANAGER = "data_manager", _("Data manager")
    RESEARCHER = "researcher", _("Researcher")


class Scope(models.TextChoices):
    """What a token may be used for. A browser session has every scope its roles allow."""

    LABEL = "label", _("Label clips")
    MANAGE = "manage", _("Manage corpora and campaigns")
    RESEARCH = "research", _("Train and score models")
    ADMIN = "admin", _("Administer the site")
