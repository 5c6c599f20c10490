from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_the_printed_token_signs_its_user_in():
    person = factories.UserFactory(username="mei")
    out = StringIO()
    call_command("token", "mei", "--scopes", "label", stdout=out)
    api = APIClient(HTTP_AUTHORIZATION=f"Bearer {out.getvalue().strip()}")
    assert api.get("/api/v1/me/").json()["id"] == person.public_id


@pytest.mark.parametrize(
    "arguments", [["nobody", "--scopes", "label"], ["mei", "--scopes", "label", "--days", "0"]]
)
def test_a_token_that_cannot_be_made_is_refused_in_words(arguments):
    factories.UserFactory(username="mei")
    with pytest.raises(CommandError, match=r"nobody|--days"):
        call_command("token", *arguments)
