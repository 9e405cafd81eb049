"""A draft of settings: what is chosen so far and what was found to choose from. Nothing of it is in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, TypeVar

from pydantic import ValidationError

from comptoir.books.checks.contradictions import Numbering, Surroundings
from comptoir.books.company import Company
from comptoir.books.documents import LedgerId
from comptoir.books.money import Money
from comptoir.books.settings import OpeningSettings, Settings
from comptoir.engine.ports import StoreInfo
from comptoir.engine.setup.found import Found, Matched
from comptoir.engine.setup.questions import SCHEDULE
from comptoir.engine.setup.settings_file import plain, read_values
from comptoir.storage.codec import adapter
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.drafts import Drafts

EVERY_MINUTES = 60
EVERY, AT = "every", "at"

_Shape = TypeVar("_Shape")


@dataclass(frozen=True, slots=True)
class SettingsDraft:
    """The choices. `step`: where the person was; `done`: the steps that were looked through.

    `base`: the settings that were in force when the choices were made; None where there were none.
    """

    settings: Settings
    base: Settings | None = None
    every_minutes: int = EVERY_MINUTES
    at_minute: int | None = None
    step: str = ""
    done: tuple[str, ...] = ()

    @property
    def values(self) -> dict[str, Any]:
        """The choices as questions find them."""
        at = "" if self.at_minute is None else str(self.at_minute)
        return {**plain(self.settings), SCHEDULE: {EVERY: str(self.every_minutes), AT: at}}

    def with_values(self, values: Mapping[str, Any]) -> SettingsDraft:
        """The draft with these choices, each of which was read as its question takes it."""
        rest = dict(values)
        schedule = rest.pop(SCHEDULE)
        settings = read_values(rest)
        if not isinstance(settings, Settings):
            wrong = ", ".join(each.where for each in settings)
            raise AssertionError(f"answers that are no values of their settings: {wrong}")  # noqa: TRY004 - our own fault
        at = int(schedule[AT]) if schedule[AT] else None
        return replace(self, settings=settings, every_minutes=int(schedule[EVERY]), at_minute=at)


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found in the store and the company, at a time; pages ask neither."""

    at: datetime
    store: StoreInfo
    company: Company
    found: Found
    by_sku: Matched
    by_name: Matched
    items: tuple[str, ...] = ()
    """Names of items that may be sold."""
    balances: dict[LedgerId, Money] | None = None
    """What the accounts held at the end of `balances_on`, debits above zero, without our own entry of it."""
    balances_on: date | None = None

    def around(self, others: tuple[Numbering, ...]) -> Surroundings:
        """What the settings of the store are chosen among, beside these other stores."""
        return Surroundings(self.at.date(), self.store.currency, others)


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything that the questions of a store are made of.

    `statuses` are those of the store's platform. `in_force`: None where nothing is yet. `others` are the other stores
    of the same company.
    """

    draft: SettingsDraft
    looked: Looked
    in_force: Settings | None = None
    statuses: tuple[str, ...] = ()
    others: tuple[Numbering, ...] = ()
    platform: str = ""

    @property
    def settings(self) -> Settings:
        """The settings of the draft."""
        return self.draft.settings

    @property
    def company(self) -> Company:
        """The company, as it was when it was looked at."""
        return self.looked.company

    @property
    def around(self) -> Surroundings:
        """What the settings are chosen among, as it was then."""
        return self.looked.around(self.others)

    @property
    def found(self) -> Found:
        """What the orders show."""
        return self.looked.found


@dataclass(frozen=True, slots=True)
class Kept:
    """The draft of a store with what was found for it; `looked` is None where that must be done anew."""

    draft: SettingsDraft
    looked: Looked | None
    trial: str = field(default="", repr=False)


def rebased(draft: SettingsDraft, in_force: Settings | None) -> SettingsDraft:
    """The draft upon the settings that are in force now: what was put in force elsewhere meanwhile is not undone.

    A choice that the draft changed stays; one that it left as it was is taken as it is now.
    """
    if in_force is None or draft.base is None or in_force == draft.base:
        return draft
    values = _merged(plain(draft.settings), plain(draft.base), plain(in_force))
    settings = read_values(values)
    return replace(draft, settings=settings, base=in_force) if isinstance(settings, Settings) else draft


_NOTHING = object()


def _merged(mine: Mapping[str, Any], base: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name in dict.fromkeys((*theirs, *mine)):
        own, old, new = (each.get(name, _NOTHING) for each in (mine, base, theirs))
        if isinstance(own, Mapping) and isinstance(old, Mapping) and isinstance(new, Mapping):
            made[name] = _merged(own, old, new)
        elif (value := new if own == old else own) is not _NOTHING:
            made[name] = value
    return made


def copied(theirs: Settings, mine: Settings | None) -> Settings:
    """Another store's settings for a store; the start date and what accounts held then stay the store's own."""
    if mine is None:
        return replace(theirs, opening=OpeningSettings())
    return replace(theirs, start_date=mine.start_date, opening=mine.opening)


def kept_draft(drafts: Drafts, store: ConnectionRecord) -> Kept | None:
    """What is kept for a store, upon the settings in force; None where nobody began, or another release kept it."""
    row = drafts.get(store)
    draft = read_kept(SettingsDraft, row.content) if row is not None else None
    if row is None or draft is None:
        return None
    return Kept(rebased(draft, store.settings), read_kept(Looked, row.looked), row.trial)


def read_kept(kind: type[_Shape], text: str) -> _Shape | None:
    """What was kept as JSON; None for nothing, and where another release kept it otherwise."""
    try:
        found: _Shape | None = adapter(kind).validate_json(text) if text else None
    except ValidationError:
        return None
    return found


def keep_draft(drafts: Drafts, store: ConnectionRecord, draft: SettingsDraft, looked: Looked | None = None) -> None:
    """Keep the choices, and what was found where it is new."""
    found = adapter(Looked).dump_json(looked).decode() if looked is not None else ""
    drafts.keep(store, adapter(SettingsDraft).dump_json(draft).decode(), found)
