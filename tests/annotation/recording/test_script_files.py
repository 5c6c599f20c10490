"""Scripts as CSV and YAML: what is written is read again, and what is wrong is told by its line."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.recording import script_yaml
from annotation.recording.builtin import built_in
from annotation.recording.script import (
    KINDS,
    ORDERS,
    WrittenPrompt,
    WrittenScript,
    WrittenSection,
    problems,
    tidied,
)
from annotation.recording.script_tables import MAX_BYTES, ScriptFileError, read_csv, write_csv
from annotation.recording.script_yaml import read_yaml, write_yaml

PLAIN = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?", fullmatch=True)
# The empty text, formulas, apostrophes and words that YAML takes for something else.
TRICKY = st.sampled_from(["", "=1+1", "'=1", "''-a", "no", "~", "null", "1.0", "2026-01-02"])
CHARACTERS = st.characters(exclude_categories=("Cc", "Cs"))
TEXTS = TRICKY | st.text(CHARACTERS | st.just("\n"), max_size=20)


@st.composite
def scripts(draw) -> WrittenScript:
    """Scripts that may be stored."""
    names = draw(st.lists(PLAIN, min_size=1, max_size=3, unique=True))
    sizes = [draw(st.integers(1, 4)) for _ in names]
    sections = tuple(
        WrittenSection(
            name=name,
            kind=draw(st.sampled_from(KINDS)),
            order=draw(st.sampled_from(ORDERS)),
            prompts=tuple(draw(prompts(f"{name}-{number}")) for number in range(size)),
        )
        for name, size in zip(names, sizes, strict=True)
    )
    return tidied(
        WrittenScript(
            code=draw(PLAIN),
            version=draw(st.none() | st.integers(1, 9999)),
            title=draw(TEXTS),
            language=draw(st.sampled_from(["zh", "en-GB", "no"])),
            sections=sections,
        )
    )


@st.composite
def prompts(draw, key: str) -> WrittenPrompt:
    esc, eis = draw(st.sampled_from([("", None), ("NEU", 0), ("HAP", 3), ("SAD", None)]))
    return WrittenPrompt(
        key=key,
        text=draw(TEXTS.filter(str.strip)),
        transcript=draw(TEXTS),
        language=draw(st.sampled_from(["", "en"])),
        target_esc=esc,
        target_eis=eis,
        hint=draw(TEXTS),
        scenario=draw(TEXTS),
    )


@settings(max_examples=40, deadline=None)
@given(scripts())
def test_what_is_written_is_read_again(script):
    assert problems(script) == []
    assert read_csv(write_csv(script)) == script
    assert read_yaml(write_yaml(script)) == script


@pytest.mark.parametrize("code", ["seqd-zh-1", "seqd-en-1"])
def test_a_built_in_script_goes_through_both_kinds_of_file(code):
    script = built_in(code).script
    assert read_csv(write_csv(script)) == script == read_yaml(write_yaml(script))


def csv_of(*rows: str) -> bytes:
    return "\n".join(rows).encode()


def refused(read, content: bytes, **given: str) -> list[tuple[str, str]]:
    with pytest.raises(ScriptFileError) as error:
        read(content, given)
    return [(each.field, each.detail) for each in error.value.problems]


def test_a_table_of_keys_and_texts_is_enough_where_the_rest_is_given():
    script = read_csv(csv_of("text,key", "窗户关着。,a"), {"code": "house", "language": "zh"})
    assert script == WrittenScript(
        "house", "zh", (WrittenSection("main", (WrittenPrompt("a", "窗户关着。"),)),)
    )


def test_an_empty_cell_means_as_above():
    script = read_csv(
        csv_of(
            "code,language,section,kind,order,key,text",
            "house,zh,warm-up,training,,a,一",
            ",,,,,b,二",
            ",,all,,random,c,三",
        )
    )
    assert [(s.name, s.kind, s.order, len(s.prompts)) for s in script.sections] == [
        ("warm-up", "training", "fixed", 2),
        ("all", "main", "random", 1),
    ]


def test_what_is_given_beside_a_file_holds_over_the_file():
    content = csv_of("code,version,language,key,text", "house,1,zh,a,一")
    script = read_csv(content, {"code": "other", "version": "3"})
    assert (script.code, script.version, script.language) == ("other", 3, "zh")


def test_a_byte_order_mark_is_passed_over():
    for read, write in ((read_csv, write_csv), (read_yaml, write_yaml)):
        script = WrittenScript("a", "zh", (WrittenSection("s", (WrittenPrompt("k", "一"),)),))
        content = write(script).removeprefix(codecs.BOM_UTF8)
        assert read(codecs.BOM_UTF8 + content) == read(content) == script


def test_a_spreadsheet_sees_no_formula():
    prompt = WrittenPrompt("k", "=cmd()", hint="-1", scenario="'+1")
    written = write_csv(WrittenScript("a", "zh", (WrittenSection("s", (prompt,)),)))
    assert b"'=cmd()," in written and b",'-1,''+1" in written


def test_wrong_rows_are_told_by_line_and_all_at_once():
    rows = ["code,section,order,key,text,target_eis", "x,s,fixed,a,一,", ",,,b", ",,random,c,三,"]
    rows += [",,,d,四,high", 'y,,,e,"五\n六",', ",t,,f,七,", ",s,,g,八,"]
    assert refused(read_csv, csv_of(*rows)) == [
        ("line 3", "line 3: 4 cells below 6 columns."),
        ("line 4", "line 4: order 'random', but 'fixed' above."),
        (
            "line 5",
            "line 5: target_eis 'high' is no intensity. Write one of 0, 1, 2, 3, or nothing "
            "where none is intended.",
        ),
        ("line 6", "line 6: code 'y', but 'x' above."),
        (
            "line 9",
            "line 9: the section 's' began at line 2 and another stands between. "
            "Put its rows together.",
        ),
    ]


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        ("", "lacks key, text"),
        ("key,said", "lacks text"),
        ("key,text,key", "has 'key' twice"),
        ("key,text,colour", "has 'colour', which is no column"),
    ],
)
def test_a_header_names_known_columns(header, fault):
    ((place, detail),) = refused(read_csv, csv_of(header, "a,b,c"))
    assert place == "line 1" and fault in detail


@pytest.mark.parametrize(("separator", "word"), [(";", "semicolons"), ("\t", "tabs")])
def test_another_separator_than_a_comma_is_named(separator, word):
    ((place, detail),) = refused(read_csv, csv_of(f"key{separator}text", f"a{separator}Yes."))
    assert place == "line 1" and f"separated by {word}" in detail and "commas" in detail


def test_what_is_no_csv_is_told_with_its_line():
    ((_, detail),) = refused(read_csv, csv_of("key,text", 'a,"b" c'))
    assert detail.startswith("Line 2 is not CSV")


@pytest.mark.parametrize("read", [read_csv, read_yaml])
def test_other_encodings_and_too_large_files_are_refused(read):
    ((_, detail),) = refused(read, "key,text\na,窗".encode("gb18030"))
    assert detail == "Byte 0xb4 is not UTF-8. Save the file as UTF-8."
    ((_, detail),) = refused(read, b"a" * (MAX_BYTES + 1))
    assert "are the most" in detail


def test_too_many_rows_end_the_reading():
    content = csv_of("key,text", *(f"k{n},x" for n in range(3000)))
    assert refused(read_csv, content) == [
        ("line 2002", "line 2002: a script has at most 2000 prompts. Split it.")
    ]


def test_a_line_of_yaml_is_kept_with_its_prompt():
    content = b"code: a\nlanguage: zh\nsections:\n- name: s\n  prompts:\n  - key: k\n    text: x\n"
    assert [each.place for each in read_yaml(content).prompts()] == ["line 6"]


def test_words_of_yaml_stay_texts():
    content = b"code: a\nlanguage: no\nsections: [{name: s, prompts: [{key: 07, text: yes}]}]"
    script = read_yaml(content)
    assert script.language == "no"
    assert [(each.key, each.text) for each in script.prompts()] == [("07", "yes")]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", "The file is empty"),
        ("- a", "line 1: names with values are wanted"),
        ("code: a\ncolour: red", "line 2: no name 'colour' here. Known: code, version"),
        ("code: a\ncode: b", "line 2: code stands twice"),
        ("code: [a]", "line 1: code is not a text"),
        ("version: new", "version 'new' is not a whole number"),
        ("sections: all", "line 1: sections is not a list"),
        ("sections:\n- 3", "line 2: names with values are wanted"),
        ("a: &x 1\nb: *x", "line 2: aliases (*) are not read"),
        ("code: !!python/name:os.system", "line 1: tags (!) are not read"),
        ("[" * 10_000, "line 1: a script is not nested so deeply"),
        ("code: 'a", "is not YAML"),
        ("a: 1\n---\nb: 2", "is not YAML"),
        ("code: \x00", "is not YAML"),
    ],
)
def test_what_is_no_script_in_yaml_is_refused(content, fault):
    ((_, detail),) = refused(read_yaml, content.encode())
    assert fault in detail


def test_a_bomb_of_aliases_is_refused_before_it_is_built():
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    ((_, detail),) = refused(read_yaml, "\n".join(lines).encode())
    assert "aliases" in detail


def test_a_long_list_of_nothing_is_refused(monkeypatch):
    monkeypatch.setattr(script_yaml, "MAX_EVENTS", 50)
    ((_, detail),) = refused(read_yaml, ("sections: [" + "a, " * 100 + "a]").encode())
    assert "too many values" in detail


def test_wrong_prompts_of_yaml_are_told_all_at_once():
    content = "sections:\n- name: s\n  prompts:\n  - {key: a, eis: 1}\n  - {key: b, target_eis: x}"
    assert [place for place, _ in refused(read_yaml, content.encode())] == ["line 4", "line 5"]


@pytest.mark.parametrize("name", ["[a, b]", "{a: b}"])
def test_a_name_that_is_no_word_is_refused_in_words(name):
    with pytest.raises(ScriptFileError) as refused:
        read_yaml(f"? {name}\n: c\n".encode())
    assert "Node" not in str(refused.value)
    assert "line 1: a name is a word" in str(refused.value)
