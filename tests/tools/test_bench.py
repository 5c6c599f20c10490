"""`make bench`: each benchmark's own table, beside what was asked and when it ran."""

from __future__ import annotations

import importlib.util
import sys

import pytest

from benchmarks import run_all


@pytest.mark.parametrize("benchmark", run_all.BENCHMARKS, ids=lambda one: one.module)
def test_every_benchmark_of_the_list_exists(benchmark):
    assert importlib.util.find_spec(f"benchmarks.{benchmark.module}")


@pytest.fixture
def stub(tmp_path, monkeypatch):
    """Benchmarks that only print, in place of the real ones."""
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "good.py").write_text("print('| a | b |')")
    (folder / "bad.py").write_text("raise SystemExit(3)")
    monkeypatch.setattr(run_all, "ROOT", tmp_path)
    monkeypatch.setattr(
        run_all,
        "BENCHMARKS",
        (run_all.Benchmark("good", "Good", "a lot"), run_all.Benchmark("bad", "Bad", "more")),
    )
    monkeypatch.setattr(run_all, "commit", lambda: "abc1234")
    return tmp_path / "figures.md"


def bench(monkeypatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["run_all", *arguments])
    run_all.main()


def test_the_figures_hold_table_command_commit_and_load(stub, monkeypatch):
    bench(monkeypatch, "good", "--output", str(stub))
    figures = stub.read_text()
    for part in ("commit abc1234", "## Good", "Asked: a lot", "| a | b |", "load of 1, 5 and 15"):
        assert part in figures
    assert "`python -m benchmarks.good`" in figures


def test_a_benchmark_that_fails_is_named_and_the_others_are_kept(stub, monkeypatch):
    with pytest.raises(SystemExit, match="Failed: bad"):
        bench(monkeypatch, "--output", str(stub))
    figures = stub.read_text()
    assert "| a | b |" in figures
    assert "no figures from this run" in figures


def test_a_named_benchmark_renews_its_own_section_alone(stub, monkeypatch):
    stub.write_text("# Figures\n\n## Gone\n\nold\n\n## Good\n\nold\n\n## Bad\n\nearlier\n")
    bench(monkeypatch, "good", "--output", str(stub))
    figures = stub.read_text()
    assert "| a | b |" in figures
    assert figures.endswith("\n\n## Bad\n\nearlier\n")
    assert "old" not in figures


def test_an_unknown_name_lists_the_known_ones(stub, monkeypatch, capsys):
    with pytest.raises(SystemExit):
        bench(monkeypatch, "fast")
    assert "no benchmark 'fast'; there are good, bad" in capsys.readouterr().err
