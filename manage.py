#!/usr/bin/env python3
"""Run a management command. Puts platform/ on the path first: it is a folder, not a package."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def main() -> None:
    """Refuse to start where `platform` would shadow Python's own module, then run Django."""
    intruder = ROOT / "platform" / "__init__.py"
    if intruder.exists():
        sys.exit(
            f"{intruder} exists and hides Python's own module 'platform': "
            "delete it, platform/ is a folder and never a package."
        )
    sys.path.insert(0, str(ROOT / "platform"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "speecheq.settings")

    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"manage.py: {error}")


if __name__ == "__main__":
    main()
