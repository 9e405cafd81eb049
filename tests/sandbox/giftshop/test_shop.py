"""The gift shop: always the same, every case of the domain's list by its name, every expectation told."""

from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal

import pytest

from comptoir_sandbox.giftshop.cases import FAMILIES
from comptoir_sandbox.giftshop.shop import FACTS, FIRST_NUMBER, ORDERS, GiftShop, load
from comptoir_sandbox.shopify.engine import settle

# What the domain's list asks for, and the names under which it occurs.
WANTED = {
    "line, order, code and shipping discounts": [
        "line-discount",
        "order-discount",
        "code-discount",
        "shipping-discount",
    ],
    "free items": ["free-item"],
    "quantity edits, removed and added lines": ["quantity-edited", "line-removed", "line-added"],
    "two taxes on a line, one on shipping": ["two-taxes-on-a-line", "one-tax-on-shipping"],
    "exempt customers": ["tax-exempt-customer"],
    "included and excluded": ["tax-included", "tax-excluded"],
    "0 % and unmapped": ["tax-at-zero-percent", "tax-unmapped"],
    "store's and ledger's rounding apart": ["tax-rounded-apart"],
    "several shipping lines": ["several-shipping-lines"],
    "tips, duties, additional fees, eco fee": ["tip", "duty", "additional-fee", "eco-fee"],
    "cash rounding": ["cash-rounding"],
    "gift card sold, redeemed": ["gift-card-sold", "gift-card-redeemed"],
    "split with a card, redeemed later": ["gift-card-split-with-a-card", "gift-card-redeemed-later"],
    "store credit": ["store-credit"],
    "authorized only, captured in two parts": ["authorized-only", "captured-in-two-parts"],
    "partially paid, pending, voided, expired": ["partially-paid", "pending", "voided", "expired"],
    "cash with change": ["cash-with-change"],
    "paid in another currency at another day's rate": ["paid-in-another-currency"],
    "refunds: whole, by line, shipping only": ["refund-whole", "refund-by-line", "refund-shipping-only"],
    "refunds: amount only, tax only": ["refund-amount-only", "refund-tax-only"],
    "refunds: without cash, over the sale": ["refund-without-cash", "refund-over-the-sale"],
    "refunds: before first sight": ["refund-before-first-sight"],
    "refunds: of an order out of scope": ["refund-of-an-order-out-of-scope"],
    "refunds: to store credit": ["refund-to-store-credit"],
    "exchanges": ["exchange-even", "exchange-for-less", "exchange-for-more"],
    "cancelled before posting": ["cancelled-before-posting"],
    "cancelled after posting": [
        "cancelled-after-posting",
        "cancelled-after-posting-without-a-refund",
        "cancelled-and-refunded-after-posting",
    ],
    "edited after posting up": ["edited-after-posting-up", "edited-after-posting-up-paid"],
    "edited after posting down": ["edited-after-posting-down", "edited-after-posting-down-unpaid"],
    "deleted, changed in the books by hand": [
        "deleted",
        "changed-in-the-books-by-hand",
        "deleted-in-the-books-by-hand",
    ],
    "test orders": ["test-order"],
    "before the start date": ["before-the-start-date"],
    "exactly at midnight and on the day clocks change": ["exactly-at-midnight", "on-the-day-clocks-change"],
    "B2B company, no customer, no e-mail": ["b2b-company", "no-customer", "no-e-mail"],
    "two people of one name": ["two-people-of-one-name"],
    "names with colon, quote, emoji": ["name-with-colon", "name-with-quote", "name-with-emoji"],
    "600 characters": ["name-of-600-characters"],
    "missing, duplicate and reused SKUs": ["missing-sku", "duplicate-sku", "reused-sku"],
    "1,000-line orders": ["thousand-lines"],
    "zero totals": ["zero-total"],
    "0- and 3-decimal currencies": ["paid-in-yen", "paid-in-kuwaiti-dinars"],
    "inactive item, account, tax code": ["inactive-item", "inactive-account", "inactive-tax-code"],
    "document number already taken by hand": ["document-number-taken-by-hand"],
    "long numbers": ["long-number", "number-too-long"],
}
CASES = [case for cases in FAMILIES.values() for case in cases]


@pytest.fixture(scope="module")
def shop() -> GiftShop:
    return load()


def test_every_case_of_the_list_has_its_name() -> None:
    names = Counter(case.name for case in CASES)
    assert {name for names_ in WANTED.values() for name in names_} <= set(names)
    assert max(names.values()) == 1
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in names)


def test_the_same_number_gives_the_same_shop(shop: GiftShop) -> None:
    assert load() == shop
    other = load(seed=7)
    assert other.seed.carts != shop.seed.carts
    assert [case["name"] for case in other.cases] == [case["name"] for case in shop.cases]


def test_about_three_hundred_orders_numbered_as_they_came(shop: GiftShop) -> None:
    carts = shop.seed.carts
    assert len(carts) == ORDERS
    assert [cart.number for cart in carts] == list(range(FIRST_NUMBER, FIRST_NUMBER + ORDERS))
    assert [cart.created_at for cart in carts] == sorted(cart.created_at for cart in carts)
    assert shop.seed.facts == FACTS


def test_the_account_of_the_shop_is_data(shop: GiftShop) -> None:
    told = json.loads(json.dumps(shop.as_json()))
    assert told["cases"] == len(CASES) == len(told["case_list"])
    assert "{order" not in json.dumps(told)
    numbers = {cart.name.removeprefix("#") for cart in shop.seed.carts}
    mentioned = [number for case in told["case_list"] for number in case["orders"]]
    assert set(mentioned) <= numbers
    assert len(mentioned) == len(set(mentioned)) == sum(len(case.orders) for case in CASES)


def test_ordinary_orders_are_paid_in_full(shop: GiftShop) -> None:
    named = {number for case in shop.cases for number in case["orders"]}
    ordinary = [settle(cart) for cart in shop.seed.carts if cart.name.removeprefix("#") not in named]
    assert len(ordinary) > ORDERS / 2
    assert {order.totals.outstanding for order in ordinary} == {Decimal(0)}
    assert {order.financial_status for order in ordinary} <= {"PAID", "PARTIALLY_REFUNDED", "REFUNDED"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_tells_all_it_must(case: object) -> None:
    known = next(each for each in CASES if each is case)
    assert known.story.endswith(".")
    assert known.orders
    assert known.expected.papers or known.expected.notes
    assert all(step.say.endswith(".") for step in known.steps)
    for step in known.steps:
        assert sum(bool(part) for part in (step.store, step.books, step.settings, step.hidden, step.command)) >= 1
    remedies = [step for step in known.steps if step.when == "remedy"]
    if remedies:
        held = known.midway or known.before
        assert held is not None
        assert held.notes
    for expected in (known.expected, known.before, known.midway):
        for paper in expected.papers if expected else ():
            assert Decimal(paper.total).as_tuple().exponent == -2
