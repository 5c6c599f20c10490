"""What a written script may hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from annotation.recording import script
from annotation.recording.script import WrittenPrompt, WrittenScript, WrittenSection

PROMPT = WrittenPrompt("p1", "The door is open.")


def written(*prompts: WrittenPrompt, **more) -> WrittenScript:
    return WrittenScript("house", "en", (WrittenSection("all", prompts or (PROMPT,)),), **more)


def found(wrong: WrittenScript) -> list[tuple[str, str]]:
    return [(each.field, each.code) for each in script.problems(wrong)]


def test_a_script_of_one_prompt_is_in_order():
    assert script.problems(written()) == []


@pytest.mark.parametrize("code", ["", "House", "-a", "a-", "a b", "a" * 41, "a@1", "new"])
def test_a_code_is_short_and_plain(code):
    assert ("code", "invalid") in found(replace(written(), code=code))


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("", "The script has no code"),
        ("House", "The code 'House' may hold only lower-case letters"),
        ("a" * 41, "The code has 41 characters; it may have 40."),
        ("new", "'new' cannot be a code"),
    ],
)
def test_what_is_wrong_with_a_code_is_told_in_words(code, told):
    (problem,) = script.problems(replace(written(), code=code))
    assert problem.detail.startswith(told)


def test_a_script_without_a_language_is_told_so():
    (problem,) = script.problems(replace(written(), language=""))
    assert problem.detail == "The script has no language. Give its tag, such as zh, en or zh-CN."


@pytest.mark.parametrize("version", [0, 10_000])
def test_a_version_is_counted_from_one(version):
    (problem,) = script.problems(replace(written(), version=version))
    assert problem.detail.startswith(f"The version {version} is not a whole number from 1 to 9999.")


@pytest.mark.parametrize("version", [0, -1, 10_000])
def test_a_version_is_a_small_number(version):
    assert found(written(version=version)) == [("version", "out_of_range")]


@pytest.mark.parametrize("language", ["", "e", "english!", "a" * 36])
def test_a_script_names_its_language(language):
    assert found(replace(written(), language=language)) == [("language", "bad_language")]


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"key": ""}, "key", "required"),
        ({"text": ""}, "text", "required"),
        ({"text": "a" * 2001}, "text", "too_long"),
        ({"key": "=1+1"}, "key", "formula"),
        ({"hint": "a\x07"}, "hint", "control_character"),
        ({"scenario": "\ud800"}, "scenario", "control_character"),
        ({"language": "?"}, "language", "bad_language"),
        ({"target_esc": "JOY", "target_eis": 1}, "target_esc", "unknown_esc"),
        ({"target_esc": "UNK"}, "target_esc", "unknown_esc"),
        ({"target_esc": "HAP", "target_eis": 4}, "target_eis", "out_of_scale"),
        ({"target_esc": "HAP", "target_eis": 0}, "target_eis", "zero_needs_neu"),
        ({"target_esc": "NEU", "target_eis": 1}, "target_eis", "neu_needs_zero"),
        ({"target_eis": 1}, "target_esc", "eis_without_esc"),
    ],
)
def test_a_wrong_prompt_is_told_by_field(change, field, code):
    assert found(written(replace(PROMPT, **change))) == [(f"sections.0.prompts.0.{field}", code)]


def test_a_sentence_may_begin_like_a_formula():
    assert found(written(replace(PROMPT, text="- Is it you?"))) == []


def test_an_emotion_may_come_without_an_intensity():
    assert found(written(replace(PROMPT, target_esc="HAP"))) == []


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"name": ""}, "name", "required"),
        ({"kind": "warm-up"}, "kind", "invalid_choice"),
        ({"order": "latin"}, "order", "invalid_choice"),
        ({"prompts": ()}, "prompts", "empty"),
    ],
)
def test_a_wrong_section_is_told_by_field(change, field, code):
    wrong = replace(written(), sections=(replace(written().sections[0], **change),))
    assert (f"sections.0.{field}", code) in found(wrong)


def test_keys_are_unique_in_the_whole_script():
    sections = (WrittenSection("a", (PROMPT,)), WrittenSection("b", (PROMPT,)))
    assert found(replace(written(), sections=sections)) == [
        ("sections.1.prompts.0.key", "repeated_key")
    ]


def test_keys_that_look_alike_are_one():
    """An accent may be a part of its letter or stand behind it; no eye tells them apart."""
    prompts = (replace(PROMPT, key="caf\u00e9"), replace(PROMPT, key="cafe\u0301"))
    assert found(replace(written(), sections=(WrittenSection("a", prompts),))) == [
        ("sections.0.prompts.1.key", "repeated_key")
    ]


def test_names_of_sections_are_unique():
    section = written().sections[0]
    other = replace(section, prompts=(replace(PROMPT, key="p2"),))
    assert found(replace(written(), sections=(section, other))) == [
        ("sections.1.name", "repeated_name")
    ]


def test_a_script_has_a_prompt():
    assert ("sections", "empty") in found(replace(written(), sections=()))


def test_a_script_has_a_bounded_number_of_prompts_and_sections():
    many = [replace(PROMPT, key=f"p{n}") for n in range(script.MOST_PROMPTS + 1)]
    assert found(written(*many)) == [("sections", "too_many_prompts")]
    sections = tuple(
        WrittenSection(f"s{n}", (replace(PROMPT, key=f"p{n}"),))
        for n in range(script.MOST_SECTIONS + 1)
    )
    assert found(replace(written(), sections=sections)) == [("sections", "too_many_sections")]


def test_no_more_is_told_than_anybody_reads():
    wrong = [WrittenPrompt(f"p{n}", "") for n in range(200)]
    assert len(script.problems(written(*wrong))) == script.MOST_PROBLEMS


def test_a_problem_of_a_file_stands_at_its_line():
    wrong = script.problems(written(replace(PROMPT, text="", place="line 7")))
    assert [(each.field, each.detail) for each in wrong] == [
        ("line 7", "line 7: text is empty. Give one.")
    ]


def test_blanks_and_repeated_transcripts_are_taken_off():
    untidy = replace(PROMPT, text=" The door\r\nis open. ", transcript="The door\nis open.")
    tidy = next(script.tidied(written(untidy)).prompts())
    assert (tidy.text, tidy.transcript) == ("The door\nis open.", "")
