"""What a reader calls what the engine knows by short names: states, kinds and rules, the same on every surface."""

from __future__ import annotations

from collections.abc import Mapping

from comptoir.books.documents import Kind
from comptoir.books.problems import Message
from comptoir.storage.postings import State

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
