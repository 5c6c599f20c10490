"""Who may call the routes of training: full route name, then HTTP method (speecheq/authorisation.py)."""

from __future__ import annotations

from speecheq.authorisation import Access

ROUTES: dict[str, dict[str, Access]] = {}
