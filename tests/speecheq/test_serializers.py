"""Request bodies are read as they were meant: no field and no type is guessed."""

from __future__ import annotations

import pytest
from django.http import QueryDict
from rest_framework import serializers

from speecheq.errors import MOST_ERRORS, FieldError, flatten, problem
from speecheq.serializers import StrictSerializer, read


class PartSerializer(StrictSerializer):
    count = serializers.IntegerField()


class BodySerializer(StrictSerializer):
    name = serializers.CharField(required=False, allow_null=True)
    code = serializers.SlugField(required=False)
    count = serializers.IntegerField(required=False)
    share = serializers.FloatField(required=False)
    on = serializers.BooleanField(required=False)
    words = serializers.ListField(child=serializers.CharField(), required=False)
    caps = serializers.DictField(child=serializers.IntegerField(allow_null=True), required=False)
    parts = PartSerializer(many=True, required=False)
    when = serializers.DateTimeField(required=False)


def refused(body) -> list[tuple[str, str]]:
    """Fields and codes of what is wrong."""
    with pytest.raises(serializers.ValidationError) as caught:
        read(BodySerializer, body)
    return [(error.field, error.code) for error in flatten(caught.value.detail)]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("name", [5, True, 1.5, [], {}]),
        ("code", [5]),
        ("count", ["5", "５", 5.0, True, [], ""]),
        ("share", ["0.5", True, False, [], "nan"]),
        ("on", [1, 0, "true", "yes", "t", []]),
    ],
)
def test_a_value_of_another_type_is_refused_and_not_converted(field, values):
    for value in values:
        assert refused({field: value}) == [(field, "invalid")], value


def test_values_within_lists_and_dictionaries_are_told_by_their_place():
    assert refused({"words": ["a", 2, True]}) == [("words.1", "invalid"), ("words.2", "invalid")]
    assert refused({"caps": {"ann": "5", "bo": 3}}) == [("caps.ann", "invalid")]
    assert refused({"parts": [{"count": 1}, {"count": 1.0}]}) == [("parts.1.count", "invalid")]
    assert refused({"words": "a"}) == [("words", "not_a_list")]


def test_values_of_their_type_are_read_as_they_are():
    body = {
        "name": None,
        "count": 5,
        "share": 1,
        "on": False,
        "words": ["5"],
        "caps": {"ann": None, "bo": 3},
        "parts": [{"count": 1}],
    }
    assert read(BodySerializer, body) == body


def test_a_form_knows_nothing_but_text():
    found = read(BodySerializer, QueryDict("count=5&share=0.5&on=true"))
    assert (found["count"], found["share"], found["on"]) == (5, 0.5, True)


def test_a_body_that_is_wrong_all_over_is_told_in_short():
    unknown = {f"x{n}": 1 for n in range(10 * MOST_ERRORS)}
    assert len(refused(unknown)) == MOST_ERRORS
    assert len(refused({"words": [1] * 10 * MOST_ERRORS})) == MOST_ERRORS
    many = [FieldError(f"rows.{n}", "invalid", "No.") for n in range(10 * MOST_ERRORS)]
    assert [error["field"] for error in problem("malformed", "No.", many)["errors"]] == [
        f"rows.{n}" for n in range(MOST_ERRORS)
    ]
