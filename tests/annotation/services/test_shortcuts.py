"""Keys of one's own: one key does one thing, and what the scheme says holds for the rest."""

from __future__ import annotations

import pytest

from annotation.labelspaces.actions import ACTION_KEYS, CHOOSABLE
from annotation.models import Scheme, Shortcuts
from annotation.services import shortcuts
from speecheq.errors import NotFound, RuleBroken
from tests import factories

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def person():
    return factories.UserFactory()


@pytest.fixture
def scheme():
    return shortcuts.find_scheme("seqd-1")


def test_nobody_changed_anything_at_first(scheme, person):
    keys = shortcuts.keys_of(scheme, person)
    assert keys == shortcuts.defaults_of(scheme)
    assert (keys["esc:HAP"], keys["eis:2"], keys["action:replay"]) == ("Digit2", "KeyK", "Space")


@pytest.mark.parametrize("code", ["seqd-1", "brighter-1", "seqd-vad-1"])
def test_the_keys_of_the_built_in_schemes_are_all_different_and_choosable(code):
    keys = [key for key in shortcuts.defaults_of(shortcuts.find_scheme(code)).values() if key]
    assert len(keys) == len(set(keys))
    assert set(keys) <= set(CHOOSABLE)
    assert set(ACTION_KEYS.values()) <= set(keys)


def test_a_changed_key_is_kept_and_the_others_stay(scheme, person):
    keys = shortcuts.set_keys(scheme, person, {"esc:HAP": "KeyW"})
    assert keys == shortcuts.keys_of(scheme, person)
    assert keys == {**shortcuts.defaults_of(scheme), "esc:HAP": "KeyW"}


def test_two_keys_are_swapped_at_once(scheme, person):
    keys = shortcuts.set_keys(scheme, person, {"esc:HAP": "Digit3", "esc:ANG": "Digit2"})
    assert (keys["esc:HAP"], keys["esc:ANG"]) == ("Digit3", "Digit2")


def test_saying_nothing_takes_every_change_back(scheme, person):
    shortcuts.set_keys(scheme, person, {"eis:1": "KeyW"})
    assert shortcuts.set_keys(scheme, person, {}) == shortcuts.defaults_of(scheme)


def test_a_key_that_is_as_in_the_scheme_is_not_kept(scheme, person):
    shortcuts.set_keys(scheme, person, {"eis:1": "KeyJ", "eis:2": "KeyW"})
    assert Shortcuts.objects.get().keys == {"eis:2": "KeyW"}


@pytest.mark.parametrize(
    ("keys", "field", "code"),
    [
        ({"esc:JOY": "KeyW"}, "keys.esc:JOY", "unknown_action"),
        ({"action:shout": "KeyW"}, "keys.action:shout", "unknown_action"),
        ({"esc:HAP": "Enter"}, "keys.esc:HAP", "key_not_allowed"),
        ({"esc:HAP": "F5"}, "keys.esc:HAP", "key_not_allowed"),
        ({"esc:HAP": '"><script>'}, "keys.esc:HAP", "key_not_allowed"),
        ({"esc:HAP": "Digit3"}, "keys.esc:HAP", "key_taken"),
        ({"action:skip": "KeyK"}, "keys.action:skip", "key_taken"),
        ({"esc:HAP": "KeyW", "eis:0": "KeyW"}, "keys.eis:0", "key_taken"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(scheme, person, keys, field, code):
    with pytest.raises(RuleBroken) as refused:
        shortcuts.set_keys(scheme, person, keys)
    assert [(e.field, e.code) for e in refused.value.errors] == [(field, code)]
    assert not Shortcuts.objects.exists()


def test_a_new_version_keeps_what_was_changed(scheme, person):
    shortcuts.set_keys(scheme, person, {"esc:HAP": "KeyW", "esc:BOR": "KeyV"})
    newer = Scheme.objects.create(
        code=scheme.code,
        version=2,
        label_space=scheme.label_space,
        esc=[*scheme.esc[:3], {**scheme.esc[3], "code": "AAA", "key": "KeyW"}],
        eis=scheme.eis,
    )
    keys = shortcuts.keys_of(shortcuts.find_scheme(scheme.code), person)
    assert set(keys) == set(shortcuts.defaults_of(newer))
    assert keys["esc:HAP"] == "KeyW"
    assert keys["esc:AAA"] == ""  # its key is taken, so it has none until one is chosen


def test_a_choice_that_uses_the_key_of_an_action_wins(scheme):
    scheme.esc = [{**row, "key": "KeyP"} if row["code"] == "HAP" else row for row in scheme.esc]
    keys = shortcuts.defaults_of(scheme)
    assert (keys["esc:HAP"], keys["action:pause"]) == ("KeyP", "")


def test_keys_are_one_persons_own(scheme, person):
    shortcuts.set_keys(scheme, person, {"esc:HAP": "KeyW"})
    assert shortcuts.keys_of(scheme, factories.UserFactory())["esc:HAP"] == "Digit2"


def test_an_unknown_scheme_is_named():
    with pytest.raises(NotFound, match="no-such"):
        shortcuts.find_scheme("no-such")
