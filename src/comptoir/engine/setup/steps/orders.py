"""PURE: which orders become sales, and in which form (O1 to O6, O11 to O13)."""

from __future__ import annotations

from collections.abc import Iterator

from comptoir.books.company import Named
from comptoir.books.documents import SaleForm
from comptoir.books.facts import PaymentStatus
from comptoir.books.problems import Message
from comptoir.books.settings import (
    CurrencyChoice,
    CustomerChoice,
    DatedBy,
    DueRule,
    MessageChoice,
    NumberSource,
    OrderSettings,
    UnpaidOrders,
)
from comptoir.engine.setup.draft import Setup
from comptoir.engine.setup.prefixes import suggested_prefixes
from comptoir.engine.setup.questions import Control, Option, Question, Step, yes_or_no
from comptoir.engine.setup.steps.charges import charge_questions

STATUSES = {
    PaymentStatus.PENDING: Message("Pending"),
    PaymentStatus.AUTHORIZED: Message("Authorized"),
    PaymentStatus.PARTIALLY_PAID: Message("Partially paid"),
    PaymentStatus.PAID: Message("Fully paid"),
    PaymentStatus.PARTIALLY_REFUNDED: Message("Partially refunded"),
    PaymentStatus.REFUNDED: Message("Fully refunded"),
    PaymentStatus.VOIDED: Message("Voided"),
    PaymentStatus.EXPIRED: Message("Expired"),
}


def orders_step(setup: Setup) -> Step:
    """What an order becomes."""
    return Step(
        "orders",
        Message("Orders"),
        Message("Which orders become sales, and how a sale looks in your books."),
        (
            _statuses(setup),
            _form(),
            _unpaid(setup),
            _prefix(setup),
            _number(setup),
            *_customers(setup),
            *_tags(setup),
            *charge_questions(setup),
            *_rarely(setup),
        ),
    )


def _statuses(setup: Setup) -> Question:
    usual = OrderSettings().statuses
    counts = setup.found.statuses
    known = [each for each in PaymentStatus if each.value in setup.statuses] or list(PaymentStatus)
    options = [
        Option(
            each.value,
            STATUSES[each],
            Message("{count} of the orders read", {"count": str(counts[each])}) if counts.get(each) else None,
            is_suggested=each in usual,
        )
        for each in known
    ]
    return Question(
        ("orders", "statuses"),
        Message("Statuses"),
        Message("An order is posted once it has one of these payment statuses."),
        Control.SEVERAL,
        options,
    )


def _form() -> Question:
    return Question(
        ("orders", "form"),
        Message("A paid order becomes"),
        Message("A receipt books sale and money in one document; an invoice keeps them apart."),
        Control.ONE,
        (
            Option(SaleForm.RECEIPT.value, Message("A sales receipt"), is_suggested=True),
            Option(SaleForm.INVOICE.value, Message("An invoice with its payments")),
        ),
    )


def _unpaid(setup: Setup) -> Question:
    open_ = sum(setup.found.statuses.get(each, 0) for each in (PaymentStatus.PENDING, PaymentStatus.PARTIALLY_PAID))
    return Question(
        ("orders", "unpaid"),
        Message("An order that is not paid in full"),
        Message("What becomes of it where sales are receipts, provided that its status is chosen above."),
        Control.ONE,
        (
            Option(UnpaidOrders.INVOICE.value, Message("An invoice with what was paid"), is_suggested=True),
            Option(UnpaidOrders.WAIT.value, Message("Nothing, until it is paid")),
        ),
        Message("Open among the orders read: {count}.", {"count": str(open_)}) if open_ else None,
        is_more=not open_,
    )


def _prefix(setup: Setup) -> Question:
    sample, example = setup.found.sample, None
    if sample is not None:
        prefix = setup.settings.orders.prefix or suggested_prefixes(setup.looked.store.name, setup.others).sales
        values = {"number": sample.number, "document": f"{prefix}{sample.number}"}
        example = Message("With {document} for order {number} you see at once where the sale is from.", values)
    return Question(
        ("orders", "prefix"),
        Message("Prefix of the document number"),
        Message(
            "It stands before the order's number and keeps the numbers of two sources apart; 8 characters at most."
        ),
        Control.TEXT,
        example=example,
    )


def _number(setup: Setup) -> Question:
    return Question(
        ("orders", "number"),
        Message("Number of the document"),
        Message("The store's number finds an order in a second; your company's own sequence has no gaps."),
        Control.ONE,
        (
            Option(NumberSource.STORE.value, Message("The order's number, with the prefix"), is_suggested=True),
            Option(NumberSource.LEDGER.value, Message("The next number of {company}", {"company": setup.company.name})),
        ),
        is_more=True,
    )


def _customers(setup: Setup) -> Iterator[Question]:
    found, sample = setup.found, setup.found.sample
    example = None
    if sample is not None and sample.buyer:
        example = Message("Order {number} was bought by {buyer}.", {"number": sample.number, "buyer": sample.buyer})
    organisations = Message("{count} of the orders read", {"count": str(found.organisations)})
    yield Question(
        ("orders", "customer"),
        Message("Customer of the sale"),
        Message("Customers that your company does not have yet are made; one for all keeps the list short."),
        Control.ONE,
        (
            Option(CustomerChoice.ORIGINAL.value, Message("The buyer"), is_suggested=True),
            Option(
                CustomerChoice.ORGANISATION.value,
                Message("The buyer's organisation, where there is one"),
                organisations if found.organisations else None,
            ),
            Option(CustomerChoice.GENERIC.value, Message("One customer for all online sales")),
        ),
        example,
    )
    guests = Message("Among the orders read, {count} name nobody.", {"count": str(found.guests)})
    yield Question(
        ("orders", "generic_customer"),
        Message("Name of that one customer"),
        Message("Orders that name no buyer are booked to it too; it is made if it is not there."),
        Control.TEXT,
        example=guests if found.guests else None,
        is_more=not found.guests,
    )


def _tags(setup: Setup) -> Iterator[Question]:
    """Class and location, where the company uses them (O6)."""
    company = setup.company
    yield Question(
        ("orders", "class_name"),
        Message("Class"),
        Message("Every sale and refund bears it, so that reports by class show this store."),
        Control.LIST,
        _named(company.classes),
        hidden=None if company.track_classes else Message("Your company does not track classes."),
    )
    yield Question(
        ("orders", "location_name"),
        Message("Location"),
        Message("Every sale and refund bears it, so that reports by location show this store."),
        Control.LIST,
        _named(company.locations),
        hidden=None if company.track_locations else Message("Your company does not track locations."),
    )


def _named(entries: tuple[Named, ...]) -> tuple[Option, ...]:
    own = (Option(each.name, each.name) for each in entries if each.active)
    return (Option("", Message("None"), is_suggested=True), *own)


def _rarely(setup: Setup) -> Iterator[Question]:
    """Choices that most shops leave as they are."""
    yield Question(
        ("orders", "dated_by"),
        Message("Date of the sale"),
        Message("The day that the sale counts for in your books and your tax return."),
        Control.ONE,
        (
            Option(DatedBy.ORDER.value, Message("The day of the order"), is_suggested=True),
            Option(DatedBy.PAID.value, Message("The day it was paid in full")),
            Option(DatedBy.SHIPPED.value, Message("The day it was shipped")),
        ),
        is_more=True,
    )
    yield from _due()
    yield Question(
        ("orders", "allow_card_payment"),
        Message("Let customers pay an open invoice by card"),
        Message("Only where your company takes cards through its accounting system."),
        Control.ONE,
        yes_or_no(suggested=False),
        is_more=True,
    )
    yield _message(setup)
    several = [each for each in setup.found.currencies if each != setup.looked.store.currency]
    yield Question(
        ("orders", "currency"),
        Message("Currency of the sale"),
        Message("Where buyers pay in other currencies: the shop's own, or the one that was paid in."),
        Control.ONE,
        (
            Option(CurrencyChoice.SHOP.value, Message("The shop's"), is_suggested=True),
            Option(CurrencyChoice.PAID.value, Message("The one that the buyer paid in")),
        ),
        Message("Also seen: {currencies}.", {"currencies": ", ".join(several)}) if several else None,
        hidden=None if setup.company.multicurrency else Message("Your company keeps one currency."),
        is_more=not several,
    )


def _due() -> Iterator[Question]:
    yield Question(
        ("orders", "due", "rule"),
        Message("Due date of an invoice"),
        Message("Only where the order has none of its own."),
        Control.LIST,
        (
            Option(DueRule.AT_ONCE.value, Message("Its own date"), is_suggested=True),
            Option(DueRule.DAYS_AFTER.value, Message("Days after its date")),
            Option(DueRule.DAYS_AFTER_MONTH_END.value, Message("Days after the end of its month")),
            Option(DueRule.DAY_OF_MONTH.value, Message("A day of its month")),
            Option(DueRule.DAY_OF_NEXT_MONTH.value, Message("A day of the next month")),
        ),
        is_more=True,
    )
    yield Question(
        ("orders", "due", "days"),
        Message("Those days, or that day"),
        Message("How many days, or which day of the month, for the due date above."),
        Control.NUMBER,
        is_more=True,
    )


def _message(setup: Setup) -> Question:
    sample, own = setup.found.sample, setup.company.default_message
    example = (
        Message("Order {number} says: {note}", {"number": sample.number, "note": sample.note})
        if (sample is not None and sample.note)
        else None
    )
    return Question(
        ("orders", "message"),
        Message("Message to the customer"),
        Message("What the buyer reads on the document."),
        Control.ONE,
        (
            Option(MessageChoice.ORDER_NOTE.value, Message("The note of the order"), is_suggested=True),
            Option(
                MessageChoice.COMPANY_DEFAULT.value,
                Message("Your company's own message"),
                Message("{message}", {"message": own}) if own else None,
            ),
        ),
        example,
        is_more=True,
    )
