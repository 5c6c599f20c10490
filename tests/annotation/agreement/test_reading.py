"""CSV files become tables, or errors that say where."""

from __future__ import annotations

import gzip
import io

import pytest

from annotation.agreement import AgreementInputError, read_table

LONG = "clip_key,rater,value\na,x,HAP\na,y,SAD\nb,x,\n"
COUNTS = "clip_key,n_10,n_9\na,1,2\nb,0,0\n"


def read(text: str, level="nominal"):
    return read_table(io.BytesIO(text.encode()), level)


def refused(text: str, level="nominal") -> tuple[str, int | None, str | None]:
    with pytest.raises(AgreementInputError) as caught:
        read(text, level)
    return caught.value.code, caught.value.line, caught.value.column


def test_one_row_per_rating_is_read():
    table = read(LONG)
    assert (table.values, table.counts.tolist()) == (("HAP", "SAD"), [[1, 1]])


def test_counts_are_read_and_levels_put_in_order():
    table = read(COUNTS, "ordinal")
    assert (table.values, table.counts.tolist()) == ((9.0, 10.0), [[2, 1]])


def test_counts_of_names_are_in_the_order_of_the_names():
    assert read("clip_key,n_SAD,n_HAP\na,1,2\n").counts.tolist() == [[2, 1]]


def test_numbers_are_read_at_ordinal_level_and_nan_is_missing():
    table = read("clip_key,rater,value\na,x,2\na,y,10\na,z,NaN\n", "ordinal")
    assert (table.values, table.n_ratings) == ((2.0, 10.0), 2)


def test_blanks_a_byte_order_mark_and_quoted_line_breaks_do_no_harm():
    table = read('\ufeffclip_key, rater ,value\r\n"a\nb", x , HAP\r\n\r\n"a\nb",y,HAP\r\n')
    assert (table.n_items, table.n_ratings) == (1, 2)


def test_gzip_is_recognised_by_content(tmp_path):
    plain, packed = tmp_path / "plain.csv", tmp_path / "packed.csv.gz"
    plain.write_text(LONG)
    packed.write_bytes(gzip.compress(LONG.encode()))
    assert read_table(plain, "nominal").counts.tolist() == [[1, 1]]
    assert read_table(str(packed), "nominal").counts.tolist() == [[1, 1]]


def test_a_file_the_caller_opened_stays_open():
    stream = io.BytesIO(LONG.encode())
    read_table(stream, "nominal")
    assert not stream.closed


@pytest.mark.parametrize(
    ("text", "level", "where"),
    [
        ("", "nominal", ("no_header", 1, None)),
        ("clip_key,value\na,HAP\n", "nominal", ("missing_column", 1, "rater")),
        ("clip_key,rater\na,x\n", "nominal", ("missing_column", 1, None)),
        ("key,n_a\na,1\n", "nominal", ("missing_column", 1, "clip_key")),
        ("clip_key,rater,value,note\n", "nominal", ("unknown_column", 1, "note")),
        ("clip_key,n_a,level_a\n", "nominal", ("unknown_column", 1, "level_a")),
        ("clip_key,n_a,n_a\n", "nominal", ("duplicate_column", 1, "n_a")),
        ("clip_key,n_low\na,1\n", "ordinal", ("not_a_number", 1, "n_low")),
        ("clip_key,rater,value\na,x\n", "nominal", ("bad_row", 2, None)),
        ("clip_key,rater,value\n,x,HAP\n", "nominal", ("missing_clip", 2, "clip_key")),
        ("clip_key,rater,value\na,,HAP\n", "nominal", ("missing_rater", 2, "rater")),
        ("clip_key,rater,value\na,x,1\na,y,high\n", "ordinal", ("not_a_number", 3, "value")),
        ("clip_key,rater,value\na,x,inf\n", "interval", ("not_a_number", 2, "value")),
        ("clip_key,rater,value\na,x,1_0\n", "interval", ("not_a_number", 2, "value")),
        ("clip_key,rater,value\na,x,-1e200\n", "interval", ("not_a_number", 2, "value")),
        ("clip_key,n_a\na,-1\n", "nominal", ("bad_count", 2, "n_a")),
        ("clip_key,n_a\na,1.5\n", "nominal", ("bad_count", 2, "n_a")),
        ("clip_key,n_a\na,\n", "nominal", ("bad_count", 2, "n_a")),
        ("clip_key,n_a\na,99999999999999999999\n", "nominal", ("bad_count", 2, "n_a")),
        ('clip_key,rater,value\na,"x"y,HAP\n', "nominal", ("bad_csv", 2, None)),
    ],
)
def test_an_error_names_line_and_column(text, level, where):
    assert refused(text, level) == where


def test_a_duplicate_rating_names_both_lines():
    text = "clip_key,rater,value\na,x,HAP\nb,x,HAP\na,x,SAD\n"
    with pytest.raises(AgreementInputError, match="lines 2 and 4") as caught:
        read(text)
    assert (caught.value.code, caught.value.line) == ("duplicate_rating", 4)


def test_a_clip_counted_twice_names_both_lines():
    with pytest.raises(AgreementInputError, match="lines 2 and 3") as caught:
        read("clip_key,n_a\na,1\na,1\n")
    assert caught.value.code == "duplicate_clip"


def test_text_that_is_not_utf8_is_refused():
    with pytest.raises(AgreementInputError) as caught:
        read_table(io.BytesIO("clip_key,rater,value\na,x,高兴\n".encode("gb18030")), "nominal")
    assert caught.value.code == "not_utf8"


def test_a_damaged_gzip_file_is_refused():
    packed = gzip.compress(LONG.encode() * 50)[:40]
    with pytest.raises(AgreementInputError) as caught:
        read_table(io.BytesIO(packed), "nominal")
    assert caught.value.code == "bad_gzip"


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(AgreementInputError, match=r"absent\.csv"):
        read_table(tmp_path / "absent.csv", "nominal")


def test_an_unknown_level_is_refused():
    assert refused(LONG, "ratio")[0] == "unknown_level"
