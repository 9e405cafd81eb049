from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select, update

from comptoir.books.documents import Kind
from comptoir.books.problems import Message
from comptoir.books.settings import PaymentSettings
from comptoir.engine.errors import Refused
from comptoir.engine.telling.held import SAMPLES, Standing, orders_of, page_of, standing
from comptoir.storage.codec import keys_to_json
from comptoir.storage.postings import State
from comptoir.storage.tables import postings


def stands(road: Any) -> Standing:
    return standing(road.books, road.work().owner)


def without_methods(road: Any, build: Any) -> None:
    road.set(replace(build["SETTINGS"], payments=PaymentSettings(methods={})))


def test_nothing_is_held(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1)]
    road.run()
    assert stands(road) == Standing((), 0, (), (), 0)


def test_what_one_act_frees_stands_together_the_largest_amount_first(road: Any, build: Any) -> None:
    pounds = build["pounds"]
    make = build["make_order"]
    road.store.orders = [make(1, "10.00"), make(2, "30.00", refunded="4.00"), make(3, "99.00")]
    road.store.unreadable = {"3"}
    without_methods(road, build)
    road.run()
    found = stands(road)
    assert [each.cause for each in found.causes] == ["method:card", "order-held", "unreadable:total"]
    first = found.causes[0]
    assert (first.count, dict(first.kinds), first.orders) == (2, {Kind.SALE: 2}, {"1": "1", "2": "2"})
    assert first.amounts == (pounds("40.00"),)
    assert 'The payment method "Card" of order 1 has no account.' in str(first.problem.what)
    assert found.causes[2].amounts == (), "what cannot be read has no amount"
    assert (found.held, found.amounts) == (4, (pounds("44.00"),))


def test_a_record_with_two_problems_stands_under_both_and_counts_once(road: Any, build: Any) -> None:
    order = build["make_order"](1, "10.00")
    road.store.orders = [replace(order, number="A" * 40)]
    without_methods(road, build)
    road.run()
    found = stands(road)
    assert sorted(each.cause for each in found.causes) == ["method:card", "number-too-long"]
    assert (found.held, found.amounts) == (1, (build["pounds"]("10.00"),))


def test_a_customer_that_the_ledger_refuses_stands_for_the_orders_that_wait(road: Any, build: Any) -> None:
    make = build["make_order"]
    road.ledger.refuse["Buyer 1"] = Refused(Message("The name is not allowed."), code="2020")
    road.store.orders = [make(1, "20.00", paid="5.00"), make(4, "7.00"), make(2)]
    road.run()
    found = stands(road)
    (cause,) = found.causes
    assert (cause.cause, dict(cause.kinds)) == ("ledger:2020", {Kind.CUSTOMER: 1})
    assert (list(cause.orders), cause.amounts) == (["1", "4"], (build["pounds"]("27.00"),)), (
        "the payment is no more money"
    )
    assert str(cause.problem.what) == "The name is not allowed."


def test_what_waits_for_two_records_of_one_cause_is_counted_once(road: Any, build: Any) -> None:
    road.ledger.refuse = {name: Refused(Message("No."), code="2020") for name in ("Buyer 1", "Buyer 2")}
    road.store.orders = [build["make_order"](1, "20.00"), build["make_order"](2, "3.00")]
    road.run()
    with road.books.database.write() as connection:
        keys = connection.scalars(select(postings.c.key).where(postings.c.kind == Kind.CUSTOMER.value))
        both = keys_to_json(keys)
        connection.execute(update(postings).where(postings.c.kind == Kind.SALE.value).values(awaits=both))
    found = stands(road)
    (cause,) = found.causes
    assert (dict(cause.kinds), found.held) == ({Kind.CUSTOMER: 2}, 2)
    assert (cause.amounts, found.amounts) == ((build["pounds"]("23.00"),), (build["pounds"]("23.00"),))
    page = page_of(road.books, road.work().owner, cause.cause)
    assert page is not None
    assert [(row.number, row.kind) for row in page.rows] == [("1", Kind.SALE), ("2", Kind.SALE)]


def test_many_orders_of_a_cause_are_named_a_page_at_a_time(road: Any, build: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("comptoir.engine.telling.held.PAGE", 4)
    count = SAMPLES + 1
    road.store.orders = [build["make_order"](number) for number in range(1, count + 1)]
    without_methods(road, build)
    road.run()
    owner = road.work().owner
    (cause,) = stands(road).causes
    assert (cause.count, len(cause.orders), cause.has_more) == (count, SAMPLES, True)
    assert list(orders_of(road.books, owner, {cause.cause})) == [str(number) for number in range(1, count + 1)]
    told, after = [], 0
    while True:
        page = page_of(road.books, owner, cause.cause, after)
        assert page is not None
        assert page.held == cause
        told.append([row.number for row in page.rows])
        after = page.after
        if not after:
            break
    assert told == [["1", "2", "3", "4"], ["5", "6", "7", "8"], ["9"]]
    assert page_of(road.books, owner, "nonsense") is None
    assert orders_of(road.books, owner, {"nonsense"}) == {}


def test_an_order_of_two_causes_is_among_the_orders_of_both(road: Any, build: Any) -> None:
    make = build["make_order"]
    road.store.orders = [make(1), replace(make(2), number="A" * 40)]
    without_methods(road, build)
    road.run()
    owner = road.work().owner
    method, too_long = (each for each in stands(road).causes if each.cause in {"method:card", "number-too-long"})
    assert (method.count, too_long.count) == (2, 1)
    assert list(orders_of(road.books, owner, {"method:card"})) == ["1", "2"]
    assert list(orders_of(road.books, owner, {"number-too-long"})) == ["2"]
    assert not method.has_more


def test_what_goes_on_is_held_for_nothing(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1)]
    without_methods(road, build)
    road.run()
    road.set(build["SETTINGS"])
    road.run()
    assert stands(road).causes == ()
    with road.books.database.read() as connection:
        assert connection.execute(select(postings.c.causes).where(postings.c.causes.is_not(None))).all() == []


def test_what_strayed_is_told_apart(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1), build["make_order"](2)]
    road.run()
    with road.books.database.write() as connection:
        road.books.journal.move(connection, road.row(Kind.SALE, "1"), State.CHANGED)
        road.books.journal.move(connection, road.row(Kind.SALE, "2"), State.GONE)
    found = stands(road)
    assert [(row.order_number, row.state) for row in found.strayed] == [("1", State.CHANGED), ("2", State.GONE)]
    assert found.causes == ()
    for named, straying in ((1, 2), (2, 2), (3, 2), (None, 2)):
        found = standing(road.books, road.work().owner, strayed=named)
        assert [row.order_number for row in found.strayed] == ["1", "2"][:named]
        assert found.straying == straying


def test_another_company_begins_clean(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1)]
    without_methods(road, build)
    road.run()
    owner = road.work().owner
    assert standing(road.books, replace(owner, company="ledger:two")).held == 0
