"""axe-core on a page: which rules it breaks.

The script goes in through the debugging protocol, so that the page keeps its content security
policy. Every rule for WCAG 2.2 A and AA is run, experimental ones too, and every settled rule of
good practice.
"""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]

# By name: a choice by tag leaves out rules that axe-core calls experimental, of WCAG's too.
RULES = """wcag => axe.getRules()
  .filter(({ tags }) => wcag.some((tag) => tags.includes(tag)) ||
    (tags.includes("best-practice") && !tags.includes("experimental")))
  .map((rule) => rule.ruleId)"""
RUN = """async (rules) => {
  const options = { runOnly: { type: "rule", values: rules }, resultTypes: ["violations"] };
  const found = await axe.run(document, options);
  return {
    ran: ["violations", "passes", "incomplete", "inapplicable"]
      .flatMap((kind) => found[kind].map((rule) => rule.id)),
    broken: found.violations.flatMap((rule) => rule.nodes.map((node) =>
      `${rule.id} (${rule.impact}): ${node.target.join(" ")}: ${node.failureSummary}`)),
  };
}"""


def run(page: Page) -> dict[str, Any]:
    """`ran`: ids of the rules; `broken`: one line for each place that breaks one."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return dict(page.evaluate(RUN, page.evaluate(RULES, WCAG)))


def broken(page: Page) -> list[str]:
    """Every place that breaks a rule."""
    return list(run(page)["broken"])
