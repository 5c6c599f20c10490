from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnnotationConfig(AppConfig):
    """What is recorded, labelled, agreed on and released."""

    name = "annotation"
    verbose_name = _("Annotation")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Whoever submits a job must know its kind: the web process registers the handlers too."""
        from annotation import tasks  # noqa: F401
