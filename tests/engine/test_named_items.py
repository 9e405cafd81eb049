"""The settings as they are now decide which item carries shipping and the like, and who the generic customer is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from comptoir.books import customers, items
from comptoir.books.choices import Deed
from comptoir.books.documents import Awaited, CustomerDocument, ItemDocument, ItemType, Kind, LedgerId, SaleDocument
from comptoir.books.facts import LineKind, OrderLine, SourceId
from comptoir.books.problems import Message
from comptoir.books.settings import CustomerChoice
from comptoir.engine.by_hand.choosing import put_up_again
from comptoir.engine.errors import Refused
from comptoir.engine.knowledge import learn
from comptoir.engine.posting.undo import of_order
from comptoir.engine.preview import Previewer
from comptoir.engine.road import carry_out_undo, look_at_undo
from comptoir.engine.setup.repairs import repairs_of
from comptoir.storage.postings import State


def shipped(build: Any, number: int, more: str = "0") -> Any:
    """An order of one mug and its shipping; `more` is the price of what was added to it."""
    pounds = build["pounds"]
    order = build["make_order"](number)
    shipping, added = (
        OrderLine(SourceId(name), kind, name, sku, order.lines[0].quantity, pounds(price), pounds(price), pounds("0"))
        for name, kind, sku, price in (("l2", LineKind.SHIPPING, "", "5.00"), ("l3", LineKind.PRODUCT, "CUP", more))
    )
    lines = (*order.lines, shipping, added) if more != "0" else (*order.lines, shipping)
    total = order.total + pounds("5.00") + pounds(more)
    tender = replace(order.tenders[0], amount=total)
    return replace(order, lines=lines, total=total, tenders=(tender,))


def call(road: Any, build: Any, name: str) -> None:
    """Call the item of shipping otherwise in the settings."""
    settings = road.books.connections.get(road.connection_id).settings or build["SETTINGS"]
    road.set(replace(settings, items=replace(settings.items, shipping=name)))


def enter(road: Any, name: str) -> str:
    """An item that somebody made in the company's own pages."""
    identity = f"own-{name}"
    road.ledger.documents[identity] = ItemDocument(name, "", ItemType.SERVICE, LedgerId("a1"))
    road.ledger.times[identity] = road.now
    return identity


def retire(road: Any, name: str) -> None:
    """Somebody makes an item inactive in the company's own pages."""
    (identity,) = [each.id for each in road.ledger.read_items() if each.name == name]
    road.ledger.retired.add(identity)
    road.ledger.times[identity] = road.now


def names(road: Any) -> dict[str, list[str]]:
    """What the lines of each sale in the books are called there, by its order."""
    called = {str(row.key): row.number for row in road.rows()}
    found = {}
    for row in road.rows(Kind.SALE):
        if row.state is State.POSTED:
            document = road.books.journal.document(row)
            assert isinstance(document, SaleDocument)
            references = [line.item for line in document.lines]
            found[row.order_number] = [
                called[str(each.key)] if isinstance(each, Awaited) else each.name for each in references
            ]
    return found


def made(road: Any) -> list[str]:
    """The items of the company."""
    return sorted(each.name for each in road.ledger.read_items())


def undo(road: Any, order: str) -> None:
    """Take an order out of the books."""
    work = road.work()
    carry_out_undo(work, look_at_undo(work, of_order(order)), Deed("order", order), alone=True)


def again(road: Any, order: str) -> Any:
    """Let it go on, and run."""
    put_up_again(road.books, road.work().owner, [SourceId(order)], reopen=True)
    return road.run()


BEFORE_NAMES = "a database from before names were part of keys"


@pytest.fixture(params=["of this release", BEFORE_NAMES])
def begun(request: pytest.FixtureRequest, road: Any, build: Any) -> Any:
    """A road with one shipped order in the books."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == BEFORE_NAMES:
            patch.setattr(items, "key_of_name", lambda plain, *_: plain)
            patch.setattr(customers, "key_of_name", lambda plain, *_: plain)
        road.store.orders = [shipped(build, 1)]
        assert road.run().agrees
    assert names(road) == {"1": [MUG, "Shipping"]}
    return road


MUG = "Mug (MUG)"


@pytest.mark.parametrize("is_there", [True, False], ids=["an existing item", "one that is made"])
def test_what_is_decided_from_then_on_has_the_item_that_the_settings_name(
    begun: Any, build: Any, *, is_there: bool
) -> None:
    if is_there:
        enter(begun, "Livraison")
    call(begun, build, "Livraison")
    begun.store.orders.append(replace(shipped(build, 2), updated_at=begun.now))
    assert begun.run().agrees
    assert names(begun) == {"1": [MUG, "Shipping"], "2": [MUG, "Livraison"]}, "what is posted stays as it is"
    undo(begun, "1")
    assert again(begun, "1").agrees
    assert names(begun) == {"1": [MUG, "Livraison"], "2": [MUG, "Livraison"]}
    call(begun, build, "shipping")
    begun.store.orders.append(replace(shipped(build, 4), updated_at=begun.now))
    assert begun.run().agrees
    assert names(begun)["4"] == [MUG, "Shipping"]
    assert made(begun) == ["Livraison", MUG, "Shipping"], "each is there once"
    assert begun.run().agrees


def test_an_item_that_was_made_inactive_is_held_until_the_settings_name_another(begun: Any, build: Any) -> None:
    retire(begun, "Shipping")
    begun.store.orders.append(replace(shipped(build, 2), updated_at=begun.now))
    proof = begun.run()
    assert [[each.code for each in row.problems] for row in proof.held] == [["named-item-inactive"]]
    call(begun, build, "Livraison")
    assert begun.run().held == ()
    assert names(begun)["2"] == [MUG, "Livraison"]


def refuse(road: Any, name: str) -> None:
    """The ledger does not make an item of this name."""
    road.ledger.refuse[name] = Refused(Message("Its account is inactive."), code="6000")


def test_an_item_that_the_ledger_refuses_is_left_when_the_settings_name_another(begun: Any, build: Any) -> None:
    refuse(begun, "Livraison")
    call(begun, build, "Livraison")
    begun.store.orders += [replace(shipped(build, number), updated_at=begun.now) for number in (2, 4)]
    begun.run()
    assert [row.number for row in begun.rows(Kind.ITEM) if row.state is State.HELD] == ["Livraison"]
    begun.run()
    assert [row.number for row in begun.rows(Kind.ITEM) if row.state is State.HELD] == ["Livraison"], "it is awaited"
    call(begun, build, "Shipping")
    assert begun.run().agrees
    assert names(begun)["2"] == names(begun)["4"] == [MUG, "Shipping"]
    (left,) = [row for row in begun.rows(Kind.ITEM) if row.number == "Livraison"]
    assert (left.state, left.problems) == (State.SKIPPED, ())
    begun.ledger.refuse.clear()
    call(begun, build, "Livraison")
    begun.store.orders.append(replace(shipped(build, 5), updated_at=begun.now))
    assert begun.run().agrees
    assert names(begun)["5"] == [MUG, "Livraison"]


def test_an_item_that_the_ledger_refuses_is_made_by_the_settings_of_today(begun: Any, build: Any) -> None:
    company = begun.ledger.read_company()
    other = replace(company.accounts[0], id=LedgerId("a9"), name="Other sales")
    begun.ledger.company = replace(company, accounts=(*company.accounts, other))
    refuse(begun, "Livraison")
    call(begun, build, "Livraison")
    begun.store.orders.append(replace(shipped(build, 2), updated_at=begun.now))
    begun.run()
    settings = begun.books.connections.get(begun.connection_id).settings
    begun.set(replace(settings, items=replace(settings.items, shipping_account="Other sales")))
    begun.ledger.refuse.clear()
    assert begun.run().agrees
    assert names(begun)["2"] == [MUG, "Livraison"]
    (item,) = [each for each in begun.ledger.read_items() if each.name == "Livraison"]
    assert item.income_account == "a9"


def test_an_edit_of_what_is_posted_moves_nothing_between_the_items(begun: Any, build: Any) -> None:
    call(begun, build, "Livraison")
    begun.change(0, shipped(build, 1, "3.00"))
    assert begun.run().agrees
    (edit,) = [row for row in begun.rows(Kind.SALE) if row.key.part]
    lines = begun.books.journal.document(edit).lines
    assert [(line.description, str(line.amount.amount)) for line in lines] == [("l3", "3.00")]


def test_the_preview_shows_the_item_of_today(begun: Any, build: Any) -> None:
    undo(begun, "1")
    put_up_again(begun.books, begun.work().owner, [SourceId("1")], reopen=True)
    call(begun, build, "Livraison")
    work = begun.work()
    previewer = Previewer(work, learn(work))
    (previewed,) = previewer.every()
    (sale,) = [each.form for each in previewed.shown if each.form]
    shipping = sale.lines[-1].item
    assert previewer.name(shipping) == "Livraison"
    assert previewer.is_new(shipping)


def test_a_generic_customer_that_was_made_inactive_is_held_until_the_settings_name_another(
    road: Any, build: Any
) -> None:
    settings = build["SETTINGS"]
    orders = replace(settings.orders, customer=CustomerChoice.GENERIC, generic_customer="Web")
    road.set(replace(settings, orders=orders))
    road.store.orders = [build["make_order"](1)]
    assert road.run().agrees
    (web,) = road.ledger.read_customers()
    road.ledger.retired.add(web.id)
    road.ledger.times[web.id] = road.now
    road.store.orders.append(replace(build["make_order"](2), updated_at=road.now))
    held = [each for row in road.run().held for each in row.problems]
    assert [each.code for each in held] == ["generic-customer-inactive"]
    asked = [each.path for repair in repairs_of(held[0], settings, road.ledger.read_company()) for each in repair.asks]
    assert asked == [("orders", "generic_customer")]
    road.set(replace(settings, orders=replace(orders, generic_customer="Counter")))
    assert road.run().held == ()
    assert [each.name for each in road.ledger.read_customers()] == ["Web", "Counter"]


def test_the_generic_customer_is_whom_the_settings_name(road: Any, build: Any) -> None:
    settings = build["SETTINGS"]

    def generic(name: str) -> None:
        orders = replace(settings.orders, customer=CustomerChoice.GENERIC, generic_customer=name)
        road.set(replace(settings, orders=orders))

    def of(number: str) -> str:
        (row,) = [row for row in road.rows(Kind.SALE) if row.order_number == number]
        return str(road.row(Kind.CUSTOMER, road.books.journal.document(row).customer.key.source_id).number)

    generic("Online customer")
    road.store.orders = [build["make_order"](1)]
    assert road.run().agrees
    generic("Client Mercerie")
    road.store.orders.append(replace(build["make_order"](2), updated_at=road.now))
    assert road.run().agrees
    assert (of("1"), of("2")) == ("Online customer", "Client Mercerie")
    undo(road, "1")
    assert again(road, "1").agrees
    assert of("1") == "Client Mercerie"
    generic("Online customer")
    road.store.orders.append(replace(build["make_order"](4), updated_at=road.now))
    assert road.run().agrees
    assert of("4") == "Online customer"
    customers_made = [each for each in road.ledger.documents.values() if isinstance(each, CustomerDocument)]
    assert sorted(each.name for each in customers_made) == ["Client Mercerie", "Online customer"]
