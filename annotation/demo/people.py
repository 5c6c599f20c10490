"""The demo's people: accounts with passwords and tokens in a file only its owner can read."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from django.contrib.auth import get_user_model
from django.db import transaction

from annotation.models import Corpus, Membership
from annotation.services.people import scopes_for
from speecheq.models import ApiToken, User
from speecheq.models.token import digest
from speecheq.roles import Role

ADMINISTRATOR = "administrator"
FILE = "demo-accounts.json"
PEOPLE = {
    "admin": ADMINISTRATOR,
    "manager": Role.DATA_MANAGER.value,
    "researcher": Role.RESEARCHER.value,
    "adjudicator": Role.ADJUDICATOR.value,
    "operator": Role.SESSION_OPERATOR.value,
    "annotator1": Role.ANNOTATOR.value,
    "annotator2": Role.ANNOTATOR.value,
    "annotator3": Role.ANNOTATOR.value,
}


@dataclass(frozen=True)
class Account:
    """One line of the file."""

    username: str
    password: str
    role: str
    token: str


def ensure_accounts(home: Path) -> list[Account]:
    """The demo's accounts, as the file has them while all of them work; else all made anew."""
    file = home / FILE
    accounts = _read(file)
    if not _all_work(accounts):
        accounts = _make()
        _write(file, accounts)
    return accounts


def join_corpus(corpus: Corpus) -> None:
    """Give each person their role in `corpus`; the simulated annotators are given theirs too."""
    users = {user.username: user for user in User.objects.filter(username__in=PEOPLE)}
    roles = {name: role for name, role in PEOPLE.items() if role != ADMINISTRATOR}
    Membership.objects.bulk_create(
        [Membership(user=users[name], corpus=corpus, role=role) for name, role in roles.items()],
        ignore_conflicts=True,
    )


def _read(file: Path) -> list[Account]:
    """What the file says; empty where it is absent or broken."""
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
        return [Account(**row) for row in rows]
    except (OSError, ValueError, TypeError):
        return []


def _all_work(accounts: list[Account]) -> bool:
    """Whether every account exists with the token of the file, not yet expired or revoked."""
    if {account.username for account in accounts} != set(PEOPLE):
        return False
    hashes = {digest(account.token): account.username for account in accounts}
    valid = ApiToken.objects.filter(sha256__in=hashes, revoked_at=None, user__is_active=True)
    found = dict(valid.valid().values_list("sha256", "user__username"))
    return found == hashes


@transaction.atomic
def _make() -> list[Account]:
    """Make or renew every account; earlier demo tokens end."""
    made = []
    for username, role in PEOPLE.items():
        user, _ = get_user_model().objects.get_or_create(username=username)
        password = secrets.token_urlsafe(9)
        user.set_password(password)
        user.is_superuser = user.is_staff = role == ADMINISTRATOR
        user.save()
        ApiToken.objects.filter(user=user, name="demo").delete()
        roles = [] if role == ADMINISTRATOR else [role]
        scopes = scopes_for(user, roles)
        _, token = ApiToken.issue(user=user, name="demo", scopes=scopes, expires_in_days=365)
        made.append(Account(username, password, role, token))
    return made


def _write(file: Path, accounts: list[Account]) -> None:
    """Replace the file in one step, readable by its owner alone."""
    unfinished = file.with_suffix(f".{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump([asdict(account) for account in accounts], out, indent=1)
    unfinished.rename(file)
