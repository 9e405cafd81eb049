"""Opening balances on the road: booked once, through crashes; booked anew for other amounts; undone; told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from comptoir.books.choices import ChoiceKind, Deed
from comptoir.books.company import Account, AccountType
from comptoir.books.documents import JournalDocument, Kind, LedgerId
from comptoir.books.money import Money
from comptoir.books.openings import OPENING, SOURCE
from comptoir.books.problems import Message
from comptoir.books.settings import ClosedPeriods, Language, OpeningSettings, Settings
from comptoir.engine.by_hand.choosing import put_up_again
from comptoir.engine.decide import digest
from comptoir.engine.errors import Refused
from comptoir.engine.knowledge import is_idle
from comptoir.engine.ports import NoAnswer
from comptoir.engine.posting.undo import of_order
from comptoir.engine.road import carry_out_undo, look_at_undo, preview
from comptoir.engine.setup.draft import kept_draft
from comptoir.engine.setup.look import look_for_setup
from comptoir.engine.setup.trial import try_out
from comptoir.engine.telling.clearing import Clearing, clearing_of
from comptoir.storage.postings import State

CLEARING, OWED, EQUITY = LedgerId("a2"), LedgerId("a8"), LedgerId("a9")


@pytest.fixture
def shop(road: Any, build: Any) -> Any:
    """A road whose company has an account for gift cards and one for opening balances; its shop sold two things."""
    company = road.ledger.read_company()
    more = (
        Account(OWED, "Gift cards", AccountType.OTHER_CURRENT_LIABILITY, "GBP"),
        Account(EQUITY, "Anfangsbestand", AccountType.EQUITY, "GBP", is_opening_equity=True),
    )
    road.ledger.company = replace(company, accounts=(*company.accounts, *more))
    road.store.orders = [build["make_order"](1, "30.00"), build["make_order"](2, "20.00")]
    return road


def settings(road: Any, **balances: str) -> Settings:
    """The settings in force with these opening balances; "_" stands for a blank."""
    amounts = {name.replace("_", " "): Decimal(amount) for name, amount in balances.items()}
    found: Settings = replace(road.books.connections.get(road.connection_id).settings, opening=OpeningSettings(amounts))
    road.set(found)
    return found


def entries(road: Any) -> list[JournalDocument]:
    """The journal entries in the books."""
    return [each for each in road.ledger.documents.values() if isinstance(each, JournalDocument)]


def row(road: Any) -> Any:
    return road.row(Kind.JOURNAL, SOURCE)


def undo(road: Any) -> Any:
    work = road.work()
    return carry_out_undo(work, look_at_undo(work, of_order(OPENING)), Deed("order", OPENING), alone=True)


def test_it_is_booked_once_and_proven(shop: Any, build: Any) -> None:
    pounds = build["pounds"]
    settings(shop, Clearing="500.00", Gift_cards="90.00")
    proof = shop.run()
    (found,) = entries(shop)
    assert [(each.account, each.signed) for each in found.lines] == [
        (CLEARING, pounds("500.00")),
        (OWED, pounds("-90.00")),
        (EQUITY, pounds("-410.00")),
    ]
    assert (found.dated, row(shop).state, row(shop).order_number) == (date(2025, 12, 31), State.POSTED, OPENING)
    assert (proof.agrees, proof.differences, proof.posted[Kind.JOURNAL]) == (True, (), 1)
    sends = len(shop.ledger.sends)
    assert shop.run().agrees
    assert len(shop.ledger.sends) == sends
    work = shop.work()
    assert is_idle(work, digest(work))


def test_other_amounts_do_not_have_every_order_decided_anew(shop: Any) -> None:
    before = digest(shop.work())
    settings(shop, Clearing="500.00")
    assert digest(shop.work()) == before


def test_a_shop_that_sold_nothing_has_opening_balances_all_the_same(shop: Any) -> None:
    shop.store.orders = []
    assert shop.run().agrees
    settings(shop, Clearing="500.00")
    assert shop.run().agrees
    assert len(entries(shop)) == 1


def test_it_is_booked_once_through_a_lost_answer(shop: Any) -> None:
    def lost(work: Any) -> NoAnswer:
        work()
        return NoAnswer("the line was cut")

    shop.store.orders = []
    settings(shop, Clearing="500.00")
    shop.ledger.faults = [lost, lost]
    assert shop.run().agrees
    assert len(entries(shop)) == 1
    assert row(shop).state in {State.POSTED, State.ADOPTED}


def test_other_amounts_are_booked_in_its_place(shop: Any, build: Any) -> None:
    settings(shop, Clearing="500.00")
    shop.run()
    (first,) = entries(shop)
    settings(shop, Clearing="480.00", Gift_cards="10.00")
    proof = shop.run()
    (second,) = entries(shop)
    assert (second.total, second.dated, second.number) == (build["pounds"]("480.00"), first.dated, first.number)
    assert second.marker != first.marker
    assert (row(shop).state, row(shop).generation, proof.agrees, proof.warnings) == (State.POSTED, 1, True, ())


def test_another_start_date_moves_it(shop: Any) -> None:
    found = settings(shop, Clearing="500.00")
    shop.run()
    shop.set(replace(found, start_date=date(2026, 1, 5)))
    assert shop.run().agrees
    assert [each.dated for each in entries(shop)] == [date(2026, 1, 4)]


def test_amounts_that_are_taken_out_leave_the_books(shop: Any) -> None:
    settings(shop, Clearing="500.00")
    shop.run()
    settings(shop)
    proof = shop.run()
    assert (entries(shop), proof.agrees, proof.unsettled) == ([], True, 0)
    assert [each for each in proof.skipped if each.number == OPENING] == []
    settings(shop, Clearing="7.00")
    shop.run()
    assert [str(each.total) for each in entries(shop)] == ["7.00 GBP"]


def test_what_was_planned_and_never_sent_is_withdrawn(shop: Any) -> None:
    settings(shop, Clearing="500.00")
    shop.ledger.refuse[OPENING] = Refused(Message("No."), code="6000")
    proof = shop.run()
    assert [(each.number, each.kind) for each in proof.held] == [(OPENING, Kind.JOURNAL)]
    settings(shop)
    assert shop.run().held == ()
    assert row(shop).state is State.SKIPPED


def test_a_process_that_dies_between_taking_out_and_booking_is_gone_on_with(shop: Any) -> None:
    settings(shop, Clearing="500.00")
    shop.run()
    settings(shop, Clearing="480.00")
    with shop.books.database.write() as connection:
        shop.books.journal.move(connection, row(shop), State.UNDOING)
    shop.run()
    assert entries(shop) == []
    assert shop.run().agrees
    assert [str(each.total) for each in entries(shop)] == ["480.00 GBP"]


@pytest.mark.parametrize("at", ["changed", "closed", "kept by the ledger"])
def test_one_that_cannot_be_booked_anew_stays_and_is_told(shop: Any, at: str) -> None:
    settings(shop, Clearing="500.00")
    shop.run()
    (held,) = [each for each in shop.ledger.entries.values() if each.number == OPENING]
    company = shop.ledger.company
    if at == "changed":
        shop.ledger.edit_by_hand(held.id, private_note="mine")
    elif at == "closed":
        shop.ledger.company = replace(company, books_closed_until=date(2025, 12, 31))
    else:
        shop.ledger.remove_error = Refused(Message("It is locked."), code="6190")
    settings(shop, Clearing="480.00")
    proof = shop.run()
    assert [str(each.total) for each in entries(shop)] == ["500.00 GBP"]
    (warned,) = [each for each in proof.warnings if each.number == OPENING]
    assert "others now" in str(warned.notes[0])
    assert len(warned.notes) == 3
    if at == "closed":
        shop.ledger.company = company
        assert [each for each in shop.run().warnings if each.number == OPENING] == []
        assert [str(each.total) for each in entries(shop)] == ["480.00 GBP"], "the period is open again"
        return
    history = shop.books.journal.history(row(shop).id)
    shop.run()
    assert shop.books.journal.history(row(shop).id)[: len(history)] == history
    settings(shop, Clearing="500.00")
    assert [each for each in shop.run().warnings if each.number == OPENING] == []


def test_a_closed_period_holds_it_until_it_is_open(shop: Any) -> None:
    company = shop.ledger.company
    shop.ledger.company = replace(company, books_closed_until=date(2025, 12, 31))
    settings(shop, Clearing="500.00")
    proof = shop.run()
    assert [problem.code for each in proof.held for problem in each.problems] == ["books-closed"]
    shop.ledger.company = company
    assert shop.run().held == ()
    assert len(entries(shop)) == 1


def test_one_that_was_moved_out_of_a_closed_period_stays_there(shop: Any) -> None:
    company = shop.ledger.company
    found = settings(shop, Clearing="500.00")
    shop.set(replace(found, closed_periods=ClosedPeriods.FIRST_OPEN_DAY))
    shop.ledger.company = replace(company, books_closed_until=date(2026, 1, 5))
    shop.run()
    shop.ledger.company = replace(company, books_closed_until=date(2026, 1, 31))
    proof = shop.run()
    assert ([each.dated for each in entries(shop)], proof.warnings) == ([date(2026, 1, 6)], ())


def test_it_is_undone_and_let_go_on(shop: Any) -> None:
    settings(shop, Clearing="500.00")
    shop.run()
    gone, stays = undo(shop)
    assert ([each.key.kind for each in gone], stays, entries(shop)) == ([Kind.JOURNAL], [], [])
    proof = shop.run()
    assert (entries(shop), proof.agrees) == ([], True)
    assert [(each.number, each.rule) for each in proof.skipped] == [(OPENING, "undone")]
    choice = shop.books.choices.one(shop.connection_id, SOURCE)
    assert choice is not None
    assert choice.kind is ChoiceKind.SKIP
    put_up_again(shop.books, shop.work().owner, [SOURCE], reopen=True)
    assert shop.run().agrees
    assert len(entries(shop)) == 1


def test_deleted_by_hand_is_told_and_not_made_again(shop: Any) -> None:
    settings(shop, Clearing="500.00")
    shop.run()
    (held,) = [each for each in shop.ledger.entries.values() if each.number == OPENING]
    shop.ledger.delete_by_hand(held.id)
    shop.store.orders = shop.store.orders[:1]
    settings(shop, Clearing="480.00")
    proof = shop.run()
    proof = shop.run()
    assert (row(shop).state, entries(shop)) == (State.GONE, [])
    assert [(each.number, each.ledger) for each in proof.differences] == [(OPENING, None)]


def test_another_installation_finds_it(shop: Any) -> None:
    settings(shop, Clearing="500.00")
    shop.run()
    with shop.books.database.write() as connection:
        shop.books.journal.leave_out(connection, row(shop), "withdrawn", Message("forgotten"), looked_up=False)
        shop.books.journal.forget_entry(connection, row(shop))
    shop.run()
    assert (row(shop).state, len(entries(shop))) == (State.ADOPTED, 1)


def test_the_clearing_balance_begins_with_it(shop: Any, build: Any) -> None:
    pounds = build["pounds"]
    found = settings(shop, Clearing="500.00", Gift_cards="90.00")
    shop.run()
    figures = shop.books.figures
    told = clearing_of(
        figures.money(shop.connection_id), found, shop.ledger.company, figures.openings(shop.connection_id)
    )
    assert told == (Clearing("Clearing", ("*",), pounds("50.00"), pounds("0.00"), pounds("500.00")),)
    assert told[0].balance == pounds("550.00")
    (alone,) = clearing_of([], found, shop.ledger.company, figures.openings(shop.connection_id))
    assert (alone.taken, alone.balance) == (pounds("0.00"), pounds("500.00"))


def test_it_is_previewed_with_its_ledger_lines(shop: Any) -> None:
    found = settings(shop, Clearing="500.00")
    first, *orders = list(preview(shop.work()).every())
    assert (first.number, orders) == (OPENING, [])
    (shown,) = first.shown
    assert shown.effect is not None
    assert [str(each.amount) for each in shown.effect.lines] == ["500.00 GBP", "-500.00 GBP"]
    trial = try_out(shop.work(), replace(found, start_date=date(2026, 1, 31)))
    assert [(each.form, each.count) for each in trial.documents] == [("JournalEntry", 1)]
    shop.run()
    (again,) = preview(shop.work()).every().__next__().shown
    assert again.has_left
    assert preview(shop.work()).opening(date(2026, 1, 5)) is not None
    settings(shop)
    assert preview(shop.work()).opening() is None


def test_a_set_up_sees_what_the_books_held_without_our_own_entry(shop: Any, build: Any) -> None:
    pounds = build["pounds"]
    shop.ledger.balances = {CLEARING: pounds("20.00"), OWED: pounds("-5.00")}
    settings(shop, Clearing="500.00")
    shop.run()
    look_for_setup(shop.work(), Language.ENGLISH)
    kept = kept_draft(shop.books.drafts, shop.books.connections.get(shop.connection_id))
    assert kept is not None
    assert kept.looked is not None
    assert kept.looked.balances_on == date(2025, 12, 31)
    nothing = Money(Decimal(0), "GBP")
    assert kept.looked.balances == {CLEARING: pounds("20.00"), OWED: pounds("-5.00"), EQUITY: nothing}


def test_a_company_that_does_not_tell_its_balances_is_set_up_all_the_same(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_on: date) -> None:
        raise Refused(Message("No reports."), code="5020")

    monkeypatch.setattr(shop.ledger, "read_balances", refuse)
    look_for_setup(shop.work(), Language.ENGLISH)
    kept = kept_draft(shop.books.drafts, shop.books.connections.get(shop.connection_id))
    assert kept is not None
    assert kept.looked is not None
    assert kept.looked.balances is None
