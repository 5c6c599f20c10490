import hashlib
import json

from annotation.exports.manifest import ReleaseSums, build_manifest, manifest_bytes
from annotation.exports.rows import row_bytes
from tests.annotation.exports.rows import row, sparse_row

ROWS = [row(0), row(1, esc="NEU", eis=0), sparse_row(2, audio_sha256=None, duration_ms=None)]


def sums_of(rows):
    sums = ReleaseSums()
    for each in rows:
        sums.add(each)
    return sums


def manifest(rows=ROWS, **changed):
    parts = {
        "release": {"name": "demo", "version": "1.0.0"},
        "corpora": [{"slug": "b", "licence": "CC0"}, {"slug": "a", "licence": "CC BY 4.0"}],
        "label_space": {"code": "core-7", "version": 1},
        "consensus": {"method": "plurality"},
        "splits": {"seed": 1},
        "left_out": {"unlabelled": 2},
        "leaks": {"pairs": []},
    }
    return build_manifest(**(parts | changed), sums=sums_of(rows))


def test_the_release_hash_is_that_of_all_canonical_lines():
    expected = hashlib.sha256(b"".join(row_bytes(each) for each in ROWS)).hexdigest()
    assert manifest()["checksums"]["release"] == expected


def test_each_split_has_the_hash_of_its_stream():
    checksums = manifest()["checksums"]
    assert checksums["dev"] == hashlib.sha256(row_bytes(ROWS[1])).hexdigest()


def test_the_hash_changes_with_any_label():
    changed = [row(0, esc="SAD"), *ROWS[1:]]
    assert sums_of(changed).sha256 != sums_of(ROWS).sha256


def test_labels_speakers_and_durations_are_counted_by_split():
    counts = manifest()["counts"]
    assert counts["splits"]["dev"] == {
        "clips": 1,
        "label_only": 0,
        "speakers": 1,
        "duration_ms": 1501,
        "ratings": 3,
        "esc": {"NEU": 1},
        "eis": {"0": 1},
        "sex": {"female": 1},
        "language": {"zh": 1},
        "provenance": {"perceived": 1},
        "corpus": {"demo": 1},
    }
    assert (counts["all"]["clips"], counts["all"]["label_only"]) == (3, 1)
    assert counts["all"]["eis"] == {"2": 1, "0": 1, "null": 1}


def test_a_clip_of_unknown_speaker_is_no_speaker():
    assert manifest()["counts"]["splits"]["test"]["speakers"] == 0


def test_the_licence_of_every_corpus_is_named_in_order():
    assert [each["slug"] for each in manifest()["corpora"]] == ["a", "b"]


def test_the_manifest_has_the_same_bytes_each_time():
    assert manifest_bytes(manifest()) == manifest_bytes(json.loads(manifest_bytes(manifest())))
