"""The main navigation: which entries someone sees. Routes are named, so no app is imported here."""

from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from speecheq.roles import Role

READERS = frozenset({Role.DATA_MANAGER, Role.ADJUDICATOR, Role.RESEARCHER})
EVERYONE = frozenset(Role)


@dataclass(frozen=True)
class Entry:
    """One link of the main navigation: shown to the roles named, and to administrators."""

    key: str
    label: str | Promise
    route: str
    roles: frozenset[Role]


ENTRIES = (
    Entry("home", _("Home"), "home", EVERYONE),
    Entry("corpora", _("Corpora"), "annotation:corpus-list", EVERYONE - {Role.ANNOTATOR}),
    Entry(
        "campaigns", _("Campaigns"), "annotation:campaign-list", EVERYONE - {Role.SESSION_OPERATOR}
    ),
    Entry(
        "sessions",
        _("Sessions"),
        "annotation:session-list",
        frozenset({Role.DATA_MANAGER, Role.SESSION_OPERATOR}),
    ),
    Entry(
        "scripts",
        _("Scripts"),
        "annotation:script-list",
        frozenset({Role.DATA_MANAGER, Role.SESSION_OPERATOR}),
    ),
    Entry("work", _("My work"), "annotation:my-work", frozenset({Role.ANNOTATOR})),
    Entry(
        "releases",
        _("Releases"),
        "annotation:release-list",
        READERS,
    ),
    Entry("runs", _("Runs"), "training:run-list", READERS),
    Entry("models", _("Models"), "training:model-list", READERS),
    Entry("jobs", _("Jobs"), "job-list", frozenset({Role.DATA_MANAGER, Role.RESEARCHER})),
    Entry("people", _("People"), "annotation:user-list", frozenset({Role.DATA_MANAGER})),
)


def roles_of(user: Any) -> frozenset[str]:
    """Roles that `user` holds in any corpus; all of them for an administrator."""
    if user.is_superuser:
        return frozenset(Role)
    return frozenset(user.role_names())


def entries_for(user: Any) -> list[dict[str, Any]]:
    """The entries `user` may follow, with addresses; a route not installed is left out."""
    if not getattr(user, "is_authenticated", False) or getattr(user, "is_visitor", False):
        return []
    held = roles_of(user)
    shown = []
    for entry in ENTRIES:
        if not (held & entry.roles or entry.roles == EVERYONE):
            continue
        try:
            shown.append({"key": entry.key, "label": entry.label, "url": reverse(entry.route)})
        except NoReverseMatch:
            continue
    return shown
