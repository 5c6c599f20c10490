"""Which suite a test belongs to, what ran, and nothing left out in silence.

`--suite unit` is everything without started processes; `database` the part of it that touches the
database (run again on PostgreSQL); `processes` starts servers, workers or a browser; `server` the
part of that which drives the whole platform (run again on PostgreSQL), but for what looks at pages
alone (`looks`), where the database below changes nothing. With SPEECHEQ_REQUIRE_ALL=1
any skip, xfail or deselection, and a run of no test, fails. With SPEECHEQ_TEST_REPORT=FILE the
counts are written there as JSON.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections import Counter
from pathlib import Path

import pytest

SUITES = ("all", "unit", "database", "processes", "server")
LEFT_OUT = ("skipped", "xfailed", "xpassed", "deselected")
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}
SERVER_FIXTURES = {"server"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--suite", choices=SUITES, default="all", help="which part of the tests")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[COUNTS] = Counter()
    config.stash[REASONS] = []
    config.addinivalue_line("markers", "xdist_group(name): stays on one worker")


COUNTS = pytest.StashKey[Counter[str]]()
REASONS = pytest.StashKey[list[str]]()


def suites_of(item: pytest.Item) -> set[str]:
    """The suites a test belongs to, besides `all`."""
    fixtures = set(getattr(item, "fixturenames", ()))
    if item.get_closest_marker("looks"):
        return {"processes"}
    if fixtures & SERVER_FIXTURES or item.get_closest_marker("e2e"):
        return {"processes", "server"}
    if item.get_closest_marker("processes") or item.get_closest_marker("browser"):
        return {"processes"}
    marked = item.get_closest_marker("django_db") or item.get_closest_marker("database")
    return {"unit", "database"} if marked or fixtures & DATABASE_FIXTURES else {"unit"}


# Without one of these words a file starts no process, or has nothing in the database: most files
# need not be loaded for those suites.
_STARTS = re.compile(r"mark\.(processes|browser|e2e|looks)\b|\bserver\b")
_STORES = re.compile(r"\b(django_db\w*|database|db|transactional_db|live_server)\b")


@functools.cache
def may_start_processes(file: Path) -> bool:
    """Whether a test of this file could belong to `processes` or `server`."""
    return "e2e" in file.parts or bool(_STARTS.search(file.read_text(encoding="utf-8")))


@functools.cache
def may_touch_database(file: Path) -> bool:
    """Whether a test of this file could belong to `database`."""
    return bool(_STORES.search(file.read_text(encoding="utf-8")))


MAY_HOLD = {
    "processes": may_start_processes,
    "server": may_start_processes,
    "database": may_touch_database,
}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    is_test = collection_path.name.startswith("test_") and collection_path.suffix == ".py"
    may_hold = MAY_HOLD.get(config.getoption("--suite"))
    return True if may_hold and is_test and not may_hold(collection_path) else None


def shares_what_its_module_makes(item: pytest.Item) -> bool:
    """Whether a fixture is made once for all tests of the file."""
    known = item._fixtureinfo.name2fixturedefs if isinstance(item, pytest.Function) else {}
    return any(made[-1].scope == "module" for made in known.values())


def pytest_itemcollected(item: pytest.Item) -> None:
    """Tests that share started processes stay on one worker, and so do those that share what is
    made once for their module. Marked here, since xdist reads the groups before any hook of ours
    may change the list."""
    suites = suites_of(item)
    if "database" in suites and not may_touch_database(item.path):
        raise pytest.UsageError(f"{item.path} touches the database, and no word of it says so.")
    if "processes" not in suites:
        if shares_what_its_module_makes(item):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
    else:
        if not may_start_processes(item.path):
            raise pytest.UsageError(f"{item.path} starts processes, and no word of it says so.")
        shared = SERVER_FIXTURES & set(getattr(item, "fixturenames", ()))
        # Two groups, so that two workers have each a server to drive.
        server = "looks" if item.get_closest_marker("looks") else "server"
        item.add_marker(pytest.mark.xdist_group(server if shared else item.path.stem))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the chosen suite."""
    wanted = config.getoption("--suite")
    if wanted != "all":
        items[:] = [item for item in items if wanted in suites_of(item)]


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Deselected by -k, -m or --deselect: counted, since it is easily forgotten."""
    for item in items:
        item.config.stash[COUNTS]["deselected"] += 1


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object, error: object) -> None:
    """An xdist worker ended: take over what it deselected (each collects all, so the most)."""
    output = getattr(node, "workeroutput", {})
    counts = node.config.stash[COUNTS]  # type: ignore[attr-defined]
    counts["deselected"] = max(counts["deselected"], output.get("deselected", 0))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if _PLUGIN.config is not None:
        outcome = outcome_of(report)
        if outcome:
            _PLUGIN.config.stash[COUNTS][outcome] += 1
        if outcome in ("skipped", "xfailed", "xpassed"):
            _PLUGIN.config.stash[REASONS].append(f"{outcome}: {report.nodeid}: {_reason(report)}")


def outcome_of(report: pytest.TestReport) -> str:
    """What this phase adds to the counts; empty for a phase that adds nothing."""
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else ("xpassed" if report.when == "call" else "")
    if report.failed:
        return "failed" if report.when == "call" else "errors"
    if report.skipped:
        return "skipped"
    return "passed" if report.when == "call" else ""


def _reason(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return str(report.wasxfail)
    return str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)


class _Plugin:
    """The running configuration, for the one hook that is not told it."""

    config: pytest.Config | None = None


_PLUGIN = _Plugin()


def pytest_sessionstart(session: pytest.Session) -> None:
    _PLUGIN.config = session.config


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Refuse a run that left something out; first of all, before an xdist worker reports."""
    counts = session.config.stash[COUNTS]
    if hasattr(session.config, "workeroutput"):  # an xdist worker: the controller decides
        session.config.workeroutput["deselected"] = counts["deselected"]
        return
    if os.environ.get("SPEECHEQ_REQUIRE_ALL") == "1" and session.exitstatus in (0, 5):
        if any(counts[name] for name in LEFT_OUT):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        elif not counts["passed"]:
            session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED
    report = os.environ.get("SPEECHEQ_TEST_REPORT")
    if report:
        ran = {name: n for name, n in counts.items() if n}
        found = {"counts": ran, "reasons": session.config.stash[REASONS]}
        Path(report).write_text(json.dumps(found), encoding="utf-8")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if os.environ.get("SPEECHEQ_REQUIRE_ALL") != "1":
        return
    counts, reasons = config.stash[COUNTS], config.stash[REASONS]
    if counts["deselected"]:
        reasons = [*reasons, f"deselected: {counts['deselected']} tests"]
    if reasons:
        terminalreporter.section("SPEECHEQ_REQUIRE_ALL=1: nothing may be left out")
        for reason in reasons:
            terminalreporter.line(reason, red=True)
