"""Codes by the names that people read."""

from __future__ import annotations

from django.template import Library

from speecheq.naming import name_codes


def test_each_filter_names_by_its_own_table_and_leaves_other_codes_as_they_are():
    register = Library()
    name_codes(register, sound={"flac": "FLAC"}, state={"open": "taken up"})
    sound, state = register.filters["sound"], register.filters["state"]
    assert [sound("flac"), sound("open")] == ["FLAC", "open"]
    assert [state("open"), state("flac")] == ["taken up", "flac"]
