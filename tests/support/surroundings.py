"""What a test run takes over of the shell that it is started from.

A proxy, a database or a Redis of somebody's own, warnings that Python is told to print, options for
another pytest: none of it changes what a test sees.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta

OF_INSTALLATIONS = ("SPEECHEQ_", "DJANGO_")
# Tests talk to servers on this machine, which no proxy can reach.
HERE = "127.0.0.1,localhost,::1"


def settle() -> None:
    """Make this process's own environment, which all its children get, one that disturbs nothing.
    What chooses the database of the run stays."""
    for name in [name for name in os.environ if _changes_what_is_printed(name)]:
        del os.environ[name]
    for name in ("no_proxy", "NO_PROXY"):
        known = os.environ.get(name, "")
        if known != "*" and HERE not in known:
            os.environ[name] = ",".join(part for part in (known, HERE) if part)


def plain() -> dict[str, str]:
    """The environment without anything of an installation, for one of a test's own."""
    names = {"REDIS_URL", "DATABASE_URL", "PORT"}
    return {
        name: value
        for name, value in os.environ.items()
        if name not in names and not name.startswith(OF_INSTALLATIONS)
    }


def left_of_day(now: datetime) -> timedelta:
    """Until the next day begins, in the zone of `now`."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1) - now


def _changes_what_is_printed(name: str) -> bool:
    return name in {
        "PYTHONWARNINGS",
        "PYTHONDEVMODE",
        "PYTHONVERBOSE",
        "PYTHONINSPECT",
        "PYTHONPROFILEIMPORTTIME",
        "PYTHONOPTIMIZE",
        "FORCE_COLOR",
        "PY_COLORS",
    }
