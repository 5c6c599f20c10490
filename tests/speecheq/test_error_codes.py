"""Every error code that a client can meet stands in the catalogue, and the API's pages show it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import pytest
from django.urls import get_resolver
from django_filters import FilterSet
from rest_framework import serializers
from rest_framework.test import APIClient

from annotation.models import Clip
from speecheq.error_codes import FIELD_CODES, ErrorCode, catalogue, tables
from speecheq.openapi import as_table
from speecheq.serializers import StrictSerializer
from tests.support.error_codes import Codes, Found, sources

PRODUCT = ("speecheq", "annotation", "training")
COMMAND_LINE = "annotation/agreement/"
"""Its errors become words of the `agreement` command; no client meets their codes."""


@pytest.fixture(scope="module")
def codes() -> Codes:
    return Codes(sources())


@pytest.fixture(scope="module")
def sent(codes) -> list[Found]:
    """The codes in the source that can reach a client."""
    return [each for each in codes.found if not each.where.startswith(COMMAND_LINE)]


def test_every_code_in_the_source_can_be_told_without_running_it(codes):
    assert codes.unreadable == []


def test_the_walk_sees_each_way_an_error_is_made(sent):
    seen = {each.code: each.status for each in sent if each.status}
    assert seen["campaign_not_open"] == 409  # `code` of a class
    assert seen["malformed"] == 400  # `status, code = 400, "malformed"`
    assert seen["job_finished"] == 409  # `raise Conflict(..., code=...)`
    assert seen["slug_taken"] == 409  # `field_error(..., kind=Conflict)`
    assert seen["unknown_esc"] == 422  # `field_error(...)`
    bare = {each.code for each in sent if not each.status}
    assert {"unknown_field", "duplicate_esc", "silent", "key_repeated"} <= bare
    assert {"assign_conflict", "worker_lost", "throttled", "bad_archive"} <= bare


def test_every_code_in_the_source_stands_in_the_catalogue(sent):
    missing = sorted(f"{each.code} ({each.where})" for each in sent if each.code not in catalogue())
    assert missing == []


def test_the_catalogue_gives_the_status_that_the_source_gives(sent):
    wrong = []
    for each in sent:
        told = catalogue()[each.code].status
        # A job's error has no status of its own, whatever it was raised as.
        if each.status and told != "job" and str(each.status) not in told.split(", "):
            wrong.append(f"{each.code} is {each.status} at {each.where}")
    assert wrong == []


def test_no_row_of_the_catalogue_is_dead(sent):
    assert set(catalogue()) - {each.code for each in sent} - field_codes() == set()


def test_every_code_of_the_framework_stands_in_the_catalogue():
    assert field_codes() - set(catalogue()) == set()


def test_no_code_of_the_framework_is_listed_in_vain():
    assert set(FIELD_CODES) - field_codes() == set()


def test_the_codes_of_the_command_line_reach_nobody_else():
    users = {
        module.path
        for module in sources()
        if not module.path.startswith(COMMAND_LINE) and "AgreementInputError" in module.text
    }
    assert users == {"annotation/management/commands/agreement.py"}


def test_a_code_has_one_meaning_in_all_packages(monkeypatch):
    training = import_module("training.error_codes")
    monkeypatch.setitem(training.ERROR_CODES, "silent", ErrorCode("422", "Something else."))
    tables.cache_clear()
    try:
        with pytest.raises(LookupError, match="'silent' stands in training"):
            tables()
    finally:
        tables.cache_clear()


def test_meanings_are_sentences():
    assert [code for code, row in catalogue().items() if not row.meaning.endswith(".")] == []
    assert [code for code, row in catalogue().items() if "|" in row.meaning] == []


def test_the_table_lists_codes_in_order():
    lines = as_table({"b": ErrorCode("422", "B."), "a": ErrorCode("job", "A.")}).splitlines()
    assert lines[2:] == ["| `a` | job | A. |", "| `b` | 422 | B. |"]


def test_the_description_of_the_api_lists_every_code(description):
    text = description["info"]["description"]
    assert [code for code in catalogue() if f"| `{code}` |" not in text] == []


def test_every_operation_describes_its_errors_as_problems(description):
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            wanted = {"401", "403"} | ({"404"} if "{" in path else set())
            wanted |= {"400", "409", "422"} if method in ("post", "put", "patch") else set()
            assert wanted <= set(operation["responses"]), (method, path)
    problem = description["components"]["responses"]["Conflict"]["content"]
    assert problem == {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
    }


def test_a_problem_has_the_shape_that_is_described(description):
    shape = description["components"]["schemas"]["Problem"]
    answer = APIClient().get("/api/v1/me/").json()
    assert sorted(answer) == sorted(shape["required"]) == sorted(shape["properties"])
    assert answer["code"] == "not_authenticated"


# --- what the framework says of a field -------------------------------------------------------


def field_codes() -> set[str]:
    """The codes that request serializers and filters of the product can put into `errors[]`."""
    get_resolver().reverse_dict  # noqa: B018 - imports every view
    found: set[str] = set()
    for kind in _ours(StrictSerializer):
        for field in _writable(kind()):
            found |= set(field.error_messages)
            found |= {code for each in field.validators if (code := getattr(each, "code", ""))}
    for kind in _ours(FilterSet):
        for field in kind(queryset=Clip.objects.none()).form.fields.values():
            found |= set(field.error_messages)
    return found


def _ours(kind: type) -> Iterator[type]:
    for each in kind.__subclasses__():
        if each.__module__.partition(".")[0] in PRODUCT:
            yield each
        yield from _ours(each)


def _writable(field: serializers.Field) -> Iterator[serializers.Field]:
    yield field
    if getattr(field, "child", None) is not None:
        yield from _writable(field.child)
    if isinstance(field, serializers.Serializer):
        for each in field.fields.values():
            if not each.read_only:
                yield from _writable(each)
