"""Deciding: again and again, under other settings, and never over what is in the books."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from comptoir.books.company import CustomerRecord, ItemRecord
from comptoir.books.documents import Kind, LedgerId, SaleDocument, SaleForm
from comptoir.books.facts import Order, SourceId
from comptoir.books.problems import Message
from comptoir.books.settings import MethodSettings, PaymentSettings
from comptoir.engine.decide import Decider
from comptoir.engine.errors import NeedsMapping, Refused
from comptoir.engine.knowledge import index_lists, learn
from comptoir.engine.road import fetch_connection, post_to_company, preview
from comptoir.engine.work import SettingsProblemsError
from comptoir.storage.postings import State
from comptoir.storage.tables import metadata

CASH_ONLY = PaymentSettings(methods={"cash": MethodSettings("Clearing")})


def everything(road: Any) -> dict[str, list[Any]]:
    """Every row of every table."""
    with road.books.database.read() as connection:
        return {name: list(connection.execute(select(table))) for name, table in metadata.tables.items()}


def digest(road: Any) -> str:
    work = road.work()
    return Decider(work, learn(work)).under


def sales(road: Any) -> dict[str, SaleDocument]:
    found = road.ledger.documents.values()
    return {document.number: document for document in found if isinstance(document, SaleDocument)}


def paid_in_two(build: Any, number: int) -> Order:
    """An order of 20.00, paid 5.00 and later the rest."""
    order: Order = build["make_order"](number, "20.00", paid="5.00")
    rest = replace(order.tenders[0], source_id=SourceId("rest"), reference="rest", amount=build["pounds"]("15.00"))
    whole: Order = build["make_order"](number, "20.00")
    return replace(whole, tenders=(*order.tenders, rest))


def test_what_is_held_is_freed_when_the_settings_change(road: Any, build: Any) -> None:
    road.set(replace(build["SETTINGS"], payments=CASH_ONLY))
    road.store.orders = [build["make_order"](1, "20.00", paid="5.00")]
    proof = road.run()
    assert [(row.kind, row.problems[0].code) for row in proof.held] == [(Kind.PAYMENT, "method-unmapped")]
    assert sales(road)["1"].form is SaleForm.INVOICE
    road.set(build["SETTINGS"])
    assert not road.run().held
    assert road.row(Kind.PAYMENT, "t1").state is State.POSTED


def test_what_is_held_is_decided_again_by_every_run(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1), build["make_order"](2)]
    road.store.unreadable = {"2"}
    road.run()
    for _ in range(2):
        road.run()
        assert road.books.runs.latest(road.organization_id, 1)[0].decided == 1
    road.store.unreadable = set()
    assert not road.run().held
    assert road.row(Kind.SALE, "2").state is State.POSTED
    road.run()
    assert road.books.runs.latest(road.organization_id, 1)[0].decided == 0


def test_an_unreadable_record_is_held_and_the_others_go_on(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](number) for number in (1, 2, 3)]
    road.store.unreadable = {"2"}
    proof = road.run()
    (held,) = proof.held
    assert held.problems[0].code == "unreadable"
    assert 'not readable at "total": is not a number' in str(held.problems[0].what)
    assert sorted(sales(road)) == ["1", "3"]
    assert proof.agrees


def test_what_is_in_the_books_is_never_replaced(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1)]
    road.run()
    before = road.row(Kind.SALE, "1")
    road.change(0, build["make_order"](1, "12.00"))
    proof = road.run()
    rows = [row for row in road.rows() if row.key.kind is Kind.SALE]
    assert before in rows, "what is in the books stays as it is"
    assert len(rows) == 2, "the increase is a document of its own"
    assert proof.agrees


def test_the_digest_names_everything_that_a_decision_depends_on(road: Any, build: Any) -> None:
    first = digest(road)
    assert digest(road) == first
    road.store.translator_version = 2
    translated = digest(road)
    road.set(replace(build["SETTINGS"], payments=CASH_ONLY))
    settled = digest(road)
    road.ledger.identity = "ledger:two"
    assert len({first, translated, settled, digest(road)}) == 4


def test_other_settings_decide_everything_anew(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](number) for number in (1, 2)]
    road.run()
    road.run()
    road.set(replace(build["SETTINGS"], payments=CASH_ONLY))
    road.run()
    assert [run.decided for run in road.books.runs.latest(road.organization_id, 3)] == [2, 0, 2]
    assert len(sales(road)) == 2


def test_two_customers_of_one_name_become_two(road: Any, build: Any) -> None:
    one, other = build["make_order"](1), build["make_order"](2)
    road.store.orders = [
        replace(one, buyer=replace(one.buyer, name="Ann Bell")),
        replace(other, buyer=replace(other.buyer, name="ann bell")),
    ]
    assert road.run().agrees
    names = sorted(row.number for row in road.rows(Kind.CUSTOMER))
    assert names == ["Ann Bell", "ann bell (b2@example.com)"]


def test_names_planned_by_an_earlier_run_are_remembered(road: Any, build: Any) -> None:
    one, other = build["make_order"](1), build["make_order"](2)
    road.ledger.refuse["Ann Bell"] = Refused(Message("No."))
    road.store.orders = [replace(one, buyer=replace(one.buyer, name="Ann Bell"))]
    road.run()
    road.store.orders.append(replace(other, buyer=replace(other.buyer, name="Ann Bell"), updated_at=road.now))
    road.run()
    assert sorted(row.number for row in road.rows(Kind.CUSTOMER)) == ["Ann Bell", "Ann Bell (b2@example.com)"]


def test_an_invoice_paid_later_stays_an_invoice_and_gets_its_payment(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1, "20.00", paid="5.00")]
    road.run()
    road.change(0, paid_in_two(build, 1))
    proof = road.run()
    assert proof.agrees
    assert proof.posted == {Kind.SALE: 1, Kind.PAYMENT: 2}
    assert [document.form for document in sales(road).values()] == [SaleForm.INVOICE]


def test_an_invoice_that_never_left_leaves_no_payment_behind_when_it_is_a_receipt(road: Any, build: Any) -> None:
    road.ledger.refuse["1"] = Refused(Message("No."))
    road.store.orders = [build["make_order"](1, "20.00", paid="5.00")]
    road.run()
    assert road.row(Kind.PAYMENT, "t1").state is State.WAITING
    road.ledger.refuse.clear()
    road.change(0, paid_in_two(build, 1))
    proof = road.run()
    assert sales(road)["1"].form is SaleForm.RECEIPT
    assert proof.posted == {Kind.SALE: 1}, "a payment beside the receipt would book its money twice"
    assert (proof.agrees, proof.unsettled, proof.skipped) == (True, 0, ())
    assert road.row(Kind.PAYMENT, "t1").rule == "withdrawn"


def test_what_was_withdrawn_is_planned_again_when_the_order_asks_for_it(road: Any, build: Any) -> None:
    road.ledger.refuse["1"] = Refused(Message("No."))
    first = build["make_order"](1, "20.00", paid="5.00")
    road.store.orders = [first]
    road.run()
    road.change(0, paid_in_two(build, 1))
    road.run()
    assert road.row(Kind.PAYMENT, "t1").state is State.SKIPPED
    road.ledger.refuse.clear()
    road.change(0, first)
    proof = road.run()
    assert proof.agrees
    assert proof.posted == {Kind.SALE: 1, Kind.PAYMENT: 1}


def test_an_order_cancelled_before_it_left_is_skipped_with_all_it_planned(road: Any, build: Any) -> None:
    road.ledger.refuse["1"] = Refused(Message("No."))
    order = build["make_order"](1, "20.00", paid="5.00")
    road.store.orders = [order]
    road.run()
    road.change(0, replace(order, cancelled_at=road.now))
    proof = road.run()
    assert [(row.kind, row.rule) for row in proof.skipped] == [(Kind.SALE, "cancelled")]
    assert not proof.unsettled
    assert not sales(road)


def test_a_preview_says_what_a_run_would_do_and_writes_nothing(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1), build["make_order"](2), build["make_order"](3, "20.00", paid="5.00")]
    road.store.unreadable = {"2"}
    work = road.work()
    road.now += build["HOUR"]
    fetch_connection(work, alone=True)
    before = everything(road)
    previewed = list(preview(work).every())
    (fact,) = road.books.facts.find(road.organization_id, "1")
    (alone,) = Decider(work, learn(work)).preview([fact])
    assert everything(road) == before
    assert not road.ledger.sends
    assert [each.number for each in previewed] == ["1", "2", "3"]
    assert tuple(each.decided for each in previewed[0].shown) == alone
    kinds = [[shown.decided.key.kind for shown in each.shown] for each in previewed]
    assert kinds == [
        [Kind.ITEM, Kind.CUSTOMER, Kind.SALE],
        [Kind.SALE],
        [Kind.CUSTOMER, Kind.SALE, Kind.PAYMENT],
    ]
    post_to_company(work, alone=True)
    planned = {row.key for row in road.rows()}
    assert planned == {shown.decided.key for each in previewed for shown in each.shown}


def test_settings_that_do_not_fit_stop_before_anything_is_decided(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1)]
    road.set(
        replace(
            build["SETTINGS"], time_zone="Nowhere/Land", payments=PaymentSettings(methods={"*": MethodSettings("None")})
        )
    )
    with pytest.raises(SettingsProblemsError, match='"Nowhere/Land" is not a time zone') as caught:
        road.run()
    assert [problem.where for problem in caught.value.problems] == ["time_zone", "payments.methods.*.account"]
    assert road.rows() == []


def test_a_connection_without_settings_asks_for_them(road: Any) -> None:
    work = replace(road.work(), record=replace(road.books.connections.get(road.connection_id), settings=None))
    with pytest.raises(NeedsMapping, match="Shop has no settings yet") as caught:
        fetch_connection(work, alone=True)
    assert (caught.value.what, caught.value.where) == ("Shop", "settings")


def test_lists_are_indexed_by_what_they_are_matched_by() -> None:
    items = [
        ItemRecord(LedgerId("1"), "Mug", " mug ", "Service"),
        ItemRecord(LedgerId("2"), "Cup", "MUG", "Service"),
        ItemRecord(LedgerId("3"), "Jar", "", "Service", active=False),
    ]
    customers = [
        CustomerRecord(LedgerId("7"), "Ann  Bell", "", "GBP"),
        CustomerRecord(LedgerId("8"), "Bob", "bob@example.com", "GBP", active=False),
    ]
    known = index_lists(iter(items), iter(customers))
    assert known.items_by_sku == {"mug": (items[0], items[1])}
    assert known.items_by_name == {"mug": (items[0],), "cup": (items[1],), "jar": (items[2],)}
    assert known.customers_by_name == {"ann bell": (customers[0],)}
    assert known.customers_by_email == {}


def test_a_sale_of_ours_that_is_no_sale_document_has_no_form(road: Any, build: Any) -> None:
    """A row of another release's making does not decide the form."""
    road.store.orders = [build["make_order"](1)]
    road.run()
    from comptoir.storage.tables import postings

    with road.books.database.write() as connection:
        connection.execute(postings.update().where(postings.c.kind == "sale").values(document_type="OlderDocument"))
    work = road.work()
    decider = Decider(work, learn(work))
    facts = list(road.books.facts.every(road.connection_id))
    assert [posted.parts for posted in decider._posted_sales(facts).values()] == [()]
