"""`manage.py serve`: the whole platform on this machine, supervised by one process."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from speecheq import env
from speecheq.supervisor import broker, claims, plan, statics
from speecheq.supervisor.console import Console
from speecheq.supervisor.core import Supervisor
from speecheq.supervisor.errors import CannotServe


class Command(BaseCommand):
    help = "Start Redis, the web server, both workers and beat; stop them all with Ctrl-C."
    requires_system_checks = ["models"]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=env.text("SPEECHEQ_HOST", default="127.0.0.1"))
        parser.add_argument(
            "--port", type=int, default=env.integer("PORT", default=8000, minimum=1, maximum=65535)
        )
        parser.add_argument(
            "--web-workers",
            type=int,
            default=env.integer("SPEECHEQ_WEB_WORKERS", default=plan.web_workers(), minimum=1),
        )

    def handle(self, *, host: str, port: int, web_workers: int, **options: Any) -> None:
        try:
            failed = self._serve(host, port, web_workers)
        except CannotServe as error:
            raise CommandError(str(error)) from error
        if failed:
            raise CommandError(_("The platform stopped because a process kept failing."))

    def _serve(self, host: str, port: int, web_workers: int) -> int:
        sock = claims.listen(host, port)
        folder = broker.make_runtime_dir(settings.HOME)
        lock = claims.lock_home(folder)
        self._refuse_unmigrated()
        root = Path(settings.BASE_DIR)
        console = Console(sys.stdout)
        console.line("serve", f"starting in {settings.HOME} ...")

        specs = []
        redis_url = os.environ.get("REDIS_URL", "")
        if not redis_url:
            spec, redis_url = broker.redis_spec(folder)
            specs.append(spec)
        environment = {**os.environ, **plan.child_env(root, redis_url=redis_url, threads=1)}
        if statics.collect(root, environment):
            console.line("serve", f"collected static files into {settings.STATIC_ROOT}")
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        specs += plan.platform_specs(
            root,
            folder=folder,
            redis_url=redis_url,
            fd=sock.fileno(),
            address=address.replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]"),
            web_workers=web_workers,
        )
        with sock, lock:
            supervisor = Supervisor(specs, console, guardian_fds=(lock.fileno(),))
            supervisor.announce("web", f"ready: http://{address}/  (Ctrl-C stops everything)")
            return supervisor.run()

    def _refuse_unmigrated(self) -> None:
        """Say so where the database lacks a table, instead of failing page by page."""
        connection = connections[DEFAULT_DB_ALIAS]
        try:
            executor = MigrationExecutor(connection)
            missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        except OperationalError as error:
            raise CannotServe(f"The database cannot be reached: {error}".strip()) from error
        finally:
            connections.close_all()
        if missing:
            raise CannotServe(
                f"{len(missing)} database migrations are not applied: "
                "run `python manage.py migrate`."
            )
