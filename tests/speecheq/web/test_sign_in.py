"""Signing in: guessing comes to an end, and nobody else is locked out by it."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.urls import reverse

from speecheq.web.sign_in import SignInThrottle
from tests import factories

pytestmark = [pytest.mark.django_db]
ADDRESS = reverse("login")
TRIES = SignInThrottle().num_requests


@pytest.fixture(autouse=True)
def person():
    cache.clear()
    someone = factories.UserFactory(username="mia")
    someone.set_password("right-enough")
    someone.save()
    yield someone
    cache.clear()


def sign_in(client, password, username="mia", **request):
    return client.post(ADDRESS, {"username": username, "password": password}, **request)


def guess(client, **more):
    for _ in range(TRIES):
        assert sign_in(client, "wrong", **more).status_code == 200


def test_the_right_password_signs_in(client):
    assert sign_in(client, "right-enough").status_code == 302


def test_after_many_tries_even_the_right_one_waits(client):
    guess(client)
    answer = sign_in(client, "right-enough")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert "Too many tries to sign in" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_the_case_of_the_name_does_not_give_more_tries(client):
    guess(client)
    assert sign_in(client, "wrong", username="MIA").status_code == 429


def test_somebody_else_and_another_address_are_not_locked_out(client):
    guess(client)
    assert sign_in(client, "wrong", username="noah").status_code == 200
    assert sign_in(client, "right-enough", REMOTE_ADDR="10.0.0.9").status_code == 302
