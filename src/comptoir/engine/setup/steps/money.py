"""PURE: where money is held until it reaches the bank, and what becomes of money given back (P1, P2, R1, R2)."""

from __future__ import annotations

from collections.abc import Iterator

from comptoir.books.checks import DEFAULT_METHOD
from comptoir.books.company import Company, fold
from comptoir.books.problems import Message
from comptoir.books.settings import EarlierOrders
from comptoir.engine.setup.accounts import CLEARING_HINTS, account_question, accounts_for, best_account
from comptoir.engine.setup.draft import Setup
from comptoir.engine.setup.found import FoundMethod
from comptoir.engine.setup.questions import Control, Option, Path, Question, Step, yes_or_no

METHODS: Path = ("payments", "methods")
DEFAULT: Path = (*METHODS, DEFAULT_METHOD, "account")


def payments_step(setup: Setup) -> Step:
    """Each payment method of real orders, and the account that holds its money."""
    return Step(
        "payments",
        Message("Payments"),
        Message("Where the money of each payment method is held until it reaches your bank."),
        (_record(), *_methods(setup), *_debts()),
    )


def _record() -> Question:
    return Question(
        ("payments", "record"),
        Message("Record payments"),
        Message("Sales receipts need them; without them invoices stay open until you settle them by hand."),
        Control.ONE,
        yes_or_no(suggested=True),
    )


def _methods(setup: Setup) -> Iterator[Question]:
    """The methods found, those mapped already, and all others."""
    chosen = {fold(name): name for name in setup.settings.payments.methods if name != DEFAULT_METHOD}
    debts = {fold(each) for each in _without_money(setup)}
    found = {fold(each.method): each for each in setup.found.methods}
    for key, method in found.items():
        hidden = Message("It brings no money: it uses up what you owed the buyer.") if key in debts else None
        yield from _method(setup, chosen.get(key, method.method), method, hidden)
    for key in [key for key in chosen if key not in found]:
        yield from _method(setup, chosen[key], None, None)
    yield from _default(setup)


def _without_money(setup: Setup) -> tuple[str, ...]:
    payments = setup.settings.payments
    return (*payments.gift_card_methods, *payments.store_credit_methods)


def _method(setup: Setup, name: str, found: FoundMethod | None, hidden: Message | None) -> Iterator[Question]:
    label = found.name if found else name
    example = None
    if found is not None:
        values = {"count": str(found.payments), "amount": str(found.amount.rounded()), "number": found.sample}
        example = Message(
            "Payments in the orders read: {count}, which come to {amount}; order {number} has one.", values
        )
    yield account_question(
        setup.company,
        (*METHODS, name, "account"),
        Message("The account that holds this money; it comes back to zero when the bank has received it."),
        suggested_account(setup.company, name, label),
        label=label,
        none=Message("As all others, below"),
        currency=setup.looked.store.currency,
        new=Message("{name} clearing", {"name": label}),
        hidden=hidden,
        example=example,
    )
    yield _own_method(setup, name, Message("{method}: payment method in your company", {"method": label}), hidden)


def _own_method(setup: Setup, name: str, label: Message, hidden: Message | None) -> Question:
    methods = [each.name for each in setup.company.payment_methods if each.active]
    same = suggested_method(setup.company, name)
    none = Option("", Message("None"), is_suggested=not same)
    return Question(
        (*METHODS, name, "payment_method"),
        label,
        Message("What your company calls this way of paying; it stands on the document."),
        Control.LIST,
        (none, *(Option(each, each, is_suggested=each == same) for each in methods)),
        hidden=hidden,
        is_more=True,
    )


def suggested_account(company: Company, method: str, label: str) -> str:
    """An account that bears the method's name; "" for none: the account of all others is as good."""
    known = accounts_for(company, DEFAULT)
    words = [word for word in fold(f"{label} {method}".replace("_", " ")).split() if len(word) > SHORT_WORD]
    return next((each.name for word in words for each in known if word in fold(each.name)), "")


SHORT_WORD = 3


def suggested_method(company: Company, method: str) -> str:
    """The company's payment method of the same name; "" for none."""
    same = fold(method.replace("_", " "))
    return next((each.name for each in company.payment_methods if each.active and fold(each.name) == same), "")


def suggested_default(company: Company) -> str:
    """An account for the money of methods without one of their own."""
    return best_account(accounts_for(company, DEFAULT), CLEARING_HINTS)


def _default(setup: Setup) -> Iterator[Question]:
    company = setup.company
    yield account_question(
        company,
        DEFAULT,
        Message("The account for every method without one of its own; without it, orders paid otherwise wait."),
        suggested_default(company),
        label=Message("All other methods"),
        none=Message("None: they wait"),
        new=Message("{name} clearing", {"name": setup.looked.store.name}),
    )
    foreign = [each for each in setup.found.currencies if each != company.currency]
    for currency in foreign if company.multicurrency else ():
        yield account_question(
            company,
            (*METHODS, DEFAULT_METHOD, "by_currency", currency),
            Message("An account kept in that currency, or in your company's own."),
            "",
            label=Message("Money in {currency}", {"currency": currency}),
            none=Message("The same account"),
            currency=currency,
            is_more=True,
        )


def _debts() -> Iterator[Question]:
    yield Question(
        ("payments", "gift_card_methods"),
        Message("Methods that use up a gift card"),
        Message("As your store names them, one a line; they bring no money."),
        Control.LINES,
        is_more=True,
    )
    yield Question(
        ("payments", "store_credit_methods"),
        Message("Methods that use store credit"),
        Message("As your store names them, one a line; they bring no money."),
        Control.LINES,
        is_more=True,
    )


def refunds_step(setup: Setup) -> Step:
    """Money given back."""
    count = setup.found.refunds
    return Step(
        "refunds",
        Message("Refunds"),
        Message("How money that you give back is booked."),
        (
            Question(
                ("refunds", "record"),
                Message("Record refunds"),
                Message("As refund receipts, or credit memos where the invoice is still open."),
                Control.ONE,
                yes_or_no(suggested=True),
                Message("Refunds in the orders read: {count}.", {"count": str(count)}) if count else None,
            ),
            Question(
                ("refunds", "prefix"),
                Message("Prefix of the refund's number"),
                Message(
                    "It must differ from that of orders, since both share one row of numbers; 8 characters at most."
                ),
                Control.TEXT,
            ),
            account_question(
                setup.company,
                ("refunds", "account"),
                Message("Only for a payment method that has no account of its own."),
                "",
                none=Message("The account of the payment method"),
                is_more=True,
            ),
            *_back(setup),
        ),
    )


def _back(setup: Setup) -> Iterator[Question]:
    yield Question(
        ("refunds", "of_earlier_orders"),
        Message("Refunds of orders from before the start date"),
        Message("The sale is then in your books by other means; the refund is booked by itself, or waits."),
        Control.ONE,
        (
            Option(EarlierOrders.POST.value, Message("They are booked by themselves"), is_suggested=True),
            Option(EarlierOrders.HOLD.value, Message("They wait for you")),
        ),
    )
    yield Question(
        ("refunds", "restock_unstated"),
        Message("Goods that came back without a word of the store return to stock"),
        Message("Where the store says what became of them, that counts."),
        Control.ONE,
        yes_or_no(suggested=False),
        is_more=True,
    )
    for name, label, why in (
        (
            "refund_difference",
            Message("Item of refund differences"),
            Message("What you give back beside goods and shipping is booked to it; it is made if needed."),
        ),
        (
            "no_restock",
            Message("Item of goods that do not return to stock"),
            Message("Left empty: the goods' own item where it keeps no stock, else the default product."),
        ),
    ):
        yield Question(("items", name), label, why, Control.TEXT, is_more=True, ideas=setup.looked.items)
