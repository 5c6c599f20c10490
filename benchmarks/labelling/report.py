"""Outcomes as Markdown, and several rounds as one outcome."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.labelling.workload import Calls, Outcome

COLUMNS = (
    "| database | server | thinks | labels/s | `next` p50 / p95 / p99 ms "
    "| `submit` p50 / p95 / p99 ms | server CPU ms a label | memory MB |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |"
)


def row(database: str, server: str, think_s: float, found: Outcome) -> str:
    thinks = f"{think_s} s" if think_s else "no pause"
    cells = [database, server, thinks, f"{found.labels_per_s:.1f}"]
    cells += [spread(found.next), spread(found.submit)]
    cells += [f"{found.cpu_ms_per_label:.1f}", f"{found.memory_mb:.0f}"]
    return "| " + " | ".join(cells) + " |"


def spread(calls: Calls) -> str:
    return " / ".join(f"{calls.percentile_ms(q):.1f}" for q in (50, 95, 99))


def merged(rounds: Sequence[Outcome]) -> Outcome:
    """Rounds of one workload as if they had been one."""

    def calls(name: str) -> Calls:
        each = [getattr(one, name) for one in rounds]
        return Calls(
            [took for one in each for took in one.seconds],
            [cpu for one in each for cpu in one.cpu_ms],
        )

    return Outcome(
        labels=sum(one.labels for one in rounds),
        wall_s=sum(one.wall_s for one in rounds),
        cpu_s=sum(one.cpu_s for one in rounds),
        memory_mb=max(one.memory_mb for one in rounds),
        next=calls("next"),
        submit=calls("submit"),
    )


def verdict(text: str, value: float, bar: float, *, at_least: bool) -> str:
    """One measured value beside its bar, and whether it holds."""
    holds = value >= bar if at_least else value <= bar
    sign = ">=" if at_least else "<="
    return f"- {text}: **{value:.2f}** (asked {sign} {bar:g}: {'holds' if holds else 'missed'})"
