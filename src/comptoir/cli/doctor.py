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
from comptoir.engine.doctor import Finding, Outcome, examine, worst
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
    place = "".join(f"{each}: " for each in (finding.about, finding.setting) if each)
    extent = f" ({finding.extent})" if finding.extent else ""
    say(mark, f"{finding.check}: {place}{finding.what}{extent}", "" if finding.outcome is Outcome.OK else style)
    if finding.fix is not None:
        say("  →", str(finding.fix))


def _verdict(findings: Sequence[Finding]) -> str:
    counts = Counter(each.outcome for each in findings)
    if worst(findings) is Outcome.OK:
        return f"All is well: {len(findings)} things were looked at."
    problems, warnings = counts[Outcome.PROBLEM], counts[Outcome.WARNING]
    return f"Problems: {problems}. Warnings: {warnings}. Well: {counts[Outcome.OK]}."
