"""Which processes make the platform, and with what environment."""

from __future__ import annotations

import http.client
import os
import sys
from pathlib import Path

from speecheq import queues
from speecheq.supervisor.child import Spec

GPU_NICE = 10
WORKER_NICE = 5
WORKER_CLASS = "speecheq.web.worker.EvenWorker"
# Celery's lines about running as root: in a container there may be no other user.
NO_SCOLD = "ignore:You're running the worker with superuser privileges"


def cores() -> int:
    """CPU cores this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def web_workers() -> int:
    """Web processes for these cores: one more than them, since each computes one request at a time
    (`web.gate`) and waits for the database meanwhile; five at most, for their memory."""
    return min(5, cores() + 1)


def python_path(root: Path) -> str:
    """PYTHONPATH with the checkout in front, so that children need no installed package."""
    ours = [str(root / "platform"), str(root)]
    return os.pathsep.join(ours + [p for p in [os.environ.get("PYTHONPATH", "")] if p])


def child_env(root: Path, *, redis_url: str, threads: int) -> dict[str, str]:
    """What every Python child gets: settings, broker, and how many threads its mathematics uses."""
    return {
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "speecheq.settings"),
        "PYTHONPATH": python_path(root),
        "PYTHONUNBUFFERED": "1",
        "REDIS_URL": redis_url,
        "PYTHONWARNINGS": NO_SCOLD,
        "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
    }


def web_spec(root: Path, *, env: dict[str, str], fd: int, workers: int, address: str) -> Spec:
    """Gunicorn on the listening socket `fd`. Loaded once, then forked: memory is shared."""
    command = [sys.executable, "-m", "gunicorn", "speecheq.wsgi:application"]
    command += ["--bind", f"fd://{fd}", "--workers", str(workers), "--worker-class", WORKER_CLASS]
    command += ["--threads", "8", "--preload", "--no-control-socket", "--graceful-timeout", "5"]
    command += ["--timeout", "60", "--keep-alive", "15", "--log-level", "warning"]
    if os.access("/dev/shm", os.W_OK | os.X_OK):
        command += ["--worker-tmp-dir", "/dev/shm"]
    return Spec("web", command, env, pass_fds=(fd,), ready=lambda: is_live(address))


def worker_spec(name: str, *, queue: str, env: dict[str, str], processes: int, nice: int) -> Spec:
    """A Celery worker for one queue, that gives way to the web process when cores are short."""
    command = [sys.executable, "-m", "celery", "--quiet", "-A", "speecheq.celery:app"]
    command += ["worker"]
    command += ["--queues", queue, "--hostname", f"{name}@%h", "--concurrency", str(processes)]
    command += ["--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    return Spec(name, command, env, nice=nice)


def beat_spec(*, env: dict[str, str], folder: Path) -> Spec:
    """Celery beat; its timetable file starts fresh, for it holds nothing that must be kept."""
    command = [sys.executable, "-m", "celery", "--quiet", "-A", "speecheq.celery:app", "beat"]
    command += ["--schedule", str(folder / "beat"), "--pidfile", "", "--loglevel", "WARNING"]
    return Spec("beat", command, env)


def platform_specs(
    root: Path, *, folder: Path, redis_url: str, fd: int, address: str, web_workers: int
) -> list[Spec]:
    """Web first, since a person waits for it; then both workers and beat."""
    one = child_env(root, redis_url=redis_url, threads=1)
    all_cores = child_env(root, redis_url=redis_url, threads=cores())
    return [
        web_spec(root, env=one, fd=fd, workers=web_workers, address=address),
        worker_spec("worker", queue=queues.DEFAULT, env=one, processes=cores(), nice=WORKER_NICE),
        worker_spec("gpu", queue=queues.GPU, env=all_cores, processes=1, nice=GPU_NICE),
        beat_spec(env=one, folder=folder),
    ]


def is_live(address: str) -> bool:
    """Whether `host:port` answers /health/live with 200."""
    connection = http.client.HTTPConnection(address, timeout=1.0)
    try:
        connection.request("GET", "/health/live", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
