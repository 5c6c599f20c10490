"""Typed settings from the environment.

A missing or malformed value raises `BadSetting`, which stops the process and names the variable.
Secrets have no default. Any variable may instead be read from a file: `NAME_FILE=/run/secrets/x`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar, overload
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")
N = TypeVar("N", int, float)

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})


class BadSetting(ImproperlyConfigured):
    """An environment variable is missing or malformed. The message names it."""


class _Required:
    """Marks a setting without a default."""


REQUIRED = _Required()


def raw(name: str) -> str | None:
    """The variable's text, or that of the file `NAME_FILE` names; None when unset or blank."""
    value = os.environ.get(name, "").strip()
    file = os.environ.get(f"{name}_FILE", "").strip()
    if value or not file:
        return value or None
    try:
        return Path(file).read_text(encoding="utf-8").strip() or None
    except OSError as error:
        raise BadSetting(
            f"{name}_FILE={file} cannot be read: {error.strerror}. "
            f"Name a readable file, or set {name} itself."
        ) from error


def _read(name: str, default: T | _Required, parse: Callable[[str], T], wanted: str) -> T:
    """Parse the variable, or return the default. `parse` raises ValueError on nonsense."""
    value = raw(name)
    if value is None:
        if isinstance(default, _Required):
            raise BadSetting(f"{name} is not set. Set it to {wanted}.")
        return default
    try:
        return parse(value)
    except ValueError:
        raise BadSetting(f"{name}={value!r} is not {wanted}.") from None


@overload
def text(name: str) -> str: ...
@overload
def text(name: str, default: T) -> str | T: ...
def text(name: str, default: object = REQUIRED) -> object:
    """Any text that is not blank."""
    return _read(name, default, str, "a text that is not blank")


def secret(name: str, *, min_length: int = 16) -> str:
    """A text of at least `min_length` characters. Has no default and is never shown."""
    value = raw(name)
    if value is None:
        raise BadSetting(f"{name} is not set. Set it to a secret of {min_length} characters.")
    if len(value) < min_length:
        raise BadSetting(f"{name} has {len(value)} characters; {min_length} are needed.")
    return value


def integer(
    name: str,
    default: int | _Required = REQUIRED,
    *,
    minimum: int | None = None,
    maximum: int | None = None,
) -> int:
    """A whole number, `minimum` to `maximum` inclusive."""
    wanted = f"a whole number{_span(minimum, maximum)}"
    return _read(name, default, lambda value: _within(int(value), minimum, maximum), wanted)


def number(
    name: str,
    default: float | _Required = REQUIRED,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
) -> float:
    """A finite number, `minimum` to `maximum` inclusive."""
    wanted = f"a number{_span(minimum, maximum)}"
    return _read(name, default, lambda value: _within(float(value), minimum, maximum), wanted)


def boolean(name: str, default: bool | _Required = REQUIRED) -> bool:
    """1, true, yes, on; or 0, false, no, off."""

    def parse(value: str) -> bool:
        if value.lower() in TRUE_WORDS:
            return True
        if value.lower() in FALSE_WORDS:
            return False
        raise ValueError(value)

    return _read(name, default, parse, "one of 1, true, yes, on, 0, false, no, off")


def choice(name: str, default: str | _Required = REQUIRED, *, among: Iterable[str]) -> str:
    """One of the words in `among`."""
    words = tuple(among)

    def parse(value: str) -> str:
        if value not in words:
            raise ValueError(value)
        return value

    return _read(name, default, parse, f"one of {', '.join(words)}")


def words(name: str, default: Iterable[str] | _Required = REQUIRED) -> list[str]:
    """A comma-separated list; blanks around and empty parts are dropped."""

    def parse(value: str) -> list[str]:
        return [part.strip() for part in value.split(",") if part.strip()]

    fallback = default if isinstance(default, _Required) else list(default)
    return _read(name, fallback, parse, "a comma-separated list")


def path(name: str, default: Path | str | _Required = REQUIRED) -> Path:
    """A path, made absolute; `~` is the home folder. Need not exist."""

    def parse(value: str) -> Path:
        return Path(value).expanduser().absolute()

    fallback = default if isinstance(default, _Required) else parse(str(default))
    return _read(name, fallback, parse, "a path")


def url(name: str, default: str | _Required = REQUIRED, *, schemes: Iterable[str]) -> str:
    """A URL whose scheme is one of `schemes`."""
    allowed = tuple(schemes)

    def parse(value: str) -> str:
        if urlsplit(value).scheme not in allowed:
            raise ValueError(value)
        return value

    return _read(name, default, parse, f"a URL starting with {', '.join(allowed)}")


def _within(value: N, minimum: N | None, maximum: N | None) -> N:
    """`value`, or ValueError when it is outside the span or not a number."""
    if value != value or abs(value) == float("inf"):
        raise ValueError(value)
    if (minimum is not None and value < minimum) or (maximum is not None and value > maximum):
        raise ValueError(value)
    return value


def _span(minimum: float | None, maximum: float | None) -> str:
    """The allowed span in words, with a leading blank; empty when unbounded."""
    if minimum is not None and maximum is not None:
        return f" from {minimum} to {maximum}"
    if minimum is not None:
        return f" of at least {minimum}"
    return "" if maximum is None else f" of at most {maximum}"
