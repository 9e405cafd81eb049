"""A cause is mended: the answer goes into the settings, what it held goes on; from the pages or the API alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from comptoir.books.company import TaxCode
from comptoir.books.settings import Settings
from comptoir.engine.setup.asks import Path, changed
from comptoir.engine.setup.new_codes import wanted_code
from comptoir.engine.setup.repairs import missing
from comptoir.engine.telling.mending import Mending, mending
from comptoir.engine.work import SettingsProblemsError
from comptoir.storage.connections import ConnectionRecord
from comptoir.web.acting import Hand, go_on
from comptoir.web.scope import AtDesk

Answers = Mapping[Path, str]
"""Values by the settings that they are answers to."""


def mending_of(desk: AtDesk, record: ConnectionRecord, most: int | None = None) -> Mending:
    """What a store leaves to its user, with no more causes than so many."""
    return mending(desk.app.books, desk.app.store(record), record, desk.app.owner(record), most)


def with_answers(settings: Settings, answers: Answers) -> Settings:
    """The settings with these answers. SettingsProblemsError lists those that are missing, or that cannot be read."""
    empty = missing(answers)
    if empty:
        raise SettingsProblemsError(empty)
    made = changed(settings, answers)
    if not isinstance(made, Settings):
        raise SettingsProblemsError(made)
    return made


def mend(hand: Hand, record: ConnectionRecord, made: Settings, cause: str, answers: Answers) -> int:
    """Put settings with answers in force, and let go on what the cause held; answers of how many orders.

    Raises SettingsProblemsError where they do not fit the company, and a HouseError.
    """
    hand.app.put_in_force(record, made)
    hand.note("settings", record.title, **_told(answers))
    return go_on(hand, record, {cause})


def _told(answers: Answers) -> dict[str, str]:
    """The answers for the trail; names of accounts and codes are no secrets."""
    return {".".join(path)[:100]: value[:200] for path, value in answers.items()}


def make_code(
    hand: Hand,
    record: ConnectionRecord,
    company: ConnectionRecord,
    cause: str,
    path: Path,
    name: str,
    agencies: Sequence[str],
) -> TaxCode | None:
    """Make the tax code that a form of the cause offers for a tax, in the company; None for what is not offered.

    Raises a HouseError.
    """
    forms = (one for each in mending_of(hand, record).causes if each.held.cause == cause for one in each.repairs)
    found = next((each for repair in forms for each in repair.asks if each.path == path), None)
    wanted = wanted_code(found.new_code if found is not None else None, name, agencies)
    if wanted is None:
        return None
    made = hand.app.ledger(company).make_tax_code(wanted)
    hand.note("tax code made", made.name)
    return made
