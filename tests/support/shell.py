"""Code run inside a served platform's Django: one child for all of it, as starting one takes a
second or two of CPU."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import traceback
from collections.abc import Mapping

from tests.support.processes import ROOT

CHILD = "from tests.support.shell import answer; answer()"


class Shell:
    """`manage.py shell -c` over and over, in one process."""

    def __init__(self, env: Mapping[str, str]):
        command = [sys.executable, str(ROOT / "manage.py"), "shell", "--no-imports", "-c", CHILD]
        self.process = subprocess.Popen(
            command,
            env=dict(env),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, code: str) -> str:
        """Run `code` in a namespace of its own; what it printed."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(code) + "\n")
        self.process.stdin.flush()
        said = self.process.stdout.readline()
        assert said, "the shell ended"
        answer = json.loads(said)
        assert answer["error"] is None, answer["error"]
        return str(answer["printed"])

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def answer() -> None:
    """The child: a line of code comes in, what it printed or how it failed goes out."""
    from django.db import connections

    replies = sys.stdout
    for line in sys.stdin:
        printed, error = io.StringIO(), None
        try:
            with contextlib.redirect_stdout(printed):
                exec(json.loads(line), {"__name__": "__main__"})
        except BaseException:
            error = traceback.format_exc()
        # As a command would: nothing of a database stays open while others work on it.
        connections.close_all()
        replies.write(json.dumps({"printed": printed.getvalue(), "error": error}) + "\n")
        replies.flush()
