"""Whether settings fit the company, the store and the stores beside it: every mistake at once, or the settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from comptoir.books.checks import Resolved, resolve
from comptoir.books.checks.advice import advice
from comptoir.books.checks.contradictions import Numbering, Surroundings, contradictions, numbering_of
from comptoir.books.company import Company
from comptoir.books.problems import Problem
from comptoir.books.settings import Settings
from comptoir.engine.setup.reading import Reading
from comptoir.engine.work import Books, SettingsProblemsError, zone_named
from comptoir.storage.connections import STORE, ConnectionRecord


@dataclass(frozen=True, slots=True)
class Fitting:
    """Settings that fit `company`; `advice` is what is no mistake and worth knowing."""

    settings: Settings
    company: Company
    advice: tuple[Problem, ...]


def fitted(reading: Reading, company: Company, around: Surroundings) -> Fitting:
    """What was read, if all of it fits; SettingsProblemsError lists every mistake, those of writing too."""
    problems = reading.mistakes(lambda settings: misfits(settings, company, around))
    settings = reading.settings
    if problems or settings is None:
        raise SettingsProblemsError(problems)
    return Fitting(settings, company, tuple(advice(settings, company, around)))


def misfits(settings: Settings, company: Company, around: Surroundings) -> list[Problem]:
    """Everything that does not fit the company, the store, or its neighbours."""
    found = resolve(settings, company, zone_named(settings.time_zone))
    own = [] if isinstance(found, Resolved) else found
    return [*own, *contradictions(settings, company, around)]


def surroundings(books: Books, store: ConnectionRecord, company: ConnectionRecord, today: date) -> Surroundings:
    """What the settings of a store are chosen among, where it is kept in `company`."""
    currency = store.standing.currency if store.standing else ""
    return Surroundings(today, currency, neighbours(books, store, company))


def neighbours(books: Books, store: ConnectionRecord, company: ConnectionRecord) -> tuple[Numbering, ...]:
    """How the other stores that are kept in the same company number their documents."""
    return tuple(
        numbering_of(each.title, each.settings)
        for each in books.connections.connected(store.organization_id, STORE)
        if each.settings and each.id != store.id and each.ledger_connection_id == company.id
    )
