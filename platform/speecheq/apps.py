from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SpeecheqConfig(AppConfig):
    """Users, tokens, background work, audit: what annotation and training both stand on."""

    name = "speecheq"
    label = "speecheq"
    verbose_name = _("Platform")
    default_auto_field = "django.db.models.BigAutoField"
