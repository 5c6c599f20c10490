"""The OpenAPI description: complete, valid, and served as a page."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from annotation.api.clips import HIDDEN


def test_the_description_is_valid_and_made_without_a_warning(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "api.yml"))
    assert (tmp_path / "api.yml").stat().st_size > 10_000


def test_every_path_of_the_api_is_described(description):
    from speecheq.authorisation import table
    from tests.speecheq.test_authorisation import path_of

    described = description["paths"]
    shapes = {tuple("{}" if part[:1] == "{" else part for part in p.split("/")) for p in described}
    for name in table():
        if not name.startswith("api:") or name in ("api:schema", "api:docs"):
            continue
        parts = tuple("{}" if part == "x" else part for part in path_of(name).split("/"))
        assert parts in shapes, name


@pytest.mark.parametrize(
    ("path", "method", "statuses"),
    [
        ("uploads/", "post", {"412", "413", "507"}),
        ("uploads/{public_id}/", "patch", {"411", "412", "413", "415", "423", "460", "507"}),
        ("uploads/{public_id}/", "delete", {"412"}),
        ("sessions/{public_id}/takes/", "post", {"411", "413", "415", "423", "507"}),
        ("wsr/session/{session}/recfile/{code}", "post", {"411", "413", "415", "507"}),
        ("campaigns/", "post", {"415"}),
    ],
)
def test_what_may_be_refused_of_a_body_or_a_header_is_described(
    description, path, method, statuses
):
    told = set(description["paths"][f"/api/v1/{path}"][method]["responses"])
    assert statuses == told & {"411", "412", "413", "415", "423", "460", "507"}


def test_the_documentation_page_loads_from_this_server_only(client):
    page = client.get("/api/v1/docs/")
    assert page.status_code == 200
    assert b"https://" not in page.content


def test_what_annotators_are_not_shown_of_a_clip_is_not_promised(description):
    clip = description["components"]["schemas"]["Clip"]
    assert not set(HIDDEN) & set(clip["required"])


def test_the_description_is_the_same_text_in_every_process(description):
    """Which refusals there are is a set, and each process has sets in another order."""
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            answers = operation["responses"].items()
            added = [status for status, answer in answers if "$ref" in answer]
            assert added == sorted(added), f"{method} {path}"
