"""The test run itself: suites by what a test needs, and nothing left out in silence."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests import run
from tests.support import postgres
from tests.support.processes import ROOT, running, tree, wait_until

TESTS = """
import pytest

def test_passes(): pass
"""
UNIT = run.Phase("unit", "SQLite", "without started processes")
LEFT_OUT = {
    "skipped": "@pytest.mark.skip(reason='too hard')\ndef test_hard(): pass\n",
    "xfailed": "@pytest.mark.xfail(reason='known')\ndef test_known(): assert False\n",
}


@pytest.fixture
def project(tmp_path):
    """An empty project that uses our plugin; its tests are run in a child process."""

    def run_tests(
        source: str, *arguments: str, **env: str
    ) -> tuple[subprocess.CompletedProcess, dict]:
        (tmp_path / "test_it.py").write_text(TESTS + source)
        (tmp_path / "pytest.ini").write_text("[pytest]\n")
        report = tmp_path / "report.json"
        plugins = ["-p", "xdist", "-p", "no:cacheprovider", "-p", "tests.support.suites"]
        command = [sys.executable, "-m", "pytest", "-q", *plugins, *arguments, str(tmp_path)]
        clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
        full = clean | {"PYTHONPATH": str(ROOT), "SPEECHEQ_TEST_REPORT": str(report)}
        full = full | {"SPEECHEQ_REQUIRE_ALL": "0"}
        full = full | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | env
        done = subprocess.run(
            command, cwd=tmp_path, env=full, capture_output=True, text=True, check=False
        )
        return done, json.loads(report.read_text())

    return run_tests


@pytest.mark.parametrize("left_out", LEFT_OUT)
@pytest.mark.parametrize("workers", ["0", "1"])
def test_a_skip_or_xfail_fails_only_where_all_is_required(project, left_out, workers):
    relaxed, report = project(LEFT_OUT[left_out], "-n", workers)
    strict, _ = project(LEFT_OUT[left_out], "-n", workers, SPEECHEQ_REQUIRE_ALL="1")
    assert relaxed.returncode == 0
    assert report["counts"] == {"passed": 1, left_out: 1}
    assert strict.returncode == 1
    assert f"{left_out}: " in strict.stdout and "nothing may be left out" in strict.stdout


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_deselection_fails_where_all_is_required(project, workers):
    more = "def test_other(): pass\n"
    done, report = project(more, "-n", workers, "-k", "passes", SPEECHEQ_REQUIRE_ALL="1")
    assert report["counts"] == {"passed": 1, "deselected": 1}
    assert done.returncode == 1


def test_tests_that_share_started_processes_stay_on_one_worker(project, tmp_path):
    source = """
import os, pathlib

@pytest.mark.processes
@pytest.mark.parametrize("i", range(12))
def test_shares(i):
    pathlib.Path(__file__).with_name("workers").open("a").write(f"{os.getpid()}\\n")
"""
    done, report = project(source, "-n", "2", "--dist", "loadgroup", "--suite", "processes")
    assert (done.returncode, report["counts"]) == (0, {"passed": 12})
    assert len(set((tmp_path / "workers").read_text().split())) == 1


def test_tests_that_share_what_their_module_makes_stay_on_one_worker(project, tmp_path):
    source = """
import os, pathlib

@pytest.fixture(scope="module")
def made():
    pathlib.Path(__file__).with_name("workers").open("a").write(f"{os.getpid()}\\n")

@pytest.mark.parametrize("i", range(12))
def test_shares(made, i): pass
"""
    done, report = project(source, "-n", "2", "--dist", "loadgroup", "--suite", "unit")
    assert (done.returncode, report["counts"]) == (0, {"passed": 13})
    assert len((tmp_path / "workers").read_text().split()) == 1


def test_a_file_that_starts_processes_says_so_or_the_run_fails(project, tmp_path):
    (tmp_path / "conftest.py").write_text(
        "import pytest\n"
        "@pytest.fixture\n"
        "def server(): pass\n"
        "@pytest.fixture\n"
        "def quiet(server): pass\n"
    )
    done, _ = project("def test_it(quiet): pass\n", "--suite", "unit")
    assert done.returncode != 0
    assert "test_it.py starts processes, and no word of it says so" in done.stdout + done.stderr


def test_a_file_that_touches_the_database_says_so_or_the_run_fails(project, tmp_path):
    (tmp_path / "conftest.py").write_text(
        "import pytest\n@pytest.fixture\ndef db(): pass\n@pytest.fixture\ndef filled(db): pass\n"
    )
    done, _ = project("def test_it(filled): pass\n", "--suite", "unit")
    assert done.returncode != 0
    assert "test_it.py touches the database, and no word of it says so" in done.stdout + done.stderr


def test_a_run_of_no_test_fails_where_all_is_required(project):
    done, _ = project("", "--suite", "server", SPEECHEQ_REQUIRE_ALL="1")
    assert done.returncode == 5


def test_a_failed_test_is_counted_once(project):
    done, report = project("def test_bad(): assert 0\n")
    assert done.returncode == 1
    assert report["counts"] == {"passed": 1, "failed": 1}


def test_a_broken_fixture_is_an_error(project):
    broken = "@pytest.fixture\ndef f(): 1 / 0\ndef test_it(f): pass\n"
    assert project(broken)[1]["counts"] == {"passed": 1, "errors": 1}


def outcome(code: int = 0, **counts: int) -> run.Outcome:
    return run.Outcome(UNIT, code, 1.0, counts)


def test_the_last_line_counts_everything():
    assert run.total([outcome(passed=3), outcome(passed=2)]) == "5 passed, 0 failed"
    assert run.total([outcome(1, passed=3, failed=2, skipped=1)]) == "3 passed, 2 failed, 1 skipped"


def test_a_run_that_broke_before_counting_is_a_failure():
    assert run.total([outcome(3)]) == "0 passed, 1 failed"


def test_what_a_phase_took_of_the_cpu_is_told():
    program = "for _ in range(10**6): pass\nprint('done')\nraise SystemExit(3)"
    found, said = run.watched(UNIT, [sys.executable, "-c", program], dict(os.environ))
    assert (found.code, said) == (3, "done\n")
    assert found.cpu_s > 0
    found.cpu_s = 12.4
    assert "(12 s of CPU)" in run.table([found])


def test_the_list_names_suite_and_database_and_reasons():
    done = outcome(1, passed=3, skipped=1)
    done.reasons.append("skipped: test_x: no Chromium")
    listed = run.table([done])
    assert "unit       SQLite      FAILED (exit code 1) 3 passed, 1 skipped" in listed
    assert "no Chromium" in listed


def test_every_suite_runs_once_and_only_what_starts_no_process_gives_way():
    phases = [phase for lane in run.LANES for phase in lane]
    assert sorted(phase.suite for phase in phases) == ["database", "processes", "server", "unit"]
    patient = {phase.suite for phase in phases if phase.niceness}
    assert patient == {"unit", "database"}


def test_postgres_has_a_fallback_inside_a_wheel(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    folders = postgres.wheel_binaries()
    assert folders and all((folder / "initdb").exists() for folder in folders)


@pytest.mark.processes
def test_a_cluster_from_the_wheel_answers_and_is_gone_afterwards(monkeypatch):
    """Behind closed doors the unprivileged user gets a copy; here always, when root."""
    monkeypatch.setattr(postgres, "find_binaries", lambda: postgres.wheel_binaries()[0])
    monkeypatch.setattr(postgres, "open_to_all", lambda folder: False)
    with postgres.running() as cluster:
        assert cluster.create_database("more").endswith("/more")
        folder = cluster.folder
        pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        processes = tree(pid)
        assert running(processes)
    assert not folder.exists()
    wait_until(lambda: not running(processes), "PostgreSQL ended")
