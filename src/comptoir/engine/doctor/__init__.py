"""The doctor: what is well with an installation, what is not, what each means, and what to do about it.

A look, from the machine outward: the data directory, the connections, the journal, then the platforms, all at once.
Nothing is written but a sign-in that was due for renewal; a check that fails is a finding itself and stops no other.
"""

from comptoir.engine.doctor.examine import examine
from comptoir.engine.doctor.findings import CHECKS, Finding, Outcome, worst

__all__ = ["CHECKS", "Finding", "Outcome", "examine", "worst"]
