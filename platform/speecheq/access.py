"""Who may call the platform's own routes."""

from __future__ import annotations

from speecheq.authorisation import Routes, public, signed_in
from speecheq.roles import Scope

ROUTES: Routes = {
    "health-live": {"GET": public()},
    "health-ready": {"GET": public()},
    "metrics": {"GET": public()},
    "api:me": {"GET": signed_in()},
    "api:token-list": {"GET": signed_in(), "POST": signed_in()},
    "api:token-detail": {"DELETE": signed_in()},
    "api:job-list": {"GET": signed_in()},
    "api:job-detail": {"GET": signed_in()},
    "api:job-cancel": {"POST": signed_in(scope=(Scope.MANAGE, Scope.RESEARCH))},
    "api:schema": {"GET": public()},
    "api:docs": {"GET": public()},
    "home": {"GET": signed_in()},
    "login": {"GET": public(), "POST": public()},
    "logout": {"POST": public()},
    "password_change": {"GET": signed_in(), "POST": signed_in()},
    "accept-invitation": {"GET": public(), "POST": public()},
    "set-theme": {"POST": public()},
    "set_language": {"POST": public()},
    "job-list": {"GET": signed_in()},
    "job-detail": {"GET": signed_in()},
    "job-cancel": {"POST": signed_in()},
}
