"""What a check finds: an outcome, what it means, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from comptoir.books.problems import Message, Problem
from comptoir.engine.errors import HouseError
from comptoir.storage.vault import VaultError


class Outcome(StrEnum):
    """How it stands. A warning can wait; a problem stops work, or will make it wrong."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `about` is the connection it concerns, "" for the installation.

    `extent` says how much of it there is, where that was counted; `setting` which setting it is about.
    """

    check: str
    outcome: Outcome
    what: Message
    fix: Message | None = None
    about: str = ""
    extent: Message | None = None
    setting: str = ""


def worst(findings: Iterable[Finding]) -> Outcome:
    """The outcome of all together."""
    order = list(Outcome)
    return max((each.outcome for each in findings), key=order.index, default=Outcome.OK)


@dataclass(frozen=True, slots=True)
class Report:
    """Makes the findings of one check."""

    check: str
    about: str = ""

    def ok(self, what: str, **values: str) -> Finding:
        """It is as it should be."""
        return Finding(self.check, Outcome.OK, Message(what, values), None, self.about)

    def warning(self, what: str, fix: str, **values: str) -> Finding:
        """It can wait, and should not be forgotten."""
        return Finding(self.check, Outcome.WARNING, Message(what, values), Message(fix, values), self.about)

    def problem(self, what: str, fix: str, **values: str) -> Finding:
        """It stops work, or will make it wrong."""
        return Finding(self.check, Outcome.PROBLEM, Message(what, values), Message(fix, values), self.about)

    def of(self, problem: Problem, outcome: Outcome) -> Finding:
        """What another part of the house found, with its own remedy."""
        setting = problem.where if problem.where == problem.field else ""
        return Finding(self.check, outcome, problem.what, problem.remedy, self.about, setting=setting)

    def guarded(self, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
        """The findings of `look`; where it fails itself, that is one, and what it found before stays."""
        try:
            yield from look()
        except HouseError as error:
            yield Finding(self.check, Outcome.PROBLEM, error.message, self._after(error), self.about)
        except VaultError as error:
            yield self.problem("{error}", "See the how-to “Back up and restore”.", error=str(error))
        except Exception as error:  # noqa: BLE001 - one check that fails stops no other
            yield self.problem(
                "This could not be looked at ({error}).",
                "Look again; if it stays, report it with the version of Comptoir (comptoir --version).",
                error=type(error).__name__,
            )

    def _after(self, error: HouseError) -> Message:
        if error.next_step == "retry_later":
            return Message("Look at this machine's way to the network, then again: comptoir doctor")
        if error.request_id:
            text = "Mend what it says, then look again. The platform's reference for its support is {request}."
            return Message(text, {"request": error.request_id})
        return Message("Mend what it says, then look again: comptoir doctor")
