"""The same script from several people in one moment: with real threads and connections."""

from __future__ import annotations

from dataclasses import replace

import pytest

from annotation.models import Script
from annotation.recording.script import WrittenPrompt, WrittenScript, WrittenSection
from annotation.services.recording.scripts import create_script
from speecheq.roles import Role
from tests.annotation.services.test_queue_concurrency import at_once
from tests.factories import CorpusFactory, member

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.database,
]
MANY = 4
WRITTEN = WrittenScript(
    code="house",
    language="zh",
    sections=(WrittenSection("all", (WrittenPrompt("a", "窗户关着。"),)),),
)


@pytest.fixture
def manager():
    return member(CorpusFactory(), Role.DATA_MANAGER)


@pytest.mark.parametrize("before", [0, 1])
def test_one_file_imported_by_many_at_once_is_one_version(manager, before):
    if before:
        create_script(replace(WRITTEN, title="Earlier"), by=manager)
    stored = at_once(lambda _: create_script(WRITTEN, by=manager), range(MANY))
    assert sorted(is_new for _script, is_new in stored) == [False] * (MANY - 1) + [True]
    assert {script.version for script, _is_new in stored} == {before + 1}
    assert Script.objects.filter(code="house").count() == before + 1


def test_different_files_at_once_are_a_version_each(manager):
    titles = [f"By {n}" for n in range(MANY)]
    stored = at_once(lambda title: create_script(replace(WRITTEN, title=title), by=manager), titles)
    assert sorted(script.version for script, _is_new in stored) == [1, 2, 3, 4]
