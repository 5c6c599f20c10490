"""The combined log: one line of one process at a time, with its name in front."""

from __future__ import annotations

import os
import time
from typing import TextIO

COLOURS = {"redis": 35, "web": 36, "worker": 32, "gpu": 33, "beat": 34, "serve": 1}
NAME_WIDTH = 6
MAX_LINE_BYTES = 16_384


class Console:
    """Writes `12:03:41 web    | text` lines, coloured on a terminal unless NO_COLOR is set."""

    def __init__(self, out: TextIO):
        self.out = out
        self.colour = out.isatty() and not os.environ.get("NO_COLOR")

    def line(self, name: str, text: str) -> None:
        """Write one line. A reader that went away is no reason to stop serving."""
        head = f"{time.strftime('%H:%M:%S')} {name:<{NAME_WIDTH}} |"
        if self.colour:
            head = f"\x1b[{COLOURS.get(name, 37)}m{head}\x1b[0m"
        try:
            self.out.write(f"{head} {text}\n")
            self.out.flush()
        except (BrokenPipeError, ValueError):
            self.out = open(os.devnull, "w")  # noqa: SIM115 (stays open as the log)
            self.colour = False


class LineSplitter:
    """Cuts a byte stream into text lines; one that never ends is cut at MAX_LINE_BYTES."""

    def __init__(self) -> None:
        self.rest = b""

    def feed(self, data: bytes) -> list[str]:
        """The lines completed by `data`; empty `data` means the end and flushes the rest."""
        *lines, self.rest = (self.rest + data).split(b"\n")
        if self.rest and (not data or len(self.rest) > MAX_LINE_BYTES):
            lines.append(self.rest)
            self.rest = b""
        return [line.decode("utf-8", "replace").rstrip() for line in lines if line.strip()]
