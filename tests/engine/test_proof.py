"""The proof: figures by day, and every row where the store, the journal and the books do not say the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from comptoir.books.company import AccountType
from comptoir.books.documents import Kind, SaleForm
from comptoir.books.facts import Order, PaymentStatus
from comptoir.books.settings import CurrencyChoice, MethodSettings, OrderSettings, PaymentSettings
from comptoir.engine.knowledge import learn
from comptoir.engine.proving.figures import Triple
from comptoir.engine.proving.outcome import Outcome, outcome_of, pages_of, proof_from
from comptoir.engine.proving.proof import Proof
from comptoir.engine.proving.prove import prove_anew
from comptoir.engine.road import fetch_connection, prove_again
from comptoir.storage.codec import adapter
from comptoir.storage.journal import Journal
from comptoir.storage.tables import postings


def text(triple: Triple) -> tuple[str, str, str]:
    return (str(triple.store), str(triple.journal), str(triple.ledger))


def test_figures_stand_by_day_in_the_accounts_zone(road: Any, build: Any) -> None:
    road.set(replace(build["SETTINGS"], time_zone="America/Toronto"))
    night = datetime(2026, 1, 11, 3, tzinfo=UTC)
    late = replace(build["make_order"](1), placed_at=night)
    day = build["make_order"](2, "20.00", refunded="20.00")
    next_day = replace(build["make_order"](3, "5.00"), placed_at=night + timedelta(hours=4))
    road.store.orders = [late, day, next_day]
    proof = road.run()
    assert [(each.day, each.orders, str(each.sales.store), str(each.refunds.store)) for each in proof.days] == [
        (date(2026, 1, 10), 2, "30.00 GBP", "20.00 GBP"),
        (date(2026, 1, 11), 1, "5.00 GBP", "0.00 GBP"),
    ]
    assert text(proof.sales) == ("35.00 GBP",) * 3
    assert text(proof.refunds) == ("20.00 GBP",) * 3
    assert text(proof.net) == ("15.00 GBP",) * 3
    assert proof.agrees


def test_an_empty_shop_agrees(road: Any) -> None:
    proof = road.run()
    assert (proof.days, proof.differences, proof.posted, proof.payments) == ((), (), {}, {})
    assert text(proof.net) == ("0.00 GBP",) * 3
    assert proof.agrees


def test_held_and_skipped_rows_are_listed_and_stand_outside_the_figures(road: Any, build: Any) -> None:
    road.set(replace(build["SETTINGS"], orders=OrderSettings(statuses=(PaymentStatus.PAID,))))
    road.store.orders = [
        build["make_order"](1),
        replace(build["make_order"](2, "20.00"), test=True),
        build["make_order"](3, "7.00", paid="1.00"),
        build["make_order"](4, "9.00"),
    ]
    road.store.unreadable = {"4"}
    proof = road.run()
    assert [(row.number, str(row.amount), row.rule) for row in proof.skipped] == [
        ("2", "20.00 GBP", "test-order"),
        ("3", "7.00 GBP", "status"),
    ]
    assert proof.skipped[0].why == "Order 2 is a test order."
    assert [(row.kind, row.number, row.dated, row.amount) for row in proof.held] == [(Kind.SALE, "4", None, None)]
    assert text(proof.sales) == ("10.00 GBP",) * 3
    assert proof.agrees


def test_payments_are_summed_by_the_stores_method(road: Any, build: Any) -> None:
    cash = build["make_order"](3, "4.00")
    nameless = replace(cash.tenders[0], method="cash", method_name="")
    road.store.orders = [
        build["make_order"](1, "20.00", paid="5.00"),
        build["make_order"](2),
        replace(cash, tenders=(nameless,)),
    ]
    proof = road.run()
    assert {name: str(amount) for name, amount in proof.payments.items()} == {"Card": "15.00 GBP", "cash": "4.00 GBP"}
    assert list(proof.payments) == ["Card", "cash"]


def test_a_total_that_the_store_raised_after_posting_is_a_document_of_its_own(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1), build["make_order"](2)]
    assert road.run().agrees
    road.change(0, build["make_order"](1, "12.00"))
    proof = road.run()
    assert proof.agrees
    assert text(proof.sales) == ("22.00 GBP",) * 3


def test_a_payment_that_the_store_changed_after_posting_is_a_difference(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1, "20.00", paid="5.00")]
    road.run()
    road.change(0, build["make_order"](1, "20.00", paid="6.00"))
    (difference,) = road.run().differences
    assert (difference.kind, str(difference.store)) == (Kind.PAYMENT, "6.00 GBP")


def test_what_was_deleted_in_the_books_shows_when_they_are_read_again(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1), build["make_order"](2, "20.00", refunded="20.00")]
    assert road.run().agrees
    assert prove_again(road.work(), alone=True).agrees
    (entry,) = [each for each in road.ledger.entries.values() if each.number == "1"]
    del road.ledger.entries[entry.id]
    assert road.run().agrees, "a run looks at the answers it was given"
    proof = prove_again(road.work(), alone=True)
    (difference,) = proof.differences
    assert (difference.number, difference.ledger) == ("1", None)
    assert text(proof.sales) == ("30.00 GBP", "30.00 GBP", "20.00 GBP")
    assert not proof.agrees


def test_what_was_changed_in_the_books_shows_when_they_are_read_again(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1)]
    road.run()
    key, entry = next((key, each) for key, each in road.ledger.entries.items() if each.number == "1")
    road.ledger.entries[key] = replace(entry, total=build["pounds"]("9.99"))
    (difference,) = prove_again(road.work(), alone=True).differences
    assert str(difference.ledger) == "9.99 GBP"


def test_books_are_read_again_over_every_day_that_was_posted(road: Any, build: Any) -> None:
    road.set(replace(build["SETTINGS"], time_zone="Pacific/Auckland"))
    road.now = datetime(2026, 2, 1, 12, 30, tzinfo=UTC)  # the second of February there
    order = replace(build["make_order"](1), placed_at=road.now, updated_at=road.now)
    road.store.orders = [build["make_order"](2), order]
    road.run()
    assert prove_again(road.work(), alone=True).agrees
    assert road.ledger.spans[-1] == (date(2026, 1, 1), date(2026, 2, 2))
    road.set(replace(build["SETTINGS"], time_zone="Pacific/Auckland", start_date=date(2026, 1, 20)))
    assert prove_again(road.work(), alone=True).agrees, "what was posted before a later start date is still there"
    assert road.ledger.spans[-1] == (date(2026, 1, 11), date(2026, 2, 2))


def test_empty_books_are_read_again_from_the_start_date(road: Any) -> None:
    assert prove_again(road.work(), alone=True).agrees
    assert road.ledger.spans == [(date(2026, 1, 1), date(2026, 2, 1))]


def test_an_order_without_any_posting_is_a_difference(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1)]
    work = road.work()
    road.now += build["HOUR"]
    fetch_connection(work, alone=True)
    proof = prove_anew(work, learn(work).resolved, "GBP")
    (difference,) = proof.differences
    assert (difference.number, str(difference.store), difference.ledger) == ("1", "10.00 GBP", None)
    assert not proof.agrees


def test_what_is_in_the_books_and_no_longer_in_the_store_is_a_difference(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1, refunded="10.00"), build["make_order"](2, "20.00")]
    assert road.run().agrees
    road.change(0, build["make_order"](1))
    proof = road.run()
    assert [(each.kind, each.store, str(each.ledger)) for each in proof.differences] == [
        (Kind.REFUND, None, "10.00 GBP")
    ]
    road.store.unreadable = {"2"}
    road.change(1, build["make_order"](2, "20.00"))
    assert [(each.kind, each.number) for each in road.run().differences] == [(Kind.REFUND, "1"), (Kind.SALE, "2")]


def test_unsettled_postings_are_counted(road: Any, build: Any) -> None:
    from comptoir.books.problems import Message
    from comptoir.engine.errors import Refused

    road.store.orders = [build["make_order"](1, "20.00", paid="5.00"), build["make_order"](2)]
    road.ledger.refuse["Buyer 1"] = Refused(Message("No."))
    proof = road.run()
    assert proof.unsettled == 2, "the sale and its payment wait for their customer"
    assert proof.posted == {Kind.SALE: 1}


def test_a_held_refund_leaves_its_sale_proven(road: Any, build: Any) -> None:
    order = build["make_order"](1, refunded="10.00")
    road.store.orders = [replace(order, refunds=(replace(order.refunds[0], pending=True),))]
    proof = road.run()
    assert [(row.kind, row.problems[0].code) for row in proof.held] == [(Kind.REFUND, "refund-pending")]
    assert text(proof.net) == ("10.00 GBP",) * 3
    assert proof.agrees


def test_a_held_payment_leaves_the_sale_proven(road: Any, build: Any) -> None:
    payments = PaymentSettings(methods={"cash": MethodSettings("Clearing")})
    invoices = replace(build["SETTINGS"].orders, form=SaleForm.INVOICE)
    road.set(replace(build["SETTINGS"], payments=payments, orders=invoices))
    road.store.orders = [build["make_order"](1)]
    proof = road.run()
    assert [row.kind for row in proof.held] == [Kind.PAYMENT]
    assert {name: str(amount) for name, amount in proof.payments.items()} == {"Card": "10.00 GBP"}
    assert proof.agrees


@pytest.mark.parametrize(("store", "journal", "ledger"), [("1", "2", "2"), ("2", "1", "2"), ("2", "2", "1")])
def test_a_triple_agrees_only_as_a_whole(build: Any, store: str, journal: str, ledger: str) -> None:
    pounds = build["pounds"]
    assert not Triple(pounds(store), pounds(journal), pounds(ledger)).agrees
    assert Triple(pounds(store), pounds(store), pounds(store)).agrees


def test_a_proof_is_stored_and_read_back_unchanged(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1, "20.00", paid="5.00"), build["make_order"](2, refunded="10.00")]
    road.store.unreadable = {"2"}
    proof = road.run()
    assert read_back(proof) == proof


def read_back(proof: Proof) -> Proof:
    outcome = adapter(Outcome).validate_json(adapter(Outcome).dump_json(outcome_of(proof)))
    return proof_from(outcome, pages_of(proof))


def foreign_road(road: Any, build: Any) -> None:
    """A company that keeps euros too, with an account for each currency."""
    company = road.ledger.read_company()
    euros = replace(company.accounts[1], id="a5", name="Clearing EUR", currency="EUR")
    road.ledger.company = replace(company, multicurrency=True, currencies=("EUR",), accounts=(*company.accounts, euros))
    methods = {"*": MethodSettings("Clearing", by_currency={"EUR": "Clearing EUR"})}
    orders = replace(build["SETTINGS"].orders, currency=CurrencyChoice.PAID)
    road.set(replace(build["SETTINGS"], payments=PaymentSettings(methods=methods), orders=orders))


def in_euros(value: Any) -> Any:
    text = adapter(Order).dump_json(value).decode().replace("GBP", "EUR")
    return adapter(Order).validate_json(text)


def test_each_currency_has_its_own_figures(road: Any, build: Any) -> None:
    foreign_road(road, build)
    make = build["make_order"]
    paid = replace(make(1, "10.00"), paid_currency="EUR", as_paid=in_euros(make(1, "12.00", refunded="2.00")))
    road.store.orders = [paid, make(2, "20.00"), in_euros(make(3, "30.00", paid="5.00"))]
    proof = road.run()
    assert proof.agrees
    assert text(proof.net) == ("20.00 GBP",) * 3
    (euros,) = proof.foreign
    assert (text(euros.sales), text(euros.refunds)) == (("42.00 EUR",) * 3, ("2.00 EUR",) * 3)
    assert {name: str(amount) for name, amount in euros.payments.items()} == {"Card": "17.00 EUR"}
    assert {name: str(amount) for name, amount in proof.payments.items()} == {"Card": "20.00 GBP"}
    assert [each.currency for each in proof.currencies] == ["GBP", "EUR"]
    assert read_back(proof) == proof
    again = prove_again(road.work(), alone=True)
    assert again.agrees
    assert again.foreign == proof.foreign


def test_a_difference_in_a_foreign_currency_is_one(road: Any, build: Any) -> None:
    foreign_road(road, build)
    road.store.orders = [in_euros(build["make_order"](1, "30.00"))]
    proof = road.run()
    assert [each.currency for each in proof.currencies] == ["EUR"], "there is nothing in pounds to show"
    assert proof.agrees
    key, entry = next((key, each) for key, each in road.ledger.entries.items() if each.number == "1")
    road.ledger.entries[key] = replace(entry, total=replace(entry.total, amount=Decimal("29.99")))
    wrong = prove_again(road.work(), alone=True)
    assert not wrong.agrees
    assert text(wrong.foreign[0].net) == ("30.00 EUR", "30.00 EUR", "29.99 EUR")
    assert [str(each.ledger) for each in wrong.differences] == ["29.99 EUR"]


def test_a_sale_keeps_its_currency_when_the_choice_changes(road: Any, build: Any) -> None:
    foreign_road(road, build)
    make = build["make_order"]
    paid = replace(make(1, "10.00"), paid_currency="EUR", as_paid=in_euros(make(1, "12.00")))
    road.store.orders = [paid]
    assert road.run().agrees
    road.set(replace(road.work().settings, orders=build["SETTINGS"].orders))
    back = replace(
        make(1, "10.00", refunded="10.00"), paid_currency="EUR", as_paid=in_euros(make(1, "12.00", refunded="12.00"))
    )
    road.change(0, back)
    proof = road.run()
    assert proof.agrees
    assert text(proof.foreign[0].refunds) == ("12.00 EUR",) * 3
    road.change(0, make(1, "10.00", refunded="10.00"))
    lost = road.run()
    assert [(each.kind, each.store) for each in lost.differences] == [(Kind.SALE, None), (Kind.REFUND, None)]


def test_warnings_go_with_what_is_posted(road: Any, build: Any) -> None:
    order = build["make_order"](1, refunded="12.00")
    road.store.orders = [order, build["make_order"](2)]
    proof = road.run()
    ((kind, number, notes),) = [(each.kind, each.number, each.notes) for each in proof.warnings]
    assert (kind, number) == (Kind.REFUND, "1")
    assert [str(note) for note in notes] == ["With this refund more went back on order 1 than was paid or sold."]
    assert road.row(Kind.REFUND, "r1").notes == notes
    assert read_back(proof) == proof
    held = replace(order, refunds=(replace(order.refunds[0], source_id="r9", pending=True),))
    road.store.orders = [replace(held, source_id="9", number="9")]
    road.now += build["HOUR"]
    assert [each.number for each in road.run().warnings] == ["1"], "what is held is no warning"


def test_a_proof_opens_no_document_to_know_the_gift_cards(
    road: Any, build: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = road.ledger.read_company()
    owed = replace(company.accounts[1], id="a5", name="Owed", type=AccountType.OTHER_CURRENT_LIABILITY)
    road.ledger.company = replace(company, accounts=(*company.accounts, owed))
    items = replace(build["SETTINGS"].items, gift_card="Gift card", gift_card_account="Owed")
    road.set(replace(build["SETTINGS"], items=items))
    order = build["make_order"](1)
    card = replace(order.tenders[0], source_id="g1", method="gift_card", amount=build["pounds"]("4.00"))
    cash = replace(order.tenders[0], amount=build["pounds"]("6.00"))
    road.store.orders = [replace(order, tenders=(card, cash))]
    proof = road.run()
    assert (str(proof.redeemed), text(proof.sales)) == ("4.00 GBP", ("6.00 GBP",) * 3)
    assert road.row(Kind.SALE, "1").redeemed == frozenset({"g1"})
    with monkeypatch.context() as closed:
        closed.setattr(Journal, "document", None)
        assert prove_again(road.work(), alone=True) == proof
    with road.books.database.write() as connection:  # as rows are from before the column was there
        connection.execute(update(postings).values(redeemed=None))
    assert prove_again(road.work(), alone=True) == proof
