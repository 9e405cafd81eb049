"""The look at a store before anything is chosen, and the dry run of what was chosen: neither decides nor posts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from tests.engine.conftest import FIRST_DAY, SETTINGS, Road, make_order, pounds

from comptoir.books.documents import Kind
from comptoir.books.facts import Order
from comptoir.books.settings import Language, PaymentSettings, Settings
from comptoir.engine.setup import look as look_module
from comptoir.engine.setup.draft import Kept, SettingsDraft, keep_draft, kept_draft, rebased
from comptoir.engine.setup.look import look_for_setup
from comptoir.engine.setup.trial import Trial, digest_of, kept_trial, try_draft, try_out
from comptoir.storage.drafts import KeptDraft
from comptoir.storage.runs import RunState
from comptoir.storage.tables import connections


@pytest.fixture
def fresh(road: Road) -> Road:
    """A store without settings."""
    with road.books.database.write() as connection:
        row = connections.c.id == road.connection_id
        connection.execute(update(connections).where(row).values(settings=None, ledger_connection_id=None))
    return road


def placed(number: int, days_ago: int, **changes: Any) -> Order:
    at = FIRST_DAY - timedelta(days=days_ago)
    return replace(make_order(number), placed_at=at, updated_at=at, **changes)


def look(road: Road) -> Kept:
    work = road.work()
    look_for_setup(work, Language.ENGLISH)
    found = kept_draft(road.books.drafts, work.record)
    assert found is not None
    return found


def test_a_look_keeps_the_facts_and_begins_a_draft(fresh: Road) -> None:
    fresh.store.orders = [placed(2, 40), placed(1, 3)]
    kept = look(fresh)
    assert kept.looked is not None
    assert kept.looked.found.orders == 1, "those of the last 30 days"
    assert (kept.looked.by_sku.none, kept.looked.by_sku.missing) == (1, ("MUG",))
    assert kept.draft.settings.start_date == FIRST_DAY.date()
    assert fresh.rows() == []
    assert fresh.ledger.sends == []
    assert fresh.books.connections.get(fresh.connection_id).settings is None
    assert [step.what for step in fresh.steps] == ["company", "fetch", "company", "found"]


@pytest.mark.parametrize(("days", "found"), [(29, 1), (60, 1), (300, 1), (700, 1), (800, 0)])
def test_a_look_reaches_back_as_far_as_it_must(fresh: Road, days: int, found: int) -> None:
    fresh.store.orders = [placed(1, days)]
    looked = look(fresh).looked
    assert looked is not None
    assert looked.found.orders == found


def test_a_look_is_bounded_and_the_next_goes_on(fresh: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look_module, "LOOK_ORDERS", 6)
    fresh.store.orders = [placed(number, 3) for number in range(1, 15)]
    first = look(fresh).looked
    assert first is not None
    assert first.found.orders == 6, "of the eight in two pages"
    assert len(fresh.books.facts.ids(fresh.connection_id)) == 8
    look(fresh)
    assert len(fresh.books.facts.ids(fresh.connection_id)) == 14


def test_a_second_look_keeps_the_choices(fresh: Road) -> None:
    fresh.store.orders = [placed(1, 3)]
    kept = look(fresh)
    chosen = replace(kept.draft, settings=replace(kept.draft.settings, closed_periods=SETTINGS.closed_periods))
    fresh.store.orders.append(replace(placed(2, 0), updated_at=fresh.now))
    fresh.now += timedelta(hours=1)
    again = look(fresh)
    assert again.draft == chosen
    assert again.looked is not None
    assert again.looked.found.orders == 2


def test_under_settings_in_force_a_look_is_a_reading_like_any_other(road: Road) -> None:
    road.store.orders = [make_order(1)]
    kept = look(road)
    assert kept.draft.settings == SETTINGS
    assert road.books.connections.get(road.connection_id).fetched_until == road.now


def test_the_first_settings_read_the_store_from_their_own_start(fresh: Road) -> None:
    fresh.store.orders = [placed(2, 45), placed(1, 3)]
    look(fresh)
    fresh.set(replace(SETTINGS, start_date=(FIRST_DAY - timedelta(days=60)).date()))
    fresh.run()
    assert len(fresh.rows(Kind.SALE)) == 2, "what the look did not reach is not lost"


def test_what_another_release_found_is_looked_at_anew(fresh: Road) -> None:
    fresh.store.orders = [placed(1, 3)]
    look(fresh)
    record = fresh.books.connections.get(fresh.connection_id)
    kept = fresh.books.drafts.get(record)
    assert isinstance(kept, KeptDraft)
    fresh.books.drafts.keep(record, kept.content, '{"at": "then"}')
    again = kept_draft(fresh.books.drafts, record)
    assert again is not None
    assert again.looked is None


# What was put in force elsewhere meanwhile


def with_codes(settings: Settings, **codes: str) -> Settings:
    return replace(settings, taxes=replace(settings.taxes, codes=codes))


def with_prefix(settings: Settings, prefix: str) -> Settings:
    return replace(settings, orders=replace(settings.orders, prefix=prefix))


BASE = with_codes(SETTINGS, VAT="20 %", GST="5 %")


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        (with_prefix(BASE, "A-"), BASE, with_prefix(BASE, "A-")),
        (BASE, with_prefix(BASE, "B-"), with_prefix(BASE, "B-")),
        (with_prefix(BASE, "A-"), with_prefix(BASE, "B-"), with_prefix(BASE, "A-")),
        (
            with_prefix(BASE, "A-"),
            with_codes(BASE, VAT="20 %", GST="5 %", QST="9.975 %"),
            with_prefix(with_codes(BASE, VAT="20 %", GST="5 %", QST="9.975 %"), "A-"),
        ),
        (with_codes(BASE, GST="5 %"), BASE, with_codes(BASE, GST="5 %")),
        (BASE, with_codes(BASE, GST="5 %"), with_codes(BASE, GST="5 %")),
        (
            with_codes(BASE, VAT="21 %", GST="5 %"),
            with_codes(BASE, VAT="20 %", GST="6 %"),
            with_codes(BASE, VAT="21 %", GST="6 %"),
        ),
    ],
    ids=["mine", "theirs", "both, mine stays", "a tax added there", "a tax taken out here", "there", "one each"],
)
def test_a_draft_stands_upon_what_is_in_force(mine: Settings, theirs: Settings, expected: Settings) -> None:
    assert rebased(SettingsDraft(mine, BASE), theirs) == SettingsDraft(expected, theirs)


def test_a_draft_begun_without_settings_stays_as_it_is() -> None:
    draft = SettingsDraft(SETTINGS)
    assert rebased(draft, BASE) == draft
    assert rebased(draft, None) == draft


def test_what_was_mended_elsewhere_is_not_undone_by_an_old_draft(road: Road) -> None:
    road.store.orders = [make_order(1)]
    draft = look(road).draft
    record = road.books.connections.get(road.connection_id)
    keep_draft(road.books.drafts, record, replace(draft, settings=with_prefix(draft.settings, "A-")))
    road.set(with_codes(SETTINGS, VAT="20 %"))
    kept = kept_draft(road.books.drafts, road.books.connections.get(road.connection_id))
    assert kept is not None
    assert kept.draft.settings == with_prefix(with_codes(SETTINGS, VAT="20 %"), "A-")


def test_a_draft_of_another_release_is_none(road: Road) -> None:
    record = road.books.connections.get(road.connection_id)
    road.books.drafts.keep(record, '{"settings": {}}')
    assert kept_draft(road.books.drafts, record) is None
    assert kept_trial('{"at": "then"}') is None


# The dry run


def tried(road: Road, settings: Settings) -> Trial:
    work = road.work()
    trial = try_out(work, settings)
    road.books.runs.finish(work.run.id, RunState.FINISHED)
    return trial


@pytest.fixture
def month(fresh: Road) -> Road:
    """Forty days of a shop: one sale before the last thirty, three in them, one of these in part given back."""
    refunded = make_order(3, "30.00", refunded="5.00")
    at = FIRST_DAY - timedelta(days=2)
    refunds = tuple(
        replace(each, at=at, tenders=tuple(replace(tender, at=at) for tender in each.tenders))
        for each in refunded.refunds
    )
    fresh.store.orders = [
        placed(1, 39),
        placed(2, 5),
        replace(refunded, placed_at=at, updated_at=at, refunds=refunds),
        placed(4, 1, test=True),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(look_module, "LOOKS_BACK", (60,))
        look(fresh)
    return fresh


def test_totals_of_the_last_days(month: Road) -> None:
    trial = tried(month, replace(SETTINGS, start_date=FIRST_DAY.date()))
    assert (trial.until - trial.since).days == 30
    assert trial.orders == 3
    assert {each.form: (each.count, each.amounts) for each in trial.documents} == {
        "Customer": (2, ()),
        "Item": (1, ()),
        "SalesReceipt": (2, (pounds("40.00"),)),
        "RefundReceipt": (1, (pounds("5.00"),)),
    }
    assert {each.account: (each.debit, each.credit) for each in trial.accounts} == {
        "Clearing": (pounds("40.00"), pounds("5.00")),
        "Sales": (pounds("5.00"), pounds("40.00")),
    }
    assert trial.debits == (pounds("45.00"),)
    assert [(each.rule, each.kind, each.count) for each in trial.left_out] == [("test-order", Kind.SALE, 1)]
    assert month.rows() == []
    assert month.ledger.sends == []


def test_what_would_be_held_stands_by_its_cause(month: Road) -> None:
    trial = tried(month, replace(SETTINGS, payments=PaymentSettings()))
    (cause,) = [each for each in trial.held if each.problem.code == "method-unmapped"]
    assert (cause.count, cause.numbers) == (2, ("2", "3"))
    assert cause.amounts == (pounds("40.00"),)


def test_settings_that_do_not_fit_are_not_tried(month: Road) -> None:
    trial = tried(month, replace(SETTINGS, time_zone="Mars/Base"))
    assert [each.where for each in trial.problems] == ["time_zone"]
    assert trial.orders == 0


def test_what_is_in_the_books_already_is_counted_and_not_added(road: Road) -> None:
    road.store.orders = [make_order(1)]
    road.run()
    trial = tried(road, SETTINGS)
    assert (trial.orders, trial.documents, trial.accounts) == (1, (), ())
    assert trial.in_books == 1, "the sale; its customer and item are known"


def test_a_trial_is_kept_with_the_draft_and_knows_its_settings(month: Road) -> None:
    settings = replace(SETTINGS, start_date=FIRST_DAY.date())
    work = month.work()
    try_draft(work, settings)
    kept = kept_draft(month.books.drafts, work.record)
    assert kept is not None
    trial = kept_trial(kept.trial)
    assert trial is not None
    assert trial.under == digest_of(settings)
    assert trial.under != digest_of(replace(settings, start_date=datetime(2026, 1, 2, tzinfo=UTC).date()))
    report = replace(settings.report, hour=9)
    assert trial.under == digest_of(replace(settings, report=report)), "whom to tell changes no figure"
    assert kept_trial("") is None


def test_a_long_trial_gives_signs_of_life(fresh: Road) -> None:
    fresh.store.page_size = 100
    fresh.store.orders = [placed(number, 3, total=pounds("10.00")) for number in range(1, 42)]
    look(fresh)
    fresh.steps.clear()
    tried(fresh, SETTINGS)
    assert [(step.what, step.done) for step in fresh.steps] == [("decide", 20), ("decide", 40)]
