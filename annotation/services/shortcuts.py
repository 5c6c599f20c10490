"""Keys as one person likes them: kept for a scheme's code, so that a new version keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from annotation.labelspaces.actions import CHOOSABLE, default_keys, with_changes
from annotation.models import Scheme, Shortcuts
from speecheq.errors import FieldError, NotFound, RuleBroken
from speecheq.sentences import say


def find_scheme(code: str) -> Scheme:
    """The newest version of a scheme. Raises NotFound."""
    scheme = Scheme.objects.filter(code=code).order_by("-version").first()
    if scheme is None:
        raise NotFound(say("No scheme {code!r}.", code=code))
    return scheme


def changed_keys(scheme: Scheme, user: Any) -> dict[str, str]:
    """What `user` changed, by action."""
    found = Shortcuts.objects.filter(user=user, scheme_code=scheme.code)
    return dict(found.values_list("keys", flat=True).first() or {})


def keys_of(scheme: Scheme, user: Any) -> dict[str, str]:
    """The key of each action of the scheme for `user`; "" for none."""
    return with_changes(defaults_of(scheme), changed_keys(scheme, user))


def defaults_of(scheme: Scheme) -> dict[str, str]:
    return default_keys(scheme.esc, scheme.eis, scheme.extras)


@transaction.atomic
def set_keys(scheme: Scheme, user: Any, keys: Mapping[str, str]) -> dict[str, str]:
    """Replace what `user` changed; nothing changed is `{}`. Returns all keys, as `keys_of`.

    Raises RuleBroken, naming each action whose key is unknown, not to be chosen or taken.
    """
    defaults = defaults_of(scheme)
    errors = _key_errors(defaults, keys) or _clashes(defaults, keys)
    if errors:
        raise RuleBroken(errors[0].detail, errors=errors, code=errors[0].code)
    changed = {action: key for action, key in keys.items() if key != defaults[action]}
    Shortcuts.objects.update_or_create(
        user=user, scheme_code=scheme.code, defaults={"keys": changed}
    )
    return with_changes(defaults, changed)


def _key_errors(defaults: Mapping[str, str], keys: Mapping[str, str]) -> list[FieldError]:
    errors = []
    for action, key in keys.items():
        if action not in defaults:
            known = ", ".join(defaults)
            detail = say(
                "No action {action!r} in this scheme. Actions: {known}.", action=action, known=known
            )
            errors.append(FieldError(f"keys.{action[:60]}", "unknown_action", detail))
        elif key != defaults[action] and key not in CHOOSABLE:
            detail = say(
                "The key {key!r} cannot be chosen. Keys: {choosable}.",
                key=key,
                choosable=", ".join(CHOOSABLE),
            )
            errors.append(FieldError(f"keys.{action}", "key_not_allowed", detail))
    return errors


def _clashes(defaults: Mapping[str, str], keys: Mapping[str, str]) -> list[FieldError]:
    """One key, one action: among all of them, changed or not."""
    errors = []
    used: dict[str, str] = {}
    for action, default in defaults.items():
        key = keys.get(action, default)
        if key and key in used:
            blamed, other = (action, used[key]) if action in keys else (used[key], action)
            detail = say("The key {key} is that of {other} already.", key=key, other=other)
            errors.append(FieldError(f"keys.{blamed}", "key_taken", detail))
        used.setdefault(key, action)
    return errors
