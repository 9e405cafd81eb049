"""A draft of settings: what is chosen so far and what was found to choose from. Nothing of it is in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from comptoir.books.company import Company
from comptoir.books.problems import Problem
from comptoir.books.settings import Settings
from comptoir.engine.ports import StoreInfo
from comptoir.engine.setup.found import Found, Matched
from comptoir.engine.setup.questions import SCHEDULE
from comptoir.engine.setup.settings_file import plain, read_values
from comptoir.storage.codec import adapter
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.drafts import Drafts

EVERY_MINUTES = 60
EVERY, AT = "every", "at"


@dataclass(frozen=True, slots=True)
class SettingsDraft:
    """The choices. `step`: where the person was; `done`: the steps that were looked through."""

    settings: Settings
    every_minutes: int = EVERY_MINUTES
    at_minute: int | None = None
    step: str = ""
    done: tuple[str, ...] = ()

    @property
    def values(self) -> dict[str, Any]:
        """The choices as questions find them."""
        at = "" if self.at_minute is None else str(self.at_minute)
        return {**plain(self.settings), SCHEDULE: {EVERY: str(self.every_minutes), AT: at}}

    def with_values(self, values: Mapping[str, Any]) -> SettingsDraft | list[Problem]:
        """The draft with these choices; or what cannot be one."""
        rest = dict(values)
        schedule = rest.pop(SCHEDULE)
        settings = read_values(rest)
        if not isinstance(settings, Settings):
            return settings
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


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything that the questions of a store are made of.

    `statuses` are those of the store's platform. `in_force`: None where nothing is yet. `prefixes` are the other
    stores' of the same company.
    """

    draft: SettingsDraft
    looked: Looked
    in_force: Settings | None = None
    statuses: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
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
    def found(self) -> Found:
        """What the orders show."""
        return self.looked.found


@dataclass(frozen=True, slots=True)
class Kept:
    """The draft of a store with what was found for it; `looked` is None where that must be done anew."""

    draft: SettingsDraft
    looked: Looked | None
    trial: str = field(default="", repr=False)


def kept_draft(drafts: Drafts, store: ConnectionRecord) -> Kept | None:
    """What is kept for a store; None where nobody began."""
    row = drafts.get(store)
    if row is None:
        return None
    return Kept(adapter(SettingsDraft).validate_json(row.content), _looked(row.looked), row.trial)


def _looked(text: str) -> Looked | None:
    """What was found; None where another release kept it otherwise."""
    try:
        return adapter(Looked).validate_json(text) if text else None
    except ValidationError:
        return None


def keep_draft(drafts: Drafts, store: ConnectionRecord, draft: SettingsDraft, looked: Looked | None = None) -> None:
    """Keep the choices, and what was found where it is new."""
    found = adapter(Looked).dump_json(looked).decode() if looked is not None else ""
    drafts.keep(store, adapter(SettingsDraft).dump_json(draft).decode(), found)
