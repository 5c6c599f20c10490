"""`manage.py token USER --scopes label manage`: print a new API token, once."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from speecheq.models import ApiToken, User
from speecheq.outbox import audit
from speecheq.roles import Scope


class Command(BaseCommand):
    help = "Print a new API token of a user. It is shown once; only its hash is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument(
            "--scopes", nargs="+", required=True, choices=sorted(Scope.values), metavar="SCOPE"
        )
        parser.add_argument("--name", default="made on the command line")
        parser.add_argument("--days", type=int, default=90, help="days until it expires")

    def handle(
        self, *, username: str, scopes: list[str], name: str, days: int, **options: Any
    ) -> None:
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(_("No active user %(name)r.") % {"name": username})
        if not 1 <= days <= 3660:
            raise CommandError(_("--days must be from 1 to 3660, not %(n)d.") % {"n": days})
        token, secret = ApiToken.issue(user=user, name=name, scopes=scopes, expires_in_days=days)
        audit(None, "token.issued", token.public_id, scopes=token.scopes, user=user.public_id)
        self.stdout.write(secret)
