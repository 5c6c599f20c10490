"""p50 and p95 of `next` and `submit`, beside a bare authenticated view of the same server.

8 clients without pause, real HTTP to the platform as `manage.py serve` runs it, on both databases.
The bare views are the physical limit: the same middleware and authentication, one row read by key,
one row inserted. Clients and server share the machine, so read the ratios, not the milliseconds.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import psutil

from tests.e2e.platform_process import home_env, manage, serving
from tests.support.postgres import running

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = "benchmarks.servers.settings"
LABEL = {"labels": [{"esc": "HAP", "eis": 2}], "listened_ms": 1500, "replays": 0}


class Client:
    """One keep-alive connection with one person's token."""

    def __init__(self, base: str, token: str):
        parts = urlsplit(base)
        self.connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def post(self, path: str, body: object, **headers: str) -> tuple[float, dict]:
        """Seconds until the whole answer was read, and the answer."""
        began = time.perf_counter()
        self.connection.request(
            "POST", f"/api/v1/{path}", json.dumps(body), {**self.headers, **headers}
        )
        answer = self.connection.getresponse()
        text = answer.read()
        took = time.perf_counter() - began
        if answer.status >= 300:
            raise RuntimeError(f"{path}: {answer.status} {text[:200]!r}")
        return took, json.loads(text)


def percentiles(seconds: list[float]) -> dict[str, float]:
    p50, p95 = np.percentile(seconds, [50, 95]) * 1000
    return {"p50_ms": round(float(p50), 2), "p95_ms": round(float(p95), 2), "n": len(seconds)}


def all_at_once(clients: list[Client], work: Callable[[Client], None]) -> float:
    """Run `work` for every client in a thread of its own; wall seconds of the whole."""
    began = time.perf_counter()
    with ThreadPoolExecutor(len(clients)) as pool:
        list(pool.map(work, clients))
    return time.perf_counter() - began


def bare(clients: list[Client], kind: str, n: int) -> dict[str, float]:
    times: list[float] = []

    def work(client: Client) -> None:
        times.extend(client.post(f"bare/{kind}/", {})[0] for _ in range(n))

    all_at_once(clients, work)
    return percentiles(times)


def label(clients: list[Client], campaign: str, n: int) -> dict[str, object]:
    """Each client asks for one clip and answers it, n times."""
    next_times: list[float] = []
    submit_times: list[float] = []

    def work(client: Client) -> None:
        for _ in range(n):
            took, answer = client.post(f"campaigns/{campaign}/next/", {"count": 1})
            next_times.append(took)
            [one] = answer["assignments"]
            key = {"Idempotency-Key": str(uuid.uuid4())}
            submit_times.append(client.post(f"assignments/{one['id']}/submit/", LABEL, **key)[0])

    wall = all_at_once(clients, work)
    return {
        "next": percentiles(next_times),
        "submit": percentiles(submit_times),
        "labels_per_s": round(len(submit_times) / wall, 1),
    }


@contextlib.contextmanager
def database(name: str) -> Iterator[dict[str, str]]:
    """The environment that selects a fresh SQLite file or PostgreSQL cluster."""
    if name == "sqlite":
        yield {}
        return
    with running() as cluster:
        yield {"DATABASE_URL": cluster.url}


def web_memory_mb() -> float:
    """Largest resident size of a gunicorn worker of ours."""
    workers = [
        p.memory_info().rss
        for p in psutil.Process().children(recursive=True)
        if "gunicorn" in " ".join(p.cmdline()) and p.children() == []
    ]
    return round(max(workers, default=0) / 2**20, 1)


def measure(name: str, *, n_clients: int, n_clips: int, n: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder, database(name) as chosen:
        env = home_env(Path(folder), DJANGO_SETTINGS_MODULE=SETTINGS, **chosen)
        manage("migrate", "-v", "0", env=env)
        command = [sys.executable, "-m", "benchmarks.servers.seed"]
        command += ["--clips", str(n_clips), "--annotators", str(n_clients)]
        paths = os.pathsep.join([str(ROOT), str(ROOT / "platform")])
        full = {**os.environ, **env, "PYTHONPATH": paths}
        seeded = json.loads(subprocess.check_output(command, env=full, cwd=ROOT))
        with serving(env) as base:
            clients = [Client(base, token) for token in seeded["tokens"]]
            bare(clients, "read", 20)  # connections and caches warm
            result: dict[str, object] = {
                "bare_read": bare(clients, "read", n),
                "bare_write": bare(clients, "write", n),
                **label(clients, seeded["campaign"], n),
                "web_worker_mb": web_memory_mb(),
            }
    return result | ratios(result)


def ratios(result: dict) -> dict[str, float]:
    return {
        "next_to_bare_p50": round(result["next"]["p50_ms"] / result["bare_read"]["p50_ms"], 2),
        "submit_to_bare_p50": round(result["submit"]["p50_ms"] / result["bare_write"]["p50_ms"], 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--clips", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=100, help="of each client")
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgres"])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = {
        name: measure(
            name, n_clients=arguments.clients, n_clips=arguments.clips, n=arguments.requests
        )
        for name in arguments.databases
    }
    print(json.dumps(found) if arguments.json else table(found))


def table(found: dict) -> str:
    lines = ["| database | request | p50 ms | p95 ms |", "| --- | --- | --- | --- |"]
    for name, result in found.items():
        for request in ("bare_read", "next", "bare_write", "submit"):
            row = result[request]
            lines.append(f"| {name} | {request} | {row['p50_ms']} | {row['p95_ms']} |")
        lines.append(
            f"| {name} | labels/s {result['labels_per_s']}; next / bare read"
            f" {result['next_to_bare_p50']}; submit / bare write {result['submit_to_bare_p50']};"
            f" web worker {result['web_worker_mb']} MB | | |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
