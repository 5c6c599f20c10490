"""Run a supervisor over the children given as JSON on the command line: `[[name, program], ...]`.

A program is Python source. Tests start this as a process of its own, so that it can be killed.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from speecheq.supervisor import child
from speecheq.supervisor.console import Console
from speecheq.supervisor.core import Supervisor

child.MAX_BACKOFF_S = 0.1


def ready_file(name: str) -> Callable[[], bool] | None:
    """A child called `x.ready` is ready once a file of that name lies in the working folder."""
    return Path(name).exists if name.endswith(".ready") else None


def main() -> int:
    specs = [
        child.Spec(name, [sys.executable, "-S", "-u", "-c", program], stop_s=1.0)
        if ready_file(name) is None
        else child.Spec(name, [sys.executable, "-S", "-u", "-c", program], ready=ready_file(name))
        for name, program in json.loads(sys.argv[1])
    ]
    print(f"supervisor {os.getpid()}", flush=True)
    return Supervisor(specs, Console(sys.stdout)).run()


if __name__ == "__main__":
    sys.exit(main())
