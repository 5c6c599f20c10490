"""The tools behind the Makefile: before, and while, an environment is made."""

from __future__ import annotations

import http.server
import importlib.util
import json
import os
import socket
import subprocess
import sys
import threading
from types import ModuleType

import pytest

from tests.support.processes import ROOT


def tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


preflight, setup_env = tool("preflight"), tool("setup_env")


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "-C", str(ROOT), *arguments]
    env = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_make_alone_lists_the_commands():
    listed = make().stdout
    for name in ("demo", "test", "lint", "bench", "bench-peer", "help"):
        assert f"make {name} " in listed


def test_a_busy_port_stops_the_demo_before_any_work(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        venv = tmp_path / "venv"
        done = make("demo", f"PORT={port}", f"VENV={venv}", f"SPEECHEQ_HOME={tmp_path / 'home'}")
    assert done.returncode != 0
    assert f"Port {port} is in use by another program" in done.stderr
    assert not venv.exists()


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_port_that_is_none_is_refused(port, tmp_path):
    done = make("demo", f"PORT={port}", f"SPEECHEQ_HOME={tmp_path}")
    assert f"PORT={port} is no port" in done.stderr


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    said = preflight.why_not_writable(tmp_path / "file" / "home", "SPEECHEQ_HOME")
    assert "choose a folder of your own with SPEECHEQ_HOME=" in said
    assert preflight.why_not_writable(tmp_path / "new" / "home", "SPEECHEQ_HOME") is None


def test_no_suitable_python_is_one_sentence(tmp_path):
    env = {"PATH": str(tmp_path), "PYTHON": "/no/python"}
    command = ["/bin/sh", str(ROOT / "tools" / "find_python")]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("No Python 3.11 or 3.12 found")


@pytest.fixture
def environment(tmp_path):
    """A folder that looks like an environment made from the current pins."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    constraints = ROOT / "constraints.txt"
    stamp = {"from": setup_env.fingerprint(constraints), "have": ["speecheq-platform", "demo"]}
    (tmp_path / setup_env.STAMP).write_text(json.dumps(stamp))
    return tmp_path


def test_an_environment_made_from_the_same_pins_is_reused(environment):
    made_from = setup_env.fingerprint(ROOT / "constraints.txt")
    assert setup_env.installed(environment, made_from) == {"speecheq-platform", "demo"}


def test_changed_pins_make_an_environment_stale(environment):
    assert setup_env.installed(environment, "something else") == set()


def test_an_environment_whose_python_is_gone_is_made_again(environment):
    (environment / "bin" / "python").unlink()
    made_from = setup_env.fingerprint(ROOT / "constraints.txt")
    assert setup_env.installed(environment, made_from) == set()


def package(name: str, url: str) -> dict:
    return {"metadata": {"name": name}, "download_info": {"url": url}}


def test_a_plan_without_cuda_needs_no_notice():
    assert setup_env.cuda_notice([package("torch", "file:///none"), package("numpy", "x")]) is None


def test_a_plan_with_cuda_tells_the_size_and_the_choice(tmp_path):
    class Sized(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response(200)
            self.send_header("Content-Length", "1500000000")
            self.end_headers()

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Sized) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/wheel"
        plan = [package("nvidia-cublas", url), package("triton", url), package("torch", url)]
        said = setup_env.cuda_notice(plan)
        server.shutdown()
    assert "2 CUDA packages, 3.0 GB" in said
    assert "TORCH_INDEX_URL" in said


def test_a_size_that_is_not_told_is_not_made_up(tmp_path):
    wheel = tmp_path / "known.whl"
    wheel.write_bytes(b"x" * 100)
    plan = [package("nvidia-a", wheel.as_uri()), package("nvidia-b", "http://127.0.0.1:9/no")]
    assert "more than 0.0 GB" in setup_env.cuda_notice(plan)


def test_torch_is_pinned_exactly():
    assert setup_env.pinned(ROOT / "constraints.txt", "torch") == "torch==2.13.0"


def test_every_pin_is_exact_and_names_no_host():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(line.count("==") == 1 and "/" not in line for line in pins)
