"""Inviting people and giving them roles. Sign-up is closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.tokens import default_token_generator
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from annotation.models import Corpus, Membership
from speecheq.errors import Conflict, FieldError, Forbidden, RuleBroken, field_error
from speecheq.models import ApiToken, User
from speecheq.outbox import audit
from speecheq.roles import Role, Scope
from speecheq.sentences import say


@dataclass(frozen=True)
class Invited:
    user: User
    invite_path: str
    token: str | None


@transaction.atomic
def invite_user(
    *, username: str, memberships: list[tuple[str, str]], by: Any, issue_token: bool = False
) -> Invited:
    """Make an account without a password, with roles, and a link to set one.

    Only an administrator may ask for a token at once. Raises Forbidden, Conflict, RuleBroken.
    """
    if issue_token and not by.is_superuser:
        raise Forbidden(say("Only an administrator may issue another person's token."))
    username = User.normalize_username(username)
    try:
        UnicodeUsernameValidator()(username)
    except ValidationError as error:
        raise field_error("username", "bad_username", error.messages[0]) from None
    roles = _check_memberships(memberships, by)
    user = _make_user(username)
    Membership.objects.bulk_create(
        Membership(user=user, corpus=corpus, role=role) for corpus, role in roles
    )
    audit(by, "user.invited", user.public_id, memberships=[list(m) for m in memberships])
    token = _token_for(user, [role for _corpus, role in roles]) if issue_token else None
    return Invited(user, invitation_path(user), token)


def _make_user(username: str) -> User:
    """An account that differs from all others by more than the case of its letters."""
    taken = field_error(
        "username",
        "username_taken",
        say("{username!r} is taken.", username=username),
        kind=Conflict,
    )
    if User.objects.filter(username__iexact=username).exists():
        raise taken
    try:
        with transaction.atomic():
            return get_user_model().objects.create_user(username=username)
    except IntegrityError:  # invited twice in one moment
        raise taken from None


def _check_memberships(wanted: list[tuple[str, str]], by: Any) -> list[tuple[Corpus, str]]:
    if not wanted and not by.is_superuser:
        detail = say("Name at least one corpus and role: only an administrator invites without.")
        raise field_error("memberships", "no_membership", detail)
    managed = {c.slug: c for c in Corpus.objects.managed_by(by)}
    errors, found = [], []
    for i, (slug, role) in enumerate(wanted):
        if slug not in managed:
            detail = say("You manage no corpus {slug!r}.", slug=slug)
            errors.append(FieldError(f"memberships.{i}.corpus", "unknown_corpus", detail))
        else:
            found.append((managed[slug], role))
    if errors:
        raise RuleBroken(errors[0].detail, errors=errors, code=errors[0].code)
    return list(dict.fromkeys(found))


def invitation_path(user: Any) -> str:
    """One use, seven days: the token dies with the first password."""
    token = default_token_generator.make_token(user)
    return reverse("accept-invitation", kwargs={"uidb64": user.public_id, "token": token})


SCOPES_OF: dict[str, set[str]] = {
    Role.ANNOTATOR: {Scope.LABEL},
    Role.ADJUDICATOR: {Scope.LABEL, Scope.MANAGE},
    Role.SESSION_OPERATOR: {Scope.MANAGE},
    Role.DATA_MANAGER: {Scope.LABEL, Scope.MANAGE},
    Role.RESEARCHER: {Scope.RESEARCH, Scope.LABEL},
}


def scopes_for(user: Any, roles: list[str]) -> list[str]:
    """The scopes that the roles can make use of."""
    scopes = {Scope.LABEL.value} | {str(s) for role in roles for s in SCOPES_OF[role]}
    return sorted(set(Scope.values) if user.is_superuser else scopes)


def _token_for(user: Any, roles: list[str]) -> str:
    scopes = scopes_for(user, roles)
    _token, secret = ApiToken.issue(user=user, name="issued with the account", scopes=scopes)
    return secret
