"""Look at a store and its company before anything is chosen: the last days' orders, and the company's lists.

What the store says is kept as the road keeps it; nothing is decided and nothing is sent to the company.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from comptoir.books.company import ItemRecord
from comptoir.books.documents import LedgerId
from comptoir.books.money import Money, zero
from comptoir.books.settings import ItemSettings, Language, Settings
from comptoir.engine.errors import Refused, Unexpected
from comptoir.engine.openings import opening_row, posted_opening
from comptoir.engine.ports import StoreInfo
from comptoir.engine.road import read_for_setup
from comptoir.engine.setup.draft import Looked, SettingsDraft, keep_draft, kept_draft
from comptoir.engine.setup.fitting import neighbours
from comptoir.engine.setup.found import find, match
from comptoir.engine.setup.proposal import propose_settings
from comptoir.engine.setup.suggest import suggest
from comptoir.engine.work import GiveWayError, Step, Work, translated, zone_named
from comptoir.storage.postings import IN_BOOKS

LOOK_DAYS = 30
LOOKS_BACK = (LOOK_DAYS, 90, 365, 730)
"""Days that a first look reaches back: further where a shop sold nothing lately."""
LOOK_ORDERS = 1000
"""Orders that a look reads at most from the store, and shows of what is at hand."""
ITEMS_NAMED = 300
SOLD = frozenset({"service", "noninventory", "non_inventory", "inventory"})
READ_COMPANY, READ_FOUND = "company", "found"
"""What a look does after fetching, as its signs of life say."""


def look_for_setup(work: Work, language: Language) -> None:
    """Look, and keep what was found with the draft; a draft is begun where there is none, in this language."""
    work.watch(Step(READ_COMPANY, 0))
    info = work.store.describe()
    _read_orders(work, info)
    work.watch(Step(READ_COMPANY, 0))
    lists = work.ledger.read_lists()
    facts = work.books.facts.newest(work.record.id, LOOK_ORDERS)
    work.watch(Step(READ_FOUND, 0, len(facts)))
    found = find(translated(work, fact) for fact in facts)
    kept = kept_draft(work.books.drafts, work.record)
    chosen = kept.draft.settings if kept else work.record.settings
    balances_on = (chosen.start_date if chosen else today_of(work, info)) - timedelta(days=1)
    looked = Looked(
        at=work.clock(),
        store=info,
        company=lists.company,
        found=found,
        by_sku=match(found.skus, lists.items, by_name=False),
        by_name=match(found.skus, lists.items, by_name=True),
        items=_names(lists.items),
        balances=_balances(work, balances_on),
        balances_on=balances_on,
    )
    draft = kept.draft if kept else SettingsDraft(_first_settings(work, looked, language), base=work.record.settings)
    keep_draft(work.books.drafts, work.record, draft, looked)


def _balances(work: Work, on: date) -> dict[LedgerId, Money] | None:
    """What the accounts held then, but for what our own entry added; None where the ledger does not tell."""
    try:
        found = dict(work.ledger.read_balances(on))
    except (Refused, Unexpected):
        return None
    row = opening_row(work)
    if row is not None and row.state in IN_BOOKS and row.dated is not None and row.dated <= on:
        for line in posted_opening(work, row).lines:
            found[line.account] = found.get(line.account, zero(line.amount.currency)) - line.signed
    return found


def _first_settings(work: Work, looked: Looked, language: Language) -> Settings:
    """Those in force; where there are none, a proposal that fits what was found."""
    if work.record.settings is not None:
        return work.record.settings
    proposal = propose_settings(looked.store, looked.company, today_of(work, looked.store))
    company = work.books.connections.connected_company_of(work.record)
    others = neighbours(work.books, work.record, company) if company else ()
    return suggest(proposal, looked, language, others)


def today_of(work: Work, info: StoreInfo) -> date:
    """Today, where the store is."""
    return work.clock().astimezone(zone_named(info.time_zone) or zone_named("UTC")).date()


def _read_orders(work: Work, info: StoreInfo) -> None:
    """The store's last days; under settings in force, whatever is new since it was last read."""
    seen = 0

    def watch(step: Step) -> None:
        nonlocal seen
        seen = step.done
        work.watch(step)

    def pause() -> None:
        if seen >= LOOK_ORDERS:
            raise GiveWayError
        work.pause_point()

    settings = work.record.settings
    if settings is None:
        settings = Settings(info.time_zone, _since(work, info), ItemSettings(income_account=""))
    record = replace(work.record, settings=settings)
    read_for_setup(replace(work, record=record, watch=watch, pause_point=pause), alone=False)


def _since(work: Work, info: StoreInfo) -> date:
    """The day to read from: as near as there is anything to see."""
    today, zone = today_of(work, info), zone_named(info.time_zone)
    for days in LOOKS_BACK:
        day = today - timedelta(days=days)
        since = datetime.combine(day, time.min, zone or UTC)
        if work.store.fetch_orders(None, since=since, until=work.clock()).records:
            return day
    return today - timedelta(days=LOOK_DAYS)


def _names(items: Sequence[ItemRecord]) -> tuple[str, ...]:
    """Names to choose an item from."""
    names = sorted(each.name for each in items if each.active and each.type.casefold() in SOLD)
    return tuple(names[:ITEMS_NAMED])
