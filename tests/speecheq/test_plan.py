"""Which processes make the platform, on this machine and on odder ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from speecheq.supervisor import plan


def web_command() -> list[str]:
    return list(plan.web_spec(Path("/srv"), env={}, fd=3, workers=2, address="").command)


@pytest.mark.parametrize("is_writable", [True, False])
def test_the_web_processes_show_that_they_live_in_memory_where_they_may_write_to_it(
    monkeypatch, is_writable
):
    monkeypatch.setattr(plan.os, "access", lambda path, how: is_writable and how & os.W_OK)
    assert ("/dev/shm" in web_command()) is is_writable


@pytest.mark.parametrize(("cores", "workers"), [(1, 2), (2, 3), (64, 5)])
def test_there_are_some_more_web_processes_than_cores_and_not_too_many(monkeypatch, cores, workers):
    monkeypatch.setattr(plan, "cores", lambda: cores)
    assert plan.web_workers() == workers
