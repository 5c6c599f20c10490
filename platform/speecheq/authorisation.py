"""The authorisation table: which roles may call which route with which method.

Every route has an entry in one of the modules of SPEECHEQ_ACCESS_TABLES; a route without one is
refused. The table is coarse ("is a data manager somewhere"); which rows is narrowed by the
querysets' `visible_to`, and `require_role` decides for one corpus.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from speecheq.error_words import worded
from speecheq.errors import Forbidden
from speecheq.roles import Role, Scope
from speecheq.sentences import say


@dataclass(frozen=True)
class Access:
    """Who may call: anyone; anyone signed in; some roles; or the administrator, who always may.

    A token needs one of `scopes`, if any are named.
    `takes_files`: the body may be as large as an archive; others are bounded as forms are.
    `by_link`: also a visitor without an account whose link leads here, such as a speaker; which
    rows, the service decides.
    """

    anyone: bool = False
    signed_in: bool = False
    roles: frozenset[Role] = frozenset()
    scopes: frozenset[Scope] = frozenset()
    takes_files: bool = False
    by_link: bool = False

    def allows(self, user: Any) -> bool:
        if self.anyone:
            return True
        if not user.is_authenticated:
            return False
        if getattr(user, "is_visitor", False):
            return self.by_link
        return self.signed_in or user.is_superuser or user.has_any_role(self.roles)


def public() -> Access:
    return Access(anyone=True)


def signed_in(*, scope: Scope | tuple[Scope, ...] | None = None) -> Access:
    """Anyone signed in; a token needs `scope`, or one of them, if any is named."""
    return Access(signed_in=True, scopes=_as_set(scope))


def roles(
    *allowed: Role,
    scope: Scope | tuple[Scope, ...],
    takes_files: bool = False,
    by_link: bool = False,
) -> Access:
    """Those who have one of these roles in some corpus, and the administrator."""
    return Access(
        roles=frozenset(allowed),
        scopes=_as_set(scope),
        takes_files=takes_files,
        by_link=by_link,
    )


def administrator() -> Access:
    return Access(scopes=_as_set(Scope.ADMIN))


def _as_set(scope: Scope | tuple[Scope, ...] | None) -> frozenset[Scope]:
    if scope is None:
        return frozenset()
    return frozenset({scope} if isinstance(scope, Scope) else scope)


Routes = dict[str, dict[str, Access]]


@cache
def table() -> Routes:
    """All entries: full route name (`api:campaign-next`), then HTTP method."""
    merged: Routes = {}
    for module in settings.SPEECHEQ_ACCESS_TABLES:
        for name, methods in import_module(module).ROUTES.items():
            if name in merged:
                raise LookupError(f"Route {name!r} stands in two authorisation tables.")
            merged[name] = methods
    return merged


def entry(request: HttpRequest) -> Access | None:
    """The entry for this request, or None: refused. HEAD reads as GET does."""
    match = request.resolver_match
    methods = table().get(match.view_name if match else "", {})
    method = "GET" if request.method == "HEAD" else str(request.method)
    if method == "OPTIONS" and methods:
        by_link = any(access.by_link for access in methods.values())
        return methods.get(method, Access(signed_in=True, by_link=by_link))
    return methods.get(method)


def has_scope(auth: Any, access: Access) -> bool:
    """A session has every scope; a token only its own, and `admin` stands for all."""
    if auth is None or not access.scopes or access.anyone:
        return True
    return Scope.ADMIN in auth.scopes or not access.scopes.isdisjoint(auth.scopes)


class TableAccess(BasePermission):
    """The table, as DRF asks it."""

    message: Any = gettext_lazy("Your roles do not allow this.")

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.method not in view.allowed_methods:
            raise exceptions.MethodNotAllowed(str(request.method))
        access = entry(request._request)
        if access is None:
            return False
        if access.allows(request.user) and not has_scope(request.auth, access):
            lacking = " / ".join(sorted(access.scopes))
            self.message = worded(say("This token lacks the scope {scopes}.", scopes=lacking))
            return False
        return access.allows(request.user)


def require_role(user: Any, corpus: Any, *allowed: Role) -> None:
    """Raise Forbidden unless `user` has one of the roles in `corpus`, or is the administrator."""
    if user.only_labels:
        raise Forbidden(say("This token is for labelling only. Use one with the scope manage."))
    if user.is_superuser:
        return
    if not user.memberships.filter(corpus=corpus, role__in=allowed).exists():
        names = ", ".join(str(Role(role).label) for role in allowed)
        raise Forbidden(
            say(
                "In the corpus {slug!r} this needs the role: {names}.",
                slug=corpus.slug,
                names=names,
            )
        )
