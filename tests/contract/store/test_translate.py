"""`translate` is pure, bears what is missing, and says what it cannot read."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from tests.contract.store.afterwards import PAIR
from tests.contract.store.case import happen
from tests.contract.store.cases import CASES
from tests.contract.store.conftest import OpenShop
from tests.contract.store.harness import (
    Charge,
    Fault,
    GivenBack,
    NewOrder,
    Payment,
    Person,
    StoreHarness,
)
from tests.contract.store.reading import as_order, lines_sum, order_of, payload_of, record_of

from comptoir.books.facts import Order, Untranslatable

Json = dict[str, Any]
BUYER = Person(company="Quillfeather Imports")
NOTES = ("ring twice at the lychgate", "the handle was chipped in transit")


def personal_texts(person: Person) -> list[str]:
    return [person.given, person.family, person.email, person.phone, person.street, person.postcode, person.company]


def with_everything(shop: StoreHarness) -> Json:
    """The record of an order that has a part of every sort."""
    order = NewOrder(
        lines=PAIR, shipping=[Charge("Post", "5.00")], tip="2.00", fees=[Charge("Eco fee", "1.00")],
        payments=[Payment(amount="234.00")], buyer=BUYER, note=NOTES[0],
    )  # fmt: skip
    source_id = shop.place(order)
    shop.wait(60)
    shop.ship(source_id)
    shop.refund(source_id, GivenBack(pieces={"A": 1}, cash="113.00", note=NOTES[1]))
    return payload_of(record_of(shop, source_id))


def test_it_needs_no_network_and_changes_nothing(shop: StoreHarness) -> None:
    payload = with_everything(shop)
    before = copy.deepcopy(payload)
    store = shop.store()
    shop.fault(Fault.CUT)
    made = store.translate(payload)
    assert isinstance(made, Order)
    assert payload == before
    assert store.translate(copy.deepcopy(payload)) == made


@pytest.mark.parametrize("name", CASES)
def test_without_its_personal_parts_an_order_is_worth_the_same(open_shop: OpenShop, name: str) -> None:
    case = CASES[name]
    shop = open_shop(case.setup)
    store = shop.store()
    record = record_of(shop, happen(shop, replace(case, order=replace(case.order, buyer=BUYER, note=NOTES[0]))))
    whole = as_order(store, record)
    redacted = store.translate(_redacted(payload_of(record), store.personal_keys))
    assert isinstance(redacted, Order)
    assert _worth(redacted) == _worth(whole)


def test_personal_data_is_under_the_personal_keys_only(shop: StoreHarness) -> None:
    payload = with_everything(shop)
    whole, rest = str(payload), str(_redacted(payload, shop.store().personal_keys))
    texts = [*personal_texts(BUYER), *NOTES]
    assert [text for text in texts if text not in whole] == []
    assert [text for text in texts if text in rest] == []


def test_an_account_stays_known_without_personal_data(shop: StoreHarness) -> None:
    payload = with_everything(shop)
    store = shop.store()
    whole, redacted = store.translate(payload), store.translate(_redacted(payload, store.personal_keys))
    assert isinstance(whole, Order)
    assert isinstance(redacted, Order)
    assert whole.buyer is not None
    assert redacted.buyer is not None
    assert whole.buyer.source_id == redacted.buyer.source_id
    assert str(BUYER.email) not in str(redacted)


def test_who_bought_and_where_it_goes(shop: StoreHarness) -> None:
    order = order_of(shop, shop.place(NewOrder(lines=PAIR, buyer=BUYER, note=NOTES[0])))
    assert order.buyer is not None
    assert order.buyer.source_id
    assert (order.buyer.given_name, order.buyer.family_name) == (BUYER.given, BUYER.family)
    assert (order.buyer.email, order.buyer.phone, order.buyer.company) == (BUYER.email, BUYER.phone, BUYER.company)
    for place in (order.billing, order.shipping):
        assert place is not None
        assert (place.line1, place.city, place.postcode) == (BUYER.street, BUYER.city, BUYER.postcode)
        assert place.country == BUYER.country
    assert order.note == NOTES[0]


@pytest.mark.parametrize("name", ["Zoë: “Z”", "O'Neil \N{WRAPPED PRESENT}", "x" * 600])
def test_a_name_comes_as_it_was_typed(shop: StoreHarness, name: str) -> None:
    order = order_of(shop, shop.place(NewOrder(lines=PAIR, buyer=Person(family=name), note=name)))
    assert order.buyer is not None
    assert (order.buyer.family_name, order.note) == (name, name)


def test_a_guest_has_no_account_and_may_have_no_address_to_write_to(shop: StoreHarness) -> None:
    guest = order_of(shop, shop.place(NewOrder(lines=PAIR, buyer=Person(has_account=False, email="", phone=""))))
    assert guest.buyer is not None
    assert (guest.buyer.source_id, guest.buyer.email) == (None, "")
    assert (BUYER.given in guest.buyer.name, BUYER.family in guest.buyer.name) == (True, True)


def test_two_people_of_one_name_are_two_and_one_person_stays_one(shop: StoreHarness) -> None:
    people = [Person(), Person(email="another.qf@example.com"), Person()]
    buyers = [order_of(shop, shop.place(NewOrder(lines=PAIR, buyer=person))).buyer for person in people]
    ids = [buyer.source_id for buyer in buyers if buyer is not None]
    assert len(ids) == 3
    assert ids[0] == ids[2] != ids[1]


def test_nobody_bought(shop: StoreHarness) -> None:
    order = order_of(shop, shop.place(NewOrder(lines=PAIR)))
    assert (order.buyer, order.billing, order.shipping, order.note) == (None, None, None, "")


def test_a_record_of_nothing_is_untranslatable(shop: StoreHarness) -> None:
    made = shop.store().translate({})
    assert isinstance(made, Untranslatable)
    assert made.field
    assert made.detail


@pytest.mark.parametrize("wrong", [None, "?", 7, [], {}, True], ids=repr)
def test_a_part_that_is_wrong_is_named_and_never_raises(shop: StoreHarness, wrong: object) -> None:
    """Whatever stands in the place of whatever part: an order, or the name of the part that is not readable."""
    payload = with_everything(shop)
    store = shop.store()
    named = 0
    for path in _paths(payload):
        made = store.translate(_with(payload, path, wrong))
        if isinstance(made, Untranslatable):
            named += 1
            assert made.field.split(".")[0].split("[")[0] in _names(payload)
            assert made.detail
        else:
            assert isinstance(made, Order)
    assert named


def test_a_part_that_is_missing_is_named_and_never_raises(shop: StoreHarness) -> None:
    payload = with_everything(shop)
    store = shop.store()
    fatal = {}
    for key in payload:
        made = store.translate({name: value for name, value in payload.items() if name != key})
        if isinstance(made, Untranslatable):
            fatal[key] = made.field
    assert fatal
    assert [key for key, field in fatal.items() if key not in field] == []
    assert not store.personal_keys & {*fatal}


def test_what_is_not_readable_still_says_which_order_it_is(shop: StoreHarness) -> None:
    payload = with_everything(shop)
    store = shop.store()
    order = store.translate(payload)
    assert isinstance(order, Order)
    broken = [store.translate({**payload, key: 7}) for key in payload]
    told = [made for made in broken if isinstance(made, Untranslatable)]
    # All but those whose very id or number is what is broken.
    assert sum((made.source_id, made.number) == (order.source_id, order.number) for made in told) >= len(told) - 2


def _redacted(payload: Json, personal: frozenset[str]) -> Json:
    return {key: value for key, value in payload.items() if key not in personal}


def _worth(order: Order) -> tuple[object, ...]:
    refunds = tuple(replace(refund, note="") for refund in order.refunds)
    return (
        order.source_id, order.number, order.total, lines_sum(order), order.lines, order.tenders, refunds,
        order.status, order.placed_at, order.updated_at, order.cancelled_at, order.shipped_at, order.test,
    )  # fmt: skip


def _paths(value: object, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place of a record."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield (*at, key)
        yield from _paths(each, (*at, key))


def _with(value: Any, path: tuple[str | int, ...], put: object) -> Any:
    """The record with something else in one place."""
    if not path:
        return put
    key, *rest = path
    made: Any = {**value} if isinstance(value, dict) else [*value]
    made[key] = _with(value[key], tuple(rest), put)
    return made


def _names(payload: Json) -> set[str]:
    return {str(key) for path in _paths(payload) for key in path}
