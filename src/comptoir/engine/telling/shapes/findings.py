"""What the doctor finds, for a machine."""

from __future__ import annotations

from dataclasses import dataclass

from comptoir.engine.doctor.findings import Finding
from comptoir.engine.telling.shapes.common import Say


@dataclass(frozen=True, slots=True)
class FindingShape:
    """One thing that was looked at; what does not apply is ""."""

    check: str
    outcome: str
    about: str
    setting: str
    what: str
    fix: str
    extent: str


def finding_shape(finding: Finding, say: Say = str) -> FindingShape:
    """A finding for a machine."""
    return FindingShape(
        check=finding.check,
        outcome=finding.outcome.value,
        about=finding.about,
        setting=finding.setting,
        what=say(finding.what),
        fix=say(finding.fix) if finding.fix else "",
        extent=say(finding.extent) if finding.extent else "",
    )
