"""Static files, collected once a test run: to hash and compress them takes seconds."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support import templates

COLLECT = """
import os
from django.conf import settings
from speecheq.supervisor import statics
statics.collect(settings.BASE_DIR, dict(os.environ))
"""


def copy_to(home: Path) -> None:
    """Give the installation at `home` the static files that its first start would collect."""
    template = templates.folder() / "static"
    with templates.alone("static"):
        if not template.exists():
            making = templates.folder() / "static_making"
            templates.manage(
                "shell", "--no-imports", "--command", COLLECT, SPEECHEQ_STATIC=str(making)
            )
            making.rename(template)
    shutil.copytree(template, home / "static")
