"""Where the remedy of each problem lies: in a form here, in a setting, in the store, in the company, by hand, in time.

PURE. Every code that holds a record stands here: a test walks them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from comptoir.books.choices import HELD_BY_HAND
from comptoir.books.problems import Message, Problem
from comptoir.engine.setup.plainly import IN_PAGES


class Place(StrEnum):
    """Where somebody mends it. BY_HAND: entered in the company, and left out here. TIME: nobody has to do anything."""

    SETTINGS = "settings"
    STORE = "store"
    COMPANY = "company"
    BY_HAND = "by hand"
    HERE = "here"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Remedy:
    """Where it is mended, and how.

    `step` and `key`: the step of the set-up, and the question in it, that it is about; the key may name values of the
    problem. `words`: what to do, for somebody with pages before them, where the problem's own remedy names a command
    or a setting as a file does; the values are the problem's.
    """

    place: Place
    step: str = ""
    key: str = ""
    words: Message | None = None


REMEDIES: Mapping[str, Remedy] = {
    HELD_BY_HAND: Remedy(Place.HERE, words=Message("Let it go on whenever you like.")),
    "account-currency": Remedy(
        Place.SETTINGS,
        "payments",
        "payments.methods",
        words=Message('Choose an account in {currency} for the payment method "{method}".'),
    ),
    "books-closed": Remedy(
        Place.COMPANY,
        "sync",
        "closed_periods",
        words=Message("Open the period in the company; or let what is late be dated by the first open day."),
    ),
    "cancelled-paid": Remedy(Place.STORE),
    "cash-back-account": Remedy(Place.SETTINGS, "payments", "payments.methods"),
    "charge-unnamed": Remedy(
        Place.SETTINGS,
        "orders",
        "items.{setting}",
        words=Message("Choose the product or service that stands for {what}; one that is not there yet is made."),
    ),
    "currency": Remedy(Place.COMPANY),
    "currency-changed": Remedy(Place.BY_HAND),
    "currency-inactive": Remedy(Place.COMPANY),
    "customer-inactive": Remedy(Place.COMPANY),
    "default-product-missing": Remedy(
        Place.SETTINGS,
        "orders",
        "items.default_product",
        words=Message('Choose a product that your company has; or enter "{name}" there.'),
    ),
    "edit-tax": Remedy(Place.STORE),
    "edit-unsettled": Remedy(Place.TIME),
    "found-twice": Remedy(Place.COMPANY),
    "generic-customer-inactive": Remedy(
        Place.COMPANY,
        "orders",
        "orders.generic_customer",
        words=Message("Make the customer active again in the company; or choose another one for such buyers."),
    ),
    "gift-card": Remedy(
        Place.SETTINGS,
        "orders",
        "items.gift_card",
        words=Message("Say what gift cards are called in your company, and in which account they are owed."),
    ),
    "item-account": Remedy(Place.COMPANY),
    "item-ambiguous": Remedy(Place.COMPANY, "products", "items.match"),
    "item-inactive": Remedy(Place.COMPANY),
    "item-starts-late": Remedy(Place.COMPANY),
    "item-type": Remedy(
        Place.SETTINGS,
        "orders",
        words=Message("Choose another product or service for {what}; or change this one in the company."),
    ),
    "item-unmatched": Remedy(Place.COMPANY, "missing", "items.create"),
    "ledger-total": Remedy(Place.COMPANY, "taxes"),
    "method-unmapped": Remedy(
        Place.SETTINGS,
        "payments",
        "payments.methods",
        words=Message('Choose the account that holds the money that is paid with "{method}".'),
    ),
    "named-item-inactive": Remedy(
        Place.COMPANY,
        "orders",
        words=Message("Make it active again in the company; or choose another product or service for {what}."),
    ),
    "name-taken": Remedy(Place.COMPANY, "orders", "orders.customer"),
    "no-receivable-account": Remedy(Place.COMPANY),
    "no-restock": Remedy(
        Place.SETTINGS,
        "refunds",
        "refunds.restock_unstated",
        words=Message(
            "Choose a product or service for goods that do not return to stock; or, where the store does not say "
            "whether goods return, let them return."
        ),
    ),
    "number-taken": Remedy(Place.SETTINGS, "orders", "orders.prefix"),
    "number-too-long": Remedy(Place.SETTINGS, "orders", "orders.prefix"),
    "opening-quantity": Remedy(
        Place.COMPANY,
        "quantities",
        "items.opening_quantity",
        words=Message("Enter its quantity in the company; or let such sales be posted before it is entered."),
    ),
    "order-held": Remedy(Place.TIME),
    "paid-currency": Remedy(
        Place.SETTINGS,
        "orders",
        "orders.currency",
        words=Message("Read it from the store again; or let every order be posted in the shop's own currency."),
    ),
    "paid-over": Remedy(Place.TIME),
    "payout-currency": Remedy(Place.STORE),
    "payout-row": Remedy(Place.STORE),
    "payout-sum": Remedy(Place.STORE),
    "refund-account-currency": Remedy(
        Place.SETTINGS,
        "payments",
        "payments.methods",
        words=Message('Choose an account in {currency} for the payment method "{key}".'),
    ),
    "refund-changed": Remedy(Place.BY_HAND),
    "refund-of-earlier-order": Remedy(
        Place.SETTINGS,
        "refunds",
        "refunds.of_earlier_orders",
        words=Message("Enter the refund by hand; or let refunds of earlier orders be posted."),
    ),
    "refund-over": Remedy(Place.STORE),
    "refund-pending": Remedy(Place.TIME),
    "refund-tax": Remedy(Place.BY_HAND),
    "refund-turned": Remedy(Place.BY_HAND),
    "refund-without-account": Remedy(
        Place.SETTINGS, "refunds", "refunds.account", words=Message("Choose the account that refunds are paid from.")
    ),
    "settings": Remedy(Place.SETTINGS),
    "store-credit": Remedy(
        Place.SETTINGS,
        "orders",
        "items.store_credit",
        words=Message("Say what store credit is called in your company, and in which account it is owed."),
    ),
    "target-changed": Remedy(Place.TIME),
    "target-gone": Remedy(Place.BY_HAND),
    "target-linked": Remedy(Place.TIME),
    "tax-amount": Remedy(Place.STORE),
    "tax-collector": Remedy(Place.TIME),
    "tax-combine": Remedy(Place.COMPANY, "taxes"),
    "tax-filed": Remedy(
        Place.BY_HAND,
        "sync",
        "closed_periods",
        words=Message("Enter it by hand as your tax rules ask; or let what is late be dated by the first open day."),
    ),
    "tax-off": Remedy(Place.COMPANY, "taxes"),
    "tax-rate": Remedy(Place.SETTINGS, "taxes"),
    "tax-several-codes": Remedy(Place.SETTINGS, "taxes"),
    "tax-unmapped": Remedy(
        Place.SETTINGS, "taxes", words=Message('Choose the tax code of the company that stands for "{tax}".')
    ),
    "too-many-lines": Remedy(Place.BY_HAND),
    "total": Remedy(
        Place.STORE,
        "orders",
        "items.rounding_cap",
        words=Message(
            "Look at the order in the store; where its total is right, allow more rounding, or enter the sale by hand."
        ),
    ),
    "unreadable": Remedy(Place.TIME),
    "used-beyond": Remedy(Place.STORE),
}
OF_THE_LEDGER = "ledger-"
LEDGER_SAYS = Remedy(Place.COMPANY)
"""For what the ledger refused in words of its own."""
LEDGERS_TAXES = Remedy(Place.SETTINGS, "taxes")


def remedy_of(problem: Problem) -> Remedy:
    """Where a problem is mended."""
    if problem.code.startswith(OF_THE_LEDGER) and problem.code not in REMEDIES:
        return LEDGERS_TAXES if problem.field == "taxes" else LEDGER_SAYS
    remedy = REMEDIES[problem.code]
    return replace(remedy, key=remedy.key.format_map(problem.what.values))


def remedy_in_plain_words(problem: Problem) -> Message:
    """What to do about a problem, without a word of commands and settings files."""
    known = REMEDIES.get(problem.code)
    words = known.words if known is not None and known.words is not None else IN_PAGES.get(problem.remedy.template)
    if words is None:
        return problem.remedy
    return replace(words, values={**problem.remedy.values, **problem.what.values})
