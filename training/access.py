"""Who may call the routes of training: full route name, then HTTP method.

Figures and scores are not for those who only label: they would hear with the model's ear.
"""

from __future__ import annotations

from speecheq.authorisation import Routes, roles
from speecheq.roles import Role, Scope

RESEARCHER = roles(Role.RESEARCHER, scope=Scope.RESEARCH)
READER = roles(Role.RESEARCHER, Role.DATA_MANAGER, Role.ADJUDICATOR, scope=Scope.RESEARCH)

ROUTES: Routes = {
    "api:run-list": {"GET": READER, "POST": RESEARCHER},
    "api:run-detail": {"GET": READER},
    "api:run-epochs": {"GET": READER},
    "api:run-cancel": {"POST": RESEARCHER},
    "api:model-list": {"GET": READER},
    "api:model-detail": {"GET": READER},
    "api:model-score": {"POST": RESEARCHER},
    "api:round-detail": {"GET": READER},
    # pages
    "training:run-list": {"GET": READER},
    "training:run-new": {"GET": RESEARCHER, "POST": RESEARCHER},
    "training:run-detail": {"GET": READER},
    "training:run-progress": {"GET": READER},
    "training:run-cancel": {"POST": RESEARCHER},
    "training:model-list": {"GET": READER},
    "training:model-detail": {"GET": READER},
    "training:model-score": {"GET": RESEARCHER, "POST": RESEARCHER},
    "training:round-detail": {"GET": READER},
}
