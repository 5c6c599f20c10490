"""Settings from the environment: typed, or the process stops and names the variable."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speecheq import env

NAME = "SPEECHEQ_TEST_SETTING"


@pytest.fixture
def given_value(monkeypatch):
    return lambda value: monkeypatch.setenv(NAME, value)


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    monkeypatch.delenv(NAME, raising=False)
    monkeypatch.delenv(f"{NAME}_FILE", raising=False)


READERS = {
    "text": lambda: env.text(NAME),
    "secret": lambda: env.secret(NAME),
    "integer": lambda: env.integer(NAME),
    "number": lambda: env.number(NAME),
    "boolean": lambda: env.boolean(NAME),
    "choice": lambda: env.choice(NAME, among=["a", "b"]),
    "words": lambda: env.words(NAME),
    "path": lambda: env.path(NAME),
    "url": lambda: env.url(NAME, schemes=["redis"]),
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_missing_value_without_default_names_the_variable(read):
    with pytest.raises(env.BadSetting, match=f"{NAME} is not set"):
        read()


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_blank_value_counts_as_missing(read, given_value):
    given_value("  ")
    with pytest.raises(env.BadSetting, match="is not set"):
        read()


@pytest.mark.parametrize(
    ("read", "value", "wanted"),
    [
        (lambda: env.integer(NAME), "3.5", "a whole number"),
        (lambda: env.integer(NAME, minimum=1), "0", "a whole number of at least 1"),
        (lambda: env.integer(NAME, minimum=1, maximum=9), "10", "a whole number from 1 to 9"),
        (lambda: env.integer(NAME, maximum=9), "10", "a whole number of at most 9"),
        (lambda: env.number(NAME), "nan", "a number"),
        (lambda: env.number(NAME), "inf", "a number"),
        (lambda: env.boolean(NAME), "maybe", "one of 1, true, yes, on, 0, false, no, off"),
        (lambda: env.choice(NAME, among=["a", "b"]), "c", "one of a, b"),
        (lambda: env.url(NAME, schemes=["redis", "unix"]), "http://x", "starting with redis, unix"),
    ],
)
def test_a_malformed_value_is_shown_with_what_is_wanted(read, value, wanted, given_value):
    given_value(value)
    with pytest.raises(env.BadSetting, match=f"{NAME}='{value}' is not .*{wanted}"):
        read()


def test_defaults_stand_in_for_missing_values():
    assert env.integer(NAME, default=7) == 7
    assert env.boolean(NAME, default=False) is False
    assert env.words(NAME, default=("a",)) == ["a"]
    assert env.text(NAME, default=None) is None
    assert env.url(NAME, default="", schemes=["redis"]) == ""


@pytest.mark.parametrize(("value", "truth"), [("YES", True), ("on", True), ("0", False)])
def test_truth_has_several_words(value, truth, given_value):
    given_value(value)
    assert env.boolean(NAME) is truth


def test_a_list_drops_blanks(given_value):
    given_value(" a, ,b ,")
    assert env.words(NAME) == ["a", "b"]


def test_a_path_becomes_absolute(given_value, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    given_value("home")
    assert env.path(NAME) == tmp_path / "home"
    given_value("~/x")
    assert env.path(NAME) == Path.home() / "x"


def test_a_short_secret_is_refused_and_not_shown(given_value):
    given_value("hunter2")
    with pytest.raises(env.BadSetting, match="7 characters; 16 are needed") as refused:
        env.secret(NAME)
    assert "hunter2" not in str(refused.value)


def test_a_value_can_come_from_a_file(monkeypatch, tmp_path):
    file = tmp_path / "secret"
    file.write_text("a very long secret\n")
    monkeypatch.setenv(f"{NAME}_FILE", str(file))
    assert env.secret(NAME) == "a very long secret"


def test_an_unreadable_file_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "absent"))
    with pytest.raises(env.BadSetting, match=f"{NAME}_FILE=.*absent cannot be read"):
        env.text(NAME)


@given(number=st.integers(-(10**12), 10**12))
def test_every_whole_number_survives(number):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(NAME, f" {number} ")
        assert env.integer(NAME) == number
        assert env.number(NAME) == float(number)
