"""What a test run takes over of the shell that it is started from, and of the machine."""

from __future__ import annotations

import os
import socket
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest

from speecheq.supervisor import claims
from tests.support import surroundings
from tests.support.processes import python, talking
from tests.support.servers import free_port, platform_env

SAY = "import os; print(sorted(name for name in os.environ if name.startswith('SPEECHEQ_')))"


@pytest.fixture
def shell(monkeypatch):
    """A shell in which somebody works with an installation of their own, behind a proxy."""
    own = {"SPEECHEQ_LEASE_S": "5", "DJANGO_SUPERUSER_EMAIL": "a@b", "REDIS_URL": "redis://x"}
    own |= {"DATABASE_URL": "postgres://x/y", "PORT": "1", "PYTHONWARNINGS": "error"}
    own |= {"http_proxy": "http://127.0.0.1:9", "NO_PROXY": "example.org", "no_proxy": ""}
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    return own


def test_nothing_of_an_installation_is_taken_over(shell, tmp_path):
    env = platform_env(tmp_path, SPEECHEQ_DEBUG="0")
    assert {name for name in shell if name in env} == {
        "PYTHONWARNINGS",
        "http_proxy",
        "NO_PROXY",
        "no_proxy",
    }
    assert (env["SPEECHEQ_HOME"], env["SPEECHEQ_DEBUG"]) == (str(tmp_path), "0")


def test_what_is_started_sees_what_it_is_given_and_nothing_else(shell, tmp_path):
    with talking(python("-c", SAY), env=platform_env(tmp_path)) as talker:
        assert talker.wait() == 0
        assert talker.text == "['SPEECHEQ_HOME']"


def test_servers_of_this_machine_are_asked_without_the_proxy(shell):
    surroundings.settle()
    assert os.environ["NO_PROXY"] == "example.org,127.0.0.1,localhost,::1"
    assert os.environ["no_proxy"] == "127.0.0.1,localhost,::1"
    assert urllib.request.proxy_bypass_environment("127.0.0.1:8000")
    surroundings.settle()  # again changes nothing
    assert os.environ["NO_PROXY"] == "example.org,127.0.0.1,localhost,::1"


def test_whoever_asks_no_proxy_at_all_is_left_alone(shell, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    surroundings.settle()
    assert os.environ["no_proxy"] == "*"


def test_python_prints_no_more_than_it_is_told_to_by_a_test(shell):
    surroundings.settle()
    assert "PYTHONWARNINGS" not in os.environ


@pytest.mark.parametrize(
    ("hour", "minute", "second", "left_s"), [(0, 0, 0, 86_400), (23, 59, 58, 2), (12, 0, 1, 43_199)]
)
def test_what_is_left_of_a_day_ends_at_midnight(hour, minute, second, left_s):
    now = datetime(2026, 12, 31, hour, minute, second, tzinfo=UTC)
    assert surroundings.left_of_day(now) == timedelta(seconds=left_s)


def test_a_port_is_given_to_one_server_alone_and_may_be_listened_on_again_and_again():
    ports = [free_port() for _ in range(50)]
    assert len(set(ports)) == 50
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", ports[0]))
    for _ in range(2):
        with claims.listen("127.0.0.1", ports[0]) as server:
            socket.create_connection(server.getsockname(), timeout=60).close()
