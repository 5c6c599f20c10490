"""Who may call annotation's routes: full route name, then HTTP method."""

from __future__ import annotations

from speecheq.authorisation import Access, Routes, roles, signed_in
from speecheq.roles import Role, Scope

MANAGER = roles(Role.DATA_MANAGER, scope=Scope.MANAGE)
# Whoever does more than label; which corpus is decided where the row is looked up.
STAFF = roles(
    Role.DATA_MANAGER,
    Role.ADJUDICATOR,
    Role.RESEARCHER,
    Role.SESSION_OPERATOR,
    scope=Scope.MANAGE,
)
LABELLER = signed_in(scope=Scope.LABEL)  # campaign membership decides, in the service
ANYONE = signed_in()
# Settled labels and votes: not for those who label, who must not see what others answered.
READER = Access(roles=frozenset({Role.DATA_MANAGER, Role.ADJUDICATOR, Role.RESEARCHER}))
SETTLER = roles(Role.DATA_MANAGER, Role.ADJUDICATOR, scope=Scope.MANAGE)

ROUTES: Routes = {
    "api:user-list": {"GET": MANAGER, "POST": MANAGER},
    "api:campaign-list": {"GET": ANYONE, "POST": MANAGER},
    "api:campaign-detail": {"GET": ANYONE, "PATCH": MANAGER},
    "api:campaign-next": {"POST": LABELLER},
    "api:campaign-progress": {"GET": ANYONE},
    "api:campaign-queue": {"GET": STAFF},
    "api:campaign-agreement": {"GET": ANYONE},
    "api:campaign-consensus": {"GET": READER, "POST": SETTLER},
    "api:assignment-renew": {"POST": LABELLER},
    "api:assignment-submit": {"POST": LABELLER},
    "api:assignment-skip": {"POST": LABELLER},
    "api:annotation-revise": {"POST": LABELLER},
    # pages
    "annotation:campaign-list": {"GET": ANYONE},
    "annotation:campaign-create": {"GET": MANAGER, "POST": MANAGER},
    "annotation:campaign-detail": {"GET": ANYONE},
    "annotation:campaign-state": {"POST": MANAGER},
    "annotation:campaign-members": {"POST": MANAGER},
    "annotation:campaign-queue": {"GET": STAFF},
    "annotation:campaign-agreement": {"GET": ANYONE},
    "annotation:campaign-consensus": {"GET": READER, "POST": SETTLER},
    "annotation:label": {"GET": LABELLER, "POST": LABELLER},
}
