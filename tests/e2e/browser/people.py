"""The people of the browser tests, and their sessions. Runs inside the served platform."""

from __future__ import annotations

import functools

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client

from speecheq.models import User

PASSWORD = "quiet-harbour-9"


@functools.cache
def hashed() -> str:
    """Of `PASSWORD`. Once for all: hashing is slow on purpose, 0.2 s of CPU a person."""
    return make_password(PASSWORD)


def person(username: str) -> User:
    """Somebody who signs in with `PASSWORD`."""
    return User.objects.get_or_create(username=username, defaults={"password": hashed()})[0]


def session(username: str) -> None:
    """Sign somebody in and print the cookie's value."""
    client = Client()
    client.force_login(User.objects.get(username=username))
    print(client.cookies[settings.SESSION_COOKIE_NAME].value)
