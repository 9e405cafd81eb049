"""What a check finds: an outcome, what it means, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from comptoir.books.problems import Message, Problem, ToldError
from comptoir.engine.errors import HouseError, Reconnect
from comptoir.engine.setup.remedies import remedy_in_plain_words
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.database import DatabaseFileError
from comptoir.storage.vault import VaultError


class Outcome(StrEnum):
    """How it stands. A warning can wait; a problem stops work, or will make it wrong."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


class Page(StrEnum):
    """A page where something can be done about a finding. MACHINE: none; whoever runs Comptoir does it there."""

    HOME = "home"
    CONNECTIONS = "connections"
    SIGN_IN = "sign in"
    SET_UP = "set up"
    TO_FIX = "to fix"
    HEALTH = "health"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True)
class Way:
    """What to do for somebody who has the pages before them, and where; `words` is None where the page itself says."""

    page: Page
    words: Message | None = None


MACHINES = frozenset({"data directory", "disk", "key file", "database", "clock", "mail"})
"""Checks of what only whoever runs Comptoir can mend, on its machine."""
CHECKS: Mapping[str, Message] = {
    "data directory": Message("data directory"),
    "disk": Message("disk"),
    "key file": Message("key file"),
    "database": Message("database"),
    "connection": Message("connection"),
    "sign-in": Message("sign-in"),
    "reads": Message("reads"),
    "clock": Message("clock"),
    "mail": Message("mail"),
    "schedule": Message("schedule"),
    "runs": Message("runs"),
    "held": Message("held"),
    "documents": Message("documents"),
    "books": Message("books"),
    "settings": Message("settings"),
    "orders": Message("orders"),
    "products": Message("products"),
    "planned documents": Message("planned documents"),
}
"""What a reader calls each check."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `about` is the connection it concerns, "" for the installation.

    `extent` says how much of it there is, where that was counted; `setting` which setting it is about. `fix` speaks to
    somebody at a terminal, `way` to somebody with the pages before them; None: the same.
    """

    check: str
    outcome: Outcome
    what: Message
    fix: Message | None = None
    about: str = ""
    extent: Message | None = None
    setting: str = ""
    connection_id: int = 0
    way: Way | None = None

    def on_page(self, page: Page, words: Message | None = None) -> Finding:
        """The same, with what to do in the pages; `words` may use the values of `fix`."""
        values = self.fix.values if self.fix is not None else {}
        return replace(self, way=Way(page, words and replace(words, values=values)))

    @property
    def is_for_the_operator(self) -> bool:
        """Whether only whoever runs Comptoir can do what is to be done."""
        if self.fix is None:
            return False
        return self.check in MACHINES if self.way is None else self.way.page is Page.MACHINE


def worst(findings: Iterable[Finding]) -> Outcome:
    """The outcome of all together."""
    order = list(Outcome)
    return max((each.outcome for each in findings), key=order.index, default=Outcome.OK)


@dataclass(frozen=True, slots=True)
class Report:
    """Makes the findings of one check."""

    check: str
    about: str = ""
    connection_id: int = 0

    @classmethod
    def on(cls, check: str, record: ConnectionRecord) -> Report:
        """The report of a check of one connection."""
        return cls(check, record.title, record.id)

    def ok(self, what: str, **values: str) -> Finding:
        """It is as it should be."""
        return self._found(Outcome.OK, Message(what, values), None)

    def warning(self, what: str, fix: str, **values: str) -> Finding:
        """It can wait, and should not be forgotten."""
        return self._found(Outcome.WARNING, Message(what, values), Message(fix, values))

    def problem(self, what: str, fix: str, **values: str) -> Finding:
        """It stops work, or will make it wrong."""
        return self._found(Outcome.PROBLEM, Message(what, values), Message(fix, values))

    def said(self, message: Message, fix: Message) -> Finding:
        """A problem in the words of whoever met it."""
        return self._found(Outcome.PROBLEM, message, fix)

    def of(self, problem: Problem, outcome: Outcome) -> Finding:
        """What another part of the house found, with its own remedy; in the pages, the one in plain words."""
        setting = problem.where if problem.where == problem.field else ""
        found = replace(self._found(outcome, problem.what, problem.remedy), setting=setting)
        if setting:
            return found.on_page(Page.SET_UP)
        return replace(found, way=Way(Page.TO_FIX, remedy_in_plain_words(problem)))

    def guarded(self, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
        """The findings of `look`; where it fails itself, that is one, and what it found before stays."""
        try:
            yield from look()
        except HouseError as error:
            yield self._after(error)
        except VaultError as error:
            yield self.said(error.message, Message("See the how-to “Back up and restore”.")).on_page(Page.MACHINE)
        except DatabaseFileError as error:
            yield self.said(error.fact, error.remedy).on_page(Page.MACHINE)
        except ToldError as error:
            fix = Message("Mend what it says, then look again: comptoir doctor")
            yield self.said(error.message, fix).on_page(Page.MACHINE)
        except Exception as error:  # noqa: BLE001 - one check that fails stops no other
            yield self.problem(
                "This could not be looked at ({error}).",
                "Look again; if it stays, report it with the version of Comptoir (comptoir --version).",
                error=type(error).__name__,
            ).on_page(Page.HEALTH, Message("Look again; if it stays, tell whoever runs Comptoir."))

    def _found(self, outcome: Outcome, what: Message, fix: Message | None) -> Finding:
        return Finding(self.check, outcome, what, fix, self.about, connection_id=self.connection_id)

    def _after(self, error: HouseError) -> Finding:
        """What a platform answered instead, with what to do then."""
        if error.next_step == "retry_later":
            fix = Message("Look at this machine's way to the network, then again: comptoir doctor")
            words = Message("Look again in a while; if it stays, the machine that Comptoir runs on has no network.")
            return self._found(Outcome.PROBLEM, error.message, fix).on_page(Page.HEALTH, words)
        if isinstance(error, Reconnect):
            fix = Message("Mend what it says, then look again: comptoir doctor")
            return self._found(Outcome.PROBLEM, error.message, fix).on_page(Page.SIGN_IN)
        if error.request_id:
            text = "Mend what it says, then look again. The platform's reference for its support is {request}."
            fix = Message(text, {"request": error.request_id})
            return self._found(Outcome.PROBLEM, error.message, fix).on_page(Page.HEALTH, Message(text))
        fix = Message("Mend what it says, then look again: comptoir doctor")
        words = Message("Mend what it says, then look again.")
        return self._found(Outcome.PROBLEM, error.message, fix).on_page(Page.HEALTH, words)
