"""How long until the first page of a second `make demo`, and what each idle process weighs.

The first `make demo` fills a fresh home; only the second is timed, from the shell to the sign-in
page. Resident sizes are read while nobody asks for anything; forked processes share pages, so the
proportional size (PSS) is what a process really adds.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

from tests.support.processes import ROOT, talking, tree
from tests.support.servers import free_port, platform_env

KINDS = {
    "web": "gunicorn",
    "default worker": "--queues default",
    "gpu worker": "--queues gpu",
    "beat": "celery:app beat",
    "redis": "redis-server",
    "supervisor": "manage.py serve",
    "guardian": "guardian.py",
}
SETTLE_S = 5.0


def make_demo(home: Path, port: int) -> list[str]:
    """The command a person types."""
    venv = Path(sys.executable).parent.parent
    return ["make", "demo", f"PORT={port}", f"SPEECHEQ_HOME={home}", f"VENV={venv}"]


def first_page_s(port: int, *, patience_s: float) -> float:
    """Seconds from now until the sign-in page was read whole."""
    began = time.perf_counter()
    while time.perf_counter() - began < patience_s:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
                page.read()
                return time.perf_counter() - began
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise RuntimeError(f"no page on port {port} after {patience_s:.0f} s")


def sizes_mb(pid: int) -> dict[str, dict[str, float]]:
    """Largest resident and proportional size of each kind of process, in MB (2^20 bytes)."""
    found: dict[str, dict[str, float]] = {}
    for process in tree(pid):
        line = " ".join(process.cmdline())
        kind = next((name for name, words in KINDS.items() if words in line), None)
        if kind is None:
            continue
        memory = process.memory_full_info()
        row = found.setdefault(kind, {"processes": 0, "rss_mb": 0.0, "pss_mb": 0.0})
        row["processes"] += 1
        row["rss_mb"] = max(row["rss_mb"], round(memory.rss / 2**20, 1))
        row["pss_mb"] = max(row["pss_mb"], round(memory.pss / 2**20, 1))
    return found


def measure() -> dict[str, object]:
    """Fill a home, stop, start again, and look."""
    with tempfile.TemporaryDirectory(prefix="sq-", dir="/tmp") as folder:
        home, port = Path(folder), free_port()
        env = platform_env(home)
        with talking(make_demo(home, port), env=env, cwd=ROOT) as first:
            began = time.perf_counter()
            first.wait_for("ready: http", patience_s=900)
            filled_s = time.perf_counter() - began
            stop(first.process.pid)
            first.wait()
        with talking(make_demo(home, port), env=env, cwd=ROOT) as second:
            again_s = first_page_s(port, patience_s=120)
            time.sleep(SETTLE_S)
            sizes = sizes_mb(second.process.pid)
            stop(second.process.pid)
            second.wait()
    return {"first_s": round(filled_s, 1), "second_s": round(again_s, 2), "idle": sizes}


def stop(make: int) -> None:
    """Ctrl-C for the supervisor below `make`."""
    for process in psutil.Process(make).children(recursive=True):
        if "manage.py serve" in " ".join(process.cmdline()):
            process.send_signal(signal.SIGINT)
            return


def table(found: dict) -> str:
    lines = [
        f"First `make demo` with packages installed: {found['first_s']} s.",
        f"Second `make demo` to the first page: **{found['second_s']} s**.",
        "",
        "| process | how many | largest RSS, MB | largest PSS, MB |",
        "| --- | --- | --- | --- |",
    ]
    for kind, row in found["idle"].items():
        lines.append(f"| {kind} | {row['processes']} | {row['rss_mb']} | {row['pss_mb']} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    found = measure()
    print(json.dumps(found) if parser.parse_args().json else table(found))


if __name__ == "__main__":
    main()
