"""Before any long work: is the port free, and may this user write where the demo writes?

Standard library only: it runs before anything is installed. Exits with one sentence.
"""

from __future__ import annotations

import argparse
import errno
import os
import socket
import sys
from pathlib import Path


def why_port_is_not_ours(port: int) -> str | None:
    """One sentence when nobody may listen on this port of 127.0.0.1, else None."""
    if not 1 <= port <= 65535:
        return f"PORT={port} is no port: choose one from 1024 to 65535."
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return (
                    f"Port {port} is in use by another program: "
                    f"stop it, or choose another with PORT={port + 1 if port < 65535 else 8000}."
                )
            return f"Port {port} cannot be used ({error.strerror}): choose one with PORT=8000."
    return None


def why_not_writable(folder: Path, variable: str) -> str | None:
    """One sentence when `folder` exists or could be made only by someone else, else None."""
    present = folder
    while not present.exists() and present != present.parent:
        present = present.parent
    if present.is_dir() and os.access(present, os.W_OK | os.X_OK):
        return None
    return (
        f"{folder} cannot be written by this user: "
        f"choose a folder of your own with {variable}=, or mend the rights of {present}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", required=True)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--venv", type=Path, required=True)
    wanted = parser.parse_args()
    if not wanted.port.isdecimal():
        sys.exit(f"PORT={wanted.port} is no port: choose one from 1024 to 65535.")
    trouble = (
        why_not_writable(wanted.home.expanduser().absolute(), "SPEECHEQ_HOME")
        or why_not_writable(wanted.venv.expanduser().absolute(), "VENV")
        or why_port_is_not_ours(int(wanted.port))
    )
    if trouble:
        sys.exit(trouble)


if __name__ == "__main__":
    main()
