"""The name and path guard."""

from __future__ import annotations

import os

import pytest

from speecheq import publicids
from speecheq.names import UnsafeName, download_name, path_below, storage_name

ID = publicids.derived("clp", "corpus", "key")


@pytest.fixture
def root(tmp_path):
    inside = tmp_path / "root"
    (inside / "folder").mkdir(parents=True)
    (inside / "folder" / "a.wav").touch()
    (tmp_path / "secret").touch()
    return inside


@pytest.mark.parametrize("relative", ["folder/a.wav", "folder/../folder/a.wav", "absent", "."])
def test_a_path_inside_is_given_back_whether_or_not_it_exists(root, relative):
    assert path_below(root, relative) == (root / relative).resolve()


@pytest.mark.parametrize(
    "relative",
    ["../secret", "/etc/passwd", "folder/../../secret", "..", "a\x00b", "a" * 300, "b/" * 3000],
)
def test_a_path_that_leads_outside_or_nowhere_is_unsafe(root, relative):
    with pytest.raises(UnsafeName):
        path_below(root, relative)


def test_a_link_is_followed_before_it_is_judged(root):
    os.symlink(root.parent / "secret", root / "out")
    os.symlink(root / "folder", root / "in")
    os.symlink("circle", root / "circle")
    assert path_below(root, "in/a.wav") == root / "folder" / "a.wav"
    for name in ("out", "circle", "circle/a"):
        with pytest.raises(UnsafeName):
            path_below(root, name)


def test_half_a_surrogate_pair_is_no_path(root):
    with pytest.raises(UnsafeName):
        path_below(root, "\ud800")


def test_a_stored_name_is_built_from_our_own_words():
    assert storage_name("clip-audio", ID, ".0a1b.flac") == f"clip-audio/{ID[-2:]}/{ID}.0a1b.flac"


@pytest.mark.parametrize(
    ("kind", "public_id", "suffix"),
    [
        ("../x", ID, ".wav"),
        ("clip", "../../etc", ".wav"),
        ("clip", ID + "\n", ".wav"),
        ("clip", ID, ".wav\n"),
        ("clip", ID, "/x"),
        ("clip", ID, ""),
        ("Clip", ID, ".wav"),
    ],
)
def test_no_other_name_is_stored(kind, public_id, suffix):
    with pytest.raises(UnsafeName):
        storage_name(kind, public_id, suffix)


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("voices", "1.0.0"), "voices-1.0.0.csv"),
        (('a"; filename="b', "1\r\nX: y"), "a_filename_b-1_X_y.csv"),
        (("语音", ""), "download.csv"),
        (("../../etc/passwd",), "etc_passwd.csv"),
    ],
)
def test_a_download_has_a_plain_name(parts, name):
    assert download_name(*parts, suffix=".csv") == name
