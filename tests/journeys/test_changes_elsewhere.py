"""What changes elsewhere once an order is in the books: in the store, in the company by hand, and by an undo."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.world import SALES_FORMS, World, open_world

from comptoir.books.choices import Deed
from comptoir.books.documents import Kind
from comptoir.books.facts import SourceId
from comptoir.engine.by_hand.choosing import put_up_again
from comptoir.engine.posting.undo import of_run
from comptoir.engine.proving.proof import Proof
from comptoir.engine.road import accept_the_books, carry_out_undo, look_at_undo, look_for_deleted
from comptoir.storage.postings import State
from comptoir.storage.runs import RunState

pytestmark = pytest.mark.journey

VAT = [{"title": "VAT", "rate": "0.2"}]
SETTINGS = """
time_zone = "Europe/London"
start_date = 2026-01-01
[items]
income_account = "Sales"
expense_account = "Purchases"
[orders]
statuses = ["pending", "partially_paid", "paid", "partially_refunded", "refunded"]
prefix = "S-"
[payments.methods."*"]
account = "Card clearing"
[refunds]
prefix = "R-"
[taxes]
untaxed = "No VAT"
[taxes.codes]
"VAT" = "20.0% S"
"""
RAISED, CANCELLED, DELETED, BY_HAND, RETRIED, ACCEPTED = (str(number) for number in range(1001, 1007))


def line(price: str, quantity: int = 1) -> dict[str, Any]:
    product = {"title": "Hat", "sku": "HAT", "variant_id": 1, "product_id": 1}
    return {**product, "quantity": quantity, "unit_price": price, "taxes": VAT}


def unpaid(price: str) -> dict[str, Any]:
    return {"taxes_included": True, "lines": [line(price)]}


def paid(price: str) -> dict[str, Any]:
    return {**unpaid(price), "payments": [{"amount": price, "gateway": "shopify_payments"}]}


ORDERS = [unpaid("12.00"), unpaid("24.00"), unpaid("36.00"), unpaid("48.00"), paid("60.00"), paid("72.00")]

Sales = dict[str, tuple[str, str, Decimal, Decimal]]


def sales(world: World) -> Sales:
    """Document number -> form, id, total, balance; as the company holds it."""
    return {
        each["DocNumber"]: (kind, each["Id"], Decimal(each["TotalAmt"]), Decimal(each.get("Balance", 0)))
        for kind, each in world.objects(*SALES_FORMS)
    }


def raise_order(world: World, number: str) -> None:
    """The merchant adds a line of 6.00, of it 1.00 tax."""
    world.store.tell("edit_order", {"name": f"#{number}", "add_lines": [line("6.00")]})


def of_order(world: World, number: str) -> Sales:
    return {name: found for name, found in sales(world).items() if name.split("-")[1] == number}


def sale_states(world: World, number: str) -> list[State]:
    return [row.state for row in world.rows(number) if row.key.kind is Kind.SALE]


def differences(proof: Proof, number: str) -> list[tuple[str, str, str]]:
    """The store's, the journal's and the books' figure of every row of this order that differs; "None" is none."""
    return [
        (str(each.store), str(each.journal), str(each.ledger)) for each in proof.differences if number in each.number
    ]


@contextmanager
def opened(folder: Path) -> Iterator[World]:
    shop = {"currency": "GBP", "timezone": "Europe/London", "country_code": "GB"}
    with open_world(folder, "uk", shop, ORDERS) as world:
        world.configure(SETTINGS)
        assert world.run().agrees
        yield world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Six orders in the books; each test has its own."""
    with opened(tmp_path_factory.mktemp("elsewhere")) as found:
        yield found


def test_an_unpaid_order_that_is_raised_has_its_invoice_written_anew(world: World) -> None:
    before = of_order(world, RAISED)["S-1001"]
    raise_order(world, RAISED)
    proof = world.run()
    # 12.00 + 6.00; the same document
    assert of_order(world, RAISED) == {"S-1001": ("Invoice", before[1], Decimal("18.00"), Decimal("18.00"))}
    assert differences(proof, RAISED) == []


def test_a_cancelled_unpaid_order_has_its_invoice_voided(world: World) -> None:
    identity = of_order(world, CANCELLED)["S-1002"][1]
    world.store.tell("edit_order", {"name": f"#{CANCELLED}", "cancel": "CUSTOMER"})
    proof = world.run()
    assert of_order(world, CANCELLED) == {"S-1002": ("Invoice", identity, Decimal(0), Decimal(0))}
    assert sale_states(world, CANCELLED) == [State.VOIDED]
    assert differences(proof, CANCELLED) == []


def test_an_order_that_vanished_from_the_store_is_found_when_asked_for_and_voided(world: World) -> None:
    identity = of_order(world, DELETED)["S-1003"][1]
    world.store.tell("edit_order", {"name": f"#{DELETED}", "delete": True})
    world.run()
    assert of_order(world, DELETED)["S-1003"][2] == Decimal("36.00"), "no list of changes tells of it"
    work = world.begin()
    assert look_for_deleted(work, alone=True) == 1
    world.app.books.runs.finish(work.run.id, RunState.FINISHED)
    proof = world.run()
    assert of_order(world, DELETED) == {"S-1003": ("Invoice", identity, Decimal(0), Decimal(0))}
    assert sale_states(world, DELETED) == [State.VOIDED]
    assert differences(proof, DELETED) == []


def test_an_invoice_that_somebody_changed_is_left_alone_and_the_increase_gets_its_own(world: World) -> None:
    hand = world.by_hand()
    identity = of_order(world, BY_HAND)["S-1004"][1]
    invoice = hand.call("GET", f"invoice/{identity}")["Invoice"]
    (goods,) = [row for row in invoice["Line"] if row["DetailType"] == "SalesItemLineDetail"]
    code = goods["SalesItemLineDetail"]["TaxCodeRef"]
    detail = {"ItemRef": goods["SalesItemLineDetail"]["ItemRef"], "TaxCodeRef": code}
    # 30.00 x 20 % = 6.00 on top
    lines = [{"DetailType": "SalesItemLineDetail", "Amount": 30.00, "SalesItemLineDetail": detail}]
    changed = {
        "Id": identity,
        "SyncToken": invoice["SyncToken"],
        "CustomerRef": invoice["CustomerRef"],
        "DocNumber": invoice["DocNumber"],
        "TxnDate": invoice["TxnDate"],
        "GlobalTaxCalculation": "TaxExcluded",
        "Line": lines,
    }
    hand.call("POST", "invoice", json=changed)
    raise_order(world, BY_HAND)
    proof = world.run()
    assert {name: (form, total) for name, (form, _, total, _) in of_order(world, BY_HAND).items()} == {
        "S-1004": ("Invoice", Decimal("36.00")),
        "S-1004-2": ("Invoice", Decimal("6.00")),
    }
    assert of_order(world, BY_HAND)["S-1004"][1] == identity
    assert sale_states(world, BY_HAND) == [State.CHANGED, State.POSTED]
    assert differences(proof, BY_HAND) == [("48.00 GBP", "48.00 GBP", "36.00 GBP")]


def deleted_by_hand(world: World, number: str, amount: str) -> Proof:
    """Somebody deletes the receipt: the books read anew tell of it, and the next run makes no other.

    A run alone need not see it: where nothing is to be decided or sent, the company is not asked what changed.
    """
    world.by_hand().delete("SalesReceipt", f"S-{number}")
    reread = world.reread()
    assert sale_states(world, number) == [State.GONE]
    assert differences(reread, number) == [(amount, amount, str(None))]
    proof = world.run()
    assert of_order(world, number) == {}
    assert sale_states(world, number) == [State.GONE]
    assert differences(proof, number) == [(amount, amount, str(None))]
    return proof


def test_a_deleted_receipt_is_made_once_more_when_asked_for(world: World) -> None:
    assert not deleted_by_hand(world, RETRIED, "60.00 GBP").agrees
    sources = {SourceId(row.order_source_id) for row in world.rows(RETRIED)}
    put_up_again(world.app.books, world.app.owner(world.record), sources, reopen=True)
    proof = world.run()
    assert [found[0::2] for found in of_order(world, RETRIED).values()] == [("SalesReceipt", Decimal("60.00"))]
    assert differences(proof, RETRIED) == []


def test_a_deletion_that_is_accepted_stays(world: World) -> None:
    assert not deleted_by_hand(world, ACCEPTED, "72.00 GBP").agrees
    work = world.begin()
    assert len(accept_the_books(work, ACCEPTED, alone=True)) == 1
    world.app.books.runs.finish(work.run.id, RunState.FINISHED)
    proof = world.run()
    assert of_order(world, ACCEPTED) == {}
    assert differences(proof, ACCEPTED) == []


def test_a_run_that_is_undone_leaves_nothing_of_ours_and_can_be_posted_again(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        before = {name: (found[0], *found[2:]) for name, found in sales(world).items()}
        balances = world.balances()
        # 12 + 24 + 36 + 48 are open; 60 + 72 are paid
        assert balances["Accounts Receivable (A/R)"] == Decimal("120.00")
        assert balances["Card clearing"] == Decimal("132.00")
        (run,) = world.app.books.runs.latest(world.app.organization_id, 1)
        work = world.begin()
        undoing = look_at_undo(work, of_run(run.id))
        gone, stayed = carry_out_undo(work, undoing, Deed("run", str(run.id)), alone=True)
        world.app.books.runs.finish(work.run.id, RunState.FINISHED)
        assert (len(gone), stayed, undoing.stays) == (6, [], ())
        assert world.objects(*SALES_FORMS, "Payment") == []
        assert {name: value for name, value in world.balances().items() if value} == {}
        assert world.run().agrees
        assert world.objects(*SALES_FORMS, "Payment") == [], "what was undone stays out until it is asked for"
        sources = {SourceId(row.order_source_id) for row in gone}
        put_up_again(world.app.books, world.app.owner(world.record), sources, reopen=True)
        assert world.run().agrees
        assert {name: (found[0], *found[2:]) for name, found in sales(world).items()} == before
        assert world.balances() == balances
