"""Storing scripts: versions that never change, by those whose script it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from annotation.models import Prompt, Script
from annotation.recording.script import WrittenPrompt, WrittenScript, WrittenSection
from annotation.services.recording.scripts import (
    as_written,
    create_script,
    find_script,
    may_continue,
    prompts_in_order,
)
from speecheq.errors import Conflict, Forbidden, NotFound, RuleBroken
from speecheq.models import Outbox
from speecheq.roles import Role
from tests.factories import CorpusFactory, UserFactory, member

pytestmark = pytest.mark.django_db

PROMPTS = (
    WrittenPrompt("a", "窗户关着。", target_esc="HAP", target_eis=2, hint="慢", scenario="在家"),
    WrittenPrompt("b", "Room 3.", transcript="Room three.", language="en"),
    WrittenPrompt("c", "桌上有书。", target_esc="NEU", target_eis=0),
)
WRITTEN = WrittenScript(
    code="house",
    language="zh",
    title="At home",
    sections=(
        WrittenSection("warm-up", PROMPTS[2:], kind="training"),
        WrittenSection("all", PROMPTS[:2], order="random"),
    ),
)


def made(written, *, by):
    return create_script(written, by=by)[0]


def retitled(title: str) -> WrittenScript:
    return replace(WRITTEN, title=title)


@pytest.fixture
def manager():
    return member(CorpusFactory(), Role.DATA_MANAGER)


def test_a_script_is_stored_as_written(manager):
    script = made(WRITTEN, by=manager)
    assert as_written(script) == replace(WRITTEN, version=1)
    assert script.created_by == manager and not script.is_builtin


def test_what_is_spoken_is_the_text_unless_given(manager):
    prompts = made(WRITTEN, by=manager).prompts.order_by("key")
    assert [each.transcript for each in prompts] == ["窗户关着。", "Room three.", "桌上有书。"]


def test_phonemes_are_stored_with_each_prompt(manager):
    first = made(WRITTEN, by=manager).prompts.get(key="a")
    assert first.phonemes[:4] == ["zh:ch", "zh:uang1", "zh:h", "zh:u4"]


def test_a_prompt_that_cannot_be_read_has_no_phonemes(manager):
    unread = replace(WRITTEN, sections=(WrittenSection("s", (WrittenPrompt("x", "3个"),)),))
    assert made(unread, by=manager).prompts.get().phonemes is None


def test_the_next_version_leaves_the_earlier_one(manager):
    first = made(WRITTEN, by=manager)
    changed = replace(WRITTEN, sections=WRITTEN.sections[:1])
    second = made(changed, by=manager)
    assert (first.version, second.version) == (1, 2)
    assert as_written(first).sections == WRITTEN.sections
    assert find_script("house") == second and find_script("house@1") == first


def test_versions_may_be_left_out_between(manager):
    made(WRITTEN, by=manager)
    assert made(replace(retitled("Later"), version=5), by=manager).version == 5


@pytest.mark.parametrize("version", [None, 1, 7])
def test_what_says_the_same_as_the_newest_is_that_version(manager, version):
    first = made(WRITTEN, by=manager)
    assert create_script(replace(WRITTEN, version=version), by=manager) == (first, False)
    assert Script.objects.filter(code="house").count() == 1
    assert Outbox.objects.filter(payload__action="script.created").count() == 1


def test_the_same_with_other_line_breaks_and_blanks_is_the_same(manager):
    first = made(retitled("At home\nand away"), by=manager)
    again = create_script(retitled(" At home\r\nand away "), by=manager)
    assert again == (first, False)


def test_an_older_version_is_known_where_it_is_asked_for(manager):
    first = made(WRITTEN, by=manager)
    second = made(retitled("Changed"), by=manager)
    assert create_script(replace(WRITTEN, version=1), by=manager) == (first, False)
    with pytest.raises(Conflict):
        create_script(replace(retitled("Changed"), version=1), by=manager)
    back, is_new = create_script(WRITTEN, by=manager)
    assert (second.version, back.version, is_new) == (2, 3, True)


@pytest.mark.parametrize("version", [1, 2])
def test_a_version_at_or_below_the_newest_is_refused(manager, version):
    made(replace(WRITTEN, version=2), by=manager)
    with pytest.raises(Conflict, match=r"at version 2.*Give 3 or more") as refused:
        made(replace(retitled("Changed"), version=version), by=manager)
    assert refused.value.code == "script_exists"


def test_a_broken_script_is_refused_whole_with_all_that_is_wrong(manager):
    twice = (*PROMPTS[:2], replace(PROMPTS[0], target_esc="NEU"))
    broken = replace(WRITTEN, code="No Code", sections=(WrittenSection("all", twice),))
    with pytest.raises(RuleBroken) as refused:
        made(broken, by=manager)
    found = {(each.field, each.code) for each in refused.value.errors}
    assert found == {
        ("code", "invalid"),
        ("sections.0.prompts.2.target_eis", "neu_needs_zero"),
        ("sections.0.prompts.2.key", "repeated_key"),
    }
    assert not Script.objects.filter(code="No Code").exists()


def test_a_built_in_code_is_refused_even_to_an_administrator():
    Script.objects.create(code="given", language="en", is_builtin=True)
    with pytest.raises(Forbidden, match="'given' is built in") as refused:
        made(replace(WRITTEN, code="given"), by=UserFactory(is_superuser=True))
    assert refused.value.code == "script_reserved"


def test_a_manager_elsewhere_cannot_continue_somebody_elses_script(manager):
    made(WRITTEN, by=manager)
    stranger = member(CorpusFactory(), Role.DATA_MANAGER)
    with pytest.raises(Forbidden, match="made by others") as refused:
        made(WRITTEN, by=stranger)
    assert refused.value.code == "script_of_others"


def test_a_manager_of_the_makers_corpus_may_continue_it(manager):
    made(WRITTEN, by=manager)
    corpus = manager.memberships.get().corpus
    assert made(retitled("Ours"), by=member(corpus, Role.DATA_MANAGER)).version == 2
    assert not may_continue("house", member(corpus, Role.SESSION_OPERATOR))


def test_a_script_that_is_not_there_is_named_with_those_that_are(manager):
    made(WRITTEN, by=manager)
    with pytest.raises(NotFound, match=r"No script 'hous@1'. Known: .*house"):
        find_script("hous@1")
    with pytest.raises(NotFound):
        find_script("house@one")


def test_the_order_of_a_session_is_drawn_from_its_seed(manager):
    script = made(WRITTEN, by=manager)
    orders = {tuple(each.key for each in prompts_in_order(script, seed)) for seed in range(20)}
    assert orders == {("c", "a", "b"), ("c", "b", "a")}


def test_storing_costs_the_same_number_of_statements_for_many_prompts(
    manager, django_assert_max_num_queries
):
    many = tuple(WrittenPrompt(f"p{n}", "窗户关着。") for n in range(200))
    with django_assert_max_num_queries(25):
        made(replace(WRITTEN, sections=(WrittenSection("s", many),)), by=manager)
    assert Prompt.objects.filter(script__code="house").count() == 200


def test_who_made_a_script_is_in_the_audit_log(manager):
    made(WRITTEN, by=manager)
    told = Outbox.objects.filter(payload__action="script.created").get().payload
    assert (told["actor"], told["subject"]) == (manager.public_id, "house@1")
