"""What a reader calls what the engine knows by short names: states, kinds and rules, the same on every surface."""

from __future__ import annotations

from collections.abc import Mapping

from comptoir.books.documents import Kind
from comptoir.books.problems import Message
from comptoir.books.rules import RuleName
from comptoir.engine.by_hand.fate import Fate
from comptoir.storage.postings import State
from comptoir.storage.runs import RunState

STATE_WORDS: Mapping[State, Message] = {
    State.PLANNED: Message("planned: the next run posts it"),
    State.WAITING: Message("waits for another document"),
    State.HELD: Message("held"),
    State.SKIPPED: Message("left out"),
    State.SENDING: Message("sent, no answer yet"),
    State.UNKNOWN: Message("sent, outcome not known: it is looked up before anything is sent again"),
    State.POSTED: Message("in the books"),
    State.ADOPTED: Message("in the books; it was there already, with our mark"),
    State.CHANGED: Message("in the books, changed there by someone, or with another total than was meant"),
    State.GONE: Message("deleted in the books"),
    State.VOIDED: Message("voided in the books: the order was cancelled"),
    State.UNDOING: Message("on its way out of the books"),
    State.UNDONE: Message("undone: it was in the books and was taken out again"),
}

DOCUMENT_WORDS: Mapping[str, str] = {
    "SalesReceipt": "sales receipt",
    "Invoice": "invoice",
    "Payment": "payment",
    "CreditMemo": "credit memo",
    "RefundReceipt": "refund receipt",
    "Purchase": "expense",
    "Deposit": "deposit",
    "JournalEntry": "journal entry",
    "Customer": "customer",
    "Item": "item",
}
"""A ledger's name of a form as a value of a message, in the words of `language.values`."""


def document_words(ledger_type: str) -> str:
    """What a form is called in a sentence; the ledger's own name of one that has no words."""
    return DOCUMENT_WORDS.get(ledger_type, ledger_type)


ONE_AND_MANY: Mapping[Kind, tuple[Message, Message]] = {
    Kind.CUSTOMER: (Message("customer"), Message("customers")),
    Kind.ITEM: (Message("item"), Message("items")),
    Kind.SALE: (Message("order"), Message("orders")),
    Kind.PAYMENT: (Message("payment"), Message("payments")),
    Kind.REFUND: (Message("refund"), Message("refunds")),
    Kind.CASH_BACK: (Message("cash back"), Message("cash backs")),
    Kind.APPLICATION: (Message("credit applied"), Message("credits applied")),
    Kind.AMENDMENT: (Message("sale to write anew"), Message("sales to write anew")),
    Kind.VOID: (Message("invoice to void"), Message("invoices to void")),
    Kind.DEPOSIT: (Message("deposit"), Message("deposits")),
    Kind.JOURNAL: (Message("journal entry"), Message("journal entries")),
}

KINDS: Mapping[Kind, Message] = {
    Kind.CUSTOMER: Message("Customer"),
    Kind.ITEM: Message("Product or service"),
    Kind.SALE: Message("Sale"),
    Kind.PAYMENT: Message("Payment"),
    Kind.REFUND: Message("Refund"),
    Kind.CASH_BACK: Message("Money given back"),
    Kind.APPLICATION: Message("Credit applied"),
    Kind.AMENDMENT: Message("Sale written anew"),
    Kind.VOID: Message("Invoice voided"),
    Kind.DEPOSIT: Message("Deposit"),
    Kind.JOURNAL: Message("Journal entry"),
}

DOCUMENTS: Mapping[str, Message] = {
    "SalesReceipt": Message("Sales receipt"),
    "Invoice": Message("Invoice"),
    "Payment": Message("Payment"),
    "CreditMemo": Message("Credit memo"),
    "RefundReceipt": Message("Refund receipt"),
    "Purchase": Message("Expense"),
    "Deposit": Message("Deposit"),
    "JournalEntry": Message("Journal entry"),
    "Customer": Message("Customer"),
    "Item": Message("Product or service"),
}

RULES: Mapping[RuleName, Message] = {
    RuleName.SENT_ALREADY: Message("Sent already?"),
    RuleName.TEST_ORDER: Message("Test order?"),
    RuleName.CANCELLED: Message("Cancelled before it was posted?"),
    RuleName.START_DATE: Message("Start date"),
    RuleName.EMPTY: Message("Empty?"),
    RuleName.STATUS: Message("Status"),
    RuleName.DATED: Message("Dated"),
    RuleName.NUMBER: Message("Number"),
    RuleName.PERIOD: Message("Period"),
    RuleName.CURRENCY: Message("Currency"),
    RuleName.CUSTOMER: Message("Customer"),
    RuleName.ITEM: Message("Product or service"),
    RuleName.TAX: Message("Tax"),
    RuleName.TOTAL: Message("Total"),
    RuleName.FORM: Message("Form"),
    RuleName.PAID: Message("Paid"),
    RuleName.PAYMENT: Message("Payment"),
    RuleName.EDIT: Message("Edit"),
    RuleName.CANCELLATION: Message("Cancellation"),
    RuleName.REFUND: Message("Refund"),
    RuleName.CHOICE: Message("Your choice"),
}
"""What the rules are called."""

STEPS: Mapping[str, Message] = {
    "": Message("Starting"),
    "fetch": Message("Reading orders"),
    "sweep": Message("Looking for gaps"),
    "decide": Message("Deciding"),
    "post": Message("Posting documents"),
    "reread": Message("Reading the books"),
    "prove": Message("Comparing"),
    "company": Message("Reading the company"),
    "found": Message("Looking through the orders"),
}

RUN_WORDS: Mapping[RunState, Message] = {
    RunState.RUNNING: Message("Running"),
    RunState.FINISHED: Message("Finished"),
    RunState.FAILED: Message("Stopped"),
}

FATE_WORDS: Mapping[Fate, Message] = {
    Fate.POSTED: Message("posted"),
    Fate.HELD: Message("held still"),
    Fate.LEFT_OUT: Message("left out"),
    Fate.ON_THEIR_WAY: Message("on their way"),
    Fate.TAKEN_OUT: Message("no longer in the books"),
}
"""What became of orders, inside a sentence."""


def document_name(ledger_type: str, kind: Kind) -> Message:
    """What a posting is called: by the document it made, else by its kind."""
    return DOCUMENTS.get(ledger_type) or KINDS[kind]


def event_words(said: Message) -> tuple[Message, ...]:
    """What happened to a document; where it begins with the ledger's name of a form, with ours instead."""
    form, _, rest = str(said).partition(" ")
    return (DOCUMENTS[form], Message.verbatim(rest)) if form in DOCUMENTS else (said,)
