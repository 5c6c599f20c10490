from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingConfig(AppConfig):
    """What is trained, scored and asked for next."""

    name = "training"
    verbose_name = _("Training")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Whoever submits a job must know its kind: the web process registers the handlers too."""
        from training import tasks  # noqa: F401
