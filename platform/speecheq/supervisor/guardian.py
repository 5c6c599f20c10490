"""Ends the supervisor's children when the supervisor was killed. Standard library only.

Run as `python guardian.py FD GRACE_S`. Lines arrive on the pipe FD: `+PID` for a child (sent by the
child itself before it becomes its program, so none is missed) and `-PID` for one that was reaped.
When the pipe closes, every child still listed is asked to end, with its process group, and after
GRACE_S seconds is killed, with all its descendants. Each child leads its own session, so its PID
is its group.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

POLL_S = 0.05
PROC = Path("/proc")


def read_children(fd: int) -> set[int]:
    """Follow the pipe until it closes; the children that were never reaped."""
    children: set[int] = set()
    rest = b""
    while data := os.read(fd, 4096):
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            pid = int(line[1:])
            if line.startswith(b"+"):
                children.add(pid)
            else:
                children.discard(pid)
    return children


def process_table() -> dict[int, tuple[int, int, int]]:
    """PID -> (parent, process group, start time) of what runs now; zombies are left out."""
    table = {}
    for entry in PROC.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            state, *fields = entry.read_text().rpartition(")")[2].split()
            if state != "Z":
                table[int(entry.parent.name)] = (int(fields[0]), int(fields[1]), int(fields[18]))
    return table


def family(roots: set[int]) -> set[tuple[int, int]]:
    """(PID, start time) of the roots, their groups and all their descendants."""
    table = process_table()
    members = {pid for pid, (_, group, _) in table.items() if pid in roots or group in roots}
    size = -1
    while size != len(members):
        size = len(members)
        members |= {pid for pid, (parent, _, _) in table.items() if parent in members}
    return {(pid, table[pid][2]) for pid in members}


def alive(members: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those still running: a PID that was given to another program has another start time."""
    table = process_table()
    return {(pid, start) for pid, start in members if pid in table and table[pid][2] == start}


def end_groups(roots: set[int], number: int) -> None:
    """Signal each root's process group; one that is gone already is fine."""
    for pid in roots:
        with contextlib.suppress(OSError):
            os.killpg(pid, number)


def end(roots: set[int], *, grace_s: float) -> None:
    """Ask the roots and everything below them to end; kill what is left after `grace_s`."""
    members = family(roots)
    end_groups(roots, signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    while time.monotonic() < deadline and alive(members | family(roots)):
        time.sleep(POLL_S)
    members |= family(roots)
    end_groups(roots, signal.SIGKILL)
    for pid, _ in alive(members):
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def main() -> None:
    """Keep out of reach of the terminal's signals, wait, and clean up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    left = read_children(int(sys.argv[1]))
    if left:
        end(left, grace_s=float(sys.argv[2]))


if __name__ == "__main__":
    main()
