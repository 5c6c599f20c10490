"""The OpenAPI description: complete, valid, and served as a page."""

from __future__ import annotations

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


def test_the_documentation_page_loads_from_this_server_only(client):
    page = client.get("/api/v1/docs/")
    assert page.status_code == 200
    assert b"https://" not in page.content


def test_what_annotators_are_not_shown_of_a_clip_is_not_promised(description):
    clip = description["components"]["schemas"]["Clip"]
    assert not set(HIDDEN) & set(clip["required"])
