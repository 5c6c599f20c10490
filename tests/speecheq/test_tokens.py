"""Tokens: shown once, hashed, scoped, expiring, revocable."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from speecheq.models import ApiToken
from speecheq.roles import Scope
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def person():
    return factories.UserFactory()


def bearer(secret: str) -> APIClient:
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}")


def test_a_token_signs_its_owner_in(person):
    answer = bearer(factories.token(person)).get("/api/v1/me/")
    assert answer.json()["username"] == person.username


def test_the_secret_is_not_in_the_database(person):
    secret = factories.token(person)
    assert secret not in str(ApiToken.objects.values().get())


@pytest.mark.parametrize(
    "change",
    [
        {"expires_at": timezone.now() - timedelta(days=1)},
        {"revoked_at": timezone.now()},
        {"sha256": "0" * 64},
    ],
    ids=["expired", "revoked", "unknown"],
)
def test_a_token_that_no_longer_holds_is_refused(person, change):
    secret = factories.token(person)
    ApiToken.objects.update(**change)
    answer = bearer(secret).get("/api/v1/me/")
    assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_person_makes_and_revokes_a_token(person):
    api = APIClient()
    api.force_login(person)
    made = api.post("/api/v1/tokens/", {"name": "notebook", "scopes": ["label"]})
    assert made.status_code == 201
    secret, token_id = made.json()["token"], made.json()["id"]
    assert bearer(secret).get("/api/v1/me/").status_code == 200
    assert "token" not in api.get("/api/v1/tokens/").json()["results"][0]
    assert api.delete(f"/api/v1/tokens/{token_id}/").status_code == 204
    assert bearer(secret).get("/api/v1/me/").status_code == 401


@pytest.mark.parametrize("wanted", [["admin"], ["research"]])
def test_a_token_cannot_make_a_stronger_one(person, wanted):
    api = bearer(factories.token(person, Scope.LABEL))
    answer = api.post("/api/v1/tokens/", {"name": "more", "scopes": wanted})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "scopes"


def test_an_unknown_field_is_refused_by_name(person):
    api = bearer(factories.token(person))
    answer = api.post("/api/v1/tokens/", {"name": "x", "scopes": ["label"], "forever": True})
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert (error["field"], error["code"]) == ("forever", "unknown_field")


def test_an_unknown_filter_is_refused_by_name(person):
    answer = bearer(factories.token(person)).get("/api/v1/jobs/?colour=red")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "unknown_filter"


def test_errors_are_problem_json(person):
    answer = bearer(factories.token(person)).get("/api/v1/jobs/job_nothing/")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert set(answer.json()) == {"code", "detail", "errors"}


def test_a_token_made_with_a_token_ends_with_it(person):
    secret = factories.token(person)
    soon = timezone.now() + timedelta(days=2)
    ApiToken.objects.update(expires_at=soon)
    asked = {"name": "longer", "scopes": ["label"], "expires_in_days": 300}
    assert bearer(secret).post("/api/v1/tokens/", asked).status_code == 201
    assert ApiToken.objects.get(name="longer").expires_at == soon
