"""`comptoir doctor`: what is well, what is not, and what to do about it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from comptoir.cli.common import HomeOption, JsonOption, console, say
from comptoir.cli.errors import FAILED, reported
from comptoir.cli.speech import labelled, text, told
from comptoir.engine.doctor import CHECKS, Finding, Outcome, examine, worst
from comptoir.engine.telling.shapes.findings import finding_shape
from comptoir.storage.upkeep.home import Home
from comptoir.wiring import look_into

MARKS = {Outcome.OK: ("✓", "green"), Outcome.WARNING: ("!", "yellow"), Outcome.PROBLEM: ("✗", "red")}


@reported
def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Ask neither store nor company.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look at everything: the machine, the connections, the settings, what is planned and what is held.

    Each finding says what it means and how to mend it. Nothing is changed. Exit code 1 where something is a problem.
    """
    findings: list[Finding] = []
    for finding in examine(Home.named(home), look_into, datetime.now(UTC), offline=offline):
        findings.append(finding)
        _show(finding)
    console.print()
    console.print(_verdict(findings), style="bold")
    if as_json:
        print(
            json.dumps(
                {"outcome": worst(findings).value, "findings": [asdict(finding_shape(each)) for each in findings]}
            )
        )
    if worst(findings) is Outcome.PROBLEM:
        raise typer.Exit(FAILED)


def _show(finding: Finding) -> None:
    mark, style = MARKS[finding.outcome]
    extent = f" ({told(finding.extent)})" if finding.extent else ""
    words = told(finding.what) + extent
    for name in (finding.setting, finding.about, told(CHECKS[finding.check])):
        words = labelled(name, words)
    say(mark, words, "" if finding.outcome is Outcome.OK else style)
    if finding.fix is not None:
        say("  →", finding.fix)


def _verdict(findings: Sequence[Finding]) -> str:
    counts = Counter(each.outcome for each in findings)
    if worst(findings) is Outcome.OK:
        return text("All is well: {count} things were looked at.", count=str(len(findings)))
    numbers = {outcome.value: str(counts[outcome]) for outcome in Outcome}
    return text("Problems: {problem}. Warnings: {warning}. Well: {ok}.", **numbers)
