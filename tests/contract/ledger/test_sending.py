"""One batch, every kind of document: answers match their slots, totals are what was meant, nothing is made twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from tests.contract.ledger.desk import Desk, key
from tests.contract.ledger.harness import CompanyKind, Role

from comptoir.books.documents import AmendmentDocument, Awaited, CustomerDocument, Kind, Known, LedgerId, SaleForm
from comptoir.engine.errors import Conflict, HouseError
from comptoir.engine.ports import Answered, Entry

OpenDesk = Callable[[CompanyKind], Desk]


def test_freezing_is_pure_and_stable(desk: Desk) -> None:
    slots = desk.slots(desk.sale(), desk.refund())
    frozen = desk.ledger.freeze(slots)
    assert frozen == desk.ledger.freeze(slots)
    after_restart = desk.harness.ledger()
    after_restart.read_company()
    assert frozen == after_restart.freeze(slots)
    assert desk.ledger.find(Kind.SALE, [slots[0].document.number]) == []  # type: ignore[union-attr]


def test_a_batch_has_its_limit(desk: Desk) -> None:
    most = desk.ledger.batch_limits.documents
    documents = [desk.customer() for _ in range(most + 1)]
    assert len(desk.answers(*documents[:most])) == most
    with pytest.raises(ValueError, match="batch"):
        desk.ledger.freeze(desk.slots(*documents))


def test_one_batch_of_every_kind(desk: Desk) -> None:
    paid, first, second, amended, voided = (desk.post(desk.sale()) for _ in range(5))
    credit = desk.post(desk.credit("40.00"))
    cash = desk.post(desk.cash_back(credit))
    waiting = desk.post(desk.credit())
    documents: list[Any] = [
        desk.customer(),
        desk.item(),
        desk.sale(SaleForm.RECEIPT),
        desk.sale(SaleForm.INVOICE),
        desk.payment(paid),
        desk.refund(),
        desk.credit(),
        desk.cash_back(waiting),
        desk.application(credit, first, cash, {"15.00": second}),
        desk.amendment(amended, "18.50"),
        desk.void(voided),
        desk.deposit(desk.held_receipt()),
        desk.journal(),
    ]
    made = desk.answers(*documents, upon=desk.upon(amended, voided))
    entries = [each for each in made if isinstance(each, Entry)]
    assert len(entries) == len(documents), [each.detail for each in made if isinstance(each, HouseError)]
    amounts = ["28.50", "28.50", "20.00", "5.00", "20.00", "15.00", "0", "18.50", "0", "27.25", "12.34"]
    assert [each.total for each in entries] == [None, None, *map(desk.money, amounts)]
    assert len({(each.type, each.id) for each in entries}) == len(documents)
    assert (entries[9].id, entries[10].id) == (amended.entry.id, voided.entry.id)
    assert entries[10].voided
    assert [each.voided for each in entries].count(True) == 1
    left = [entry.balance for each in (paid, first, second, credit) if (entry := desk.read(each.entry)) is not None]
    assert left == [*map(desk.money, ("8.50", "18.50", "13.50", "0"))]
    for document, entry in zip(documents[2:], entries[2:], strict=True):
        assert entry.number == document.number
        assert document.marker in entry.private_note


def test_many_answers_match_their_slots(desk: Desk) -> None:
    documents = [desk.sale(SaleForm.RECEIPT, f"{at}.07") for at in range(1, 21)]
    made = desk.answers(*documents)
    assert [(each.number, each.total) for each in made if isinstance(each, Entry)] == [
        (each.number, each.total) for each in documents
    ]


@pytest.mark.parametrize("form", SaleForm)
@pytest.mark.parametrize("kind", CompanyKind)
def test_totals_and_tax_are_what_was_meant(open_desk: OpenDesk, kind: CompanyKind, form: SaleForm) -> None:
    desk = open_desk(kind)
    for amounts in (("80.00", "-5.00"), ("0.01",), ("33.33", "33.33", "33.34")):
        document = desk.taxed(desk.sale(form, *amounts))
        made = desk.post(document).entry
        assert (made.total, made.tax) == (document.total, document.tax)
        assert desk.read(made) == made


@pytest.mark.parametrize("kind", CompanyKind)
def test_a_refund_gives_back_the_tax(open_desk: OpenDesk, kind: CompanyKind) -> None:
    desk = open_desk(kind)
    for document in (desk.taxed(desk.refund("75.00")), desk.taxed(desk.credit("75.00"))):
        made = desk.post(document).entry
        assert (made.total, made.tax) == (document.total, document.tax)


@pytest.mark.parametrize("kind", CompanyKind)
def test_amended_and_paid_a_document_stays_itself(open_desk: OpenDesk, kind: CompanyKind) -> None:
    desk = open_desk(kind)
    rate = None
    if kind is CompanyKind.MULTICURRENCY:
        desk.currency = next(each for each in desk.company.currencies or () if each != desk.company.currency)
        rate = Decimal("1.25")
    sale = desk.post(replace(desk.taxed(desk.sale(SaleForm.INVOICE, "80.00", "-5.00")), exchange_rate=rate))
    fewer = AmendmentDocument(Awaited(key("1")), replace(sale.document, lines=sale.document.lines[:1]), "[comptoir:a]")
    fewer = replace(fewer, sale=replace(desk.taxed(fewer.sale), exchange_rate=rate))
    amended = desk.post(fewer, {key("1"): sale.entry}).entry
    assert (amended.total, amended.fingerprint == sale.entry.fingerprint) == (fewer.total, False)
    same = AmendmentDocument(Awaited(key("1")), sale.document, sale.document.marker)
    again = desk.post(same, {key("1"): amended}).entry
    assert again.fingerprint == sale.entry.fingerprint, "the same said again is the same"
    payment = desk.post(replace(desk.payment(sale), exchange_rate=rate)).entry
    paid = desk.read(sale.entry)
    assert paid is not None
    assert (payment.total, paid.balance) == (desk.money("20.00"), sale.document.total - desk.money("20.00"))
    assert (paid.linked, paid.fingerprint, paid.version != again.version) == (True, sale.entry.fingerprint, True)


def test_the_same_request_twice_makes_one_document(desk: Desk) -> None:
    sale = desk.sale()
    body = desk.ledger.freeze(desk.slots(sale))
    restarted = desk.harness.ledger()
    restarted.read_company()
    first, again = desk.ledger.send("twice", body), restarted.send("twice", body)
    assert isinstance(first, Answered)
    assert again == first
    assert len(desk.ledger.find(Kind.SALE, [sale.number])) == 1


def test_half_a_batch_refused_leaves_the_other_half(desk: Desk) -> None:
    good, again = desk.sale(), desk.customer("Jo Doe")
    desk.post(again)
    nobody = replace(desk.sale(), customer=Known(LedgerId("987654321")))
    name, made, lost = desk.answers(again, good, nobody)
    assert isinstance(name, Conflict)
    assert isinstance(made, Entry)
    assert isinstance(lost, HouseError)
    assert desk.ledger.find(Kind.SALE, [good.number, nobody.number]) == [made]


def test_a_number_that_is_taken_names_its_holder(desk: Desk) -> None:
    made = desk.post(desk.sale())
    (refused,) = desk.answers(made.document)
    assert isinstance(refused, Conflict)
    assert refused.current == made.entry.id
    assert "{" not in str(refused.message)


def test_money_is_deposited_once(desk: Desk) -> None:
    held = desk.held_receipt()
    desk.post(desk.deposit(held))
    (refused,) = desk.answers(desk.deposit(held))
    assert isinstance(refused, HouseError)
    now = desk.read(held.entry)
    assert now is not None
    assert (now.linked, now.fingerprint) == (True, held.entry.fingerprint)


def test_an_amendment_upon_another_version_changes_nothing(desk: Desk) -> None:
    sale = desk.post(desk.sale())
    desk.post(desk.amendment(sale, "18.50"), desk.upon(sale))
    now = desk.read(sale.entry)
    for late in (desk.amendment(sale, "3.00"), desk.void(sale)):
        (refused,) = desk.answers(late, upon=desk.upon(sale))
        assert isinstance(refused, Conflict)
    assert desk.read(sale.entry) == now


def test_an_amendment_of_what_is_gone_is_refused(desk: Desk) -> None:
    sale = desk.post(desk.sale())
    desk.harness.delete_by_hand(sale.entry)
    (refused,) = desk.answers(desk.amendment(sale, "18.50"), upon=desk.upon(sale))
    assert isinstance(refused, HouseError)
    assert desk.ledger.find(Kind.SALE, [sale.document.number]) == []


def test_a_customer_and_an_item_are_listed_as_they_were_written(desk: Desk) -> None:
    customer, item = (
        desk.post(CustomerDocument("Zoë O'Neil", desk.currency, email="zoe@x.example")),
        desk.post(desk.item("Mug")),
    )
    listed = {each.id: each for each in desk.ledger.read_customers()}
    assert (listed[customer.entry.id].name, listed[customer.entry.id].email) == ("Zoë O'Neil", "zoe@x.example")
    items = {each.id: each for each in desk.ledger.read_items()}
    assert (items[item.entry.id].name, items[item.entry.id].sku) == ("Mug", "SKU-Mug")
    assert items[item.entry.id].income_account == desk.harness.account(Role.INCOME)
