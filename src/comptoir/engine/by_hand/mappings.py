"""Which documents in the books a mapping made: by what the company calls it, or by what the store does.

The documents themselves say which account, item, tax code and customer they use; the facts say which taxes and payment
methods an order bears. What the settings say now plays no part: they may be mended already.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import ColumnElement

from comptoir.books.checks.names import MONEY_TYPES
from comptoir.books.company import Company, fold
from comptoir.books.documents import Kind, LedgerId, SaleDocument, Wave
from comptoir.books.facts import Order, Untranslatable
from comptoir.books.mapped import Concerned, of_method, of_tax
from comptoir.books.problems import Message
from comptoir.books.uses import ACCOUNT, CUSTOMER, ITEM, Used, uses
from comptoir.engine.errors import NeedsMapping
from comptoir.engine.ports import Ledger
from comptoir.engine.work import Work, translated
from comptoir.storage.postings import IN_BOOKS, Posting
from comptoir.storage.tables import postings

MADE_BY = {ITEM: Kind.ITEM, CUSTOMER: Kind.CUSTOMER}
"""The postings that make records of these kinds."""


def of_record(work: Work, kind: str, name: str) -> frozenset[int]:
    """The postings in the books whose documents use the company's record of this name; NeedsMapping for none such."""
    company = work.ledger.read_company()
    ids = _ids(work.ledger, company, kind, name)
    keys = _made(work, kind, ids)
    wanted: frozenset[Used] = frozenset((kind, each) for each in ids)

    def concerned(row: Posting) -> bool:
        return not keys.isdisjoint(row.awaits) or not wanted.isdisjoint(uses(work.books.journal.document(row)))

    return frozenset(row.id for row in _documents(work) if concerned(row))


def of_store_tax(work: Work, name: str) -> frozenset[int]:
    """The postings in the books of orders that bear this tax of the store, named as under `taxes.codes`.

    NeedsMapping where no order bears such a one.
    """
    text = Message('No order of {store} bears a tax named "{name}".', {"store": work.record.title, "name": name})
    return frozenset(row.id for row in _of_facts(work, lambda order: of_tax(order, name), text))


def of_store_method(work: Work, name: str) -> frozenset[int]:
    """The postings in the books that book the money of this payment method, named as under `payments.methods`.

    NeedsMapping where nothing was paid by such a one.
    """
    values = {"store": work.record.title, "name": name}
    text = Message('No order of {store} was paid or refunded by a method named "{name}".', values)
    found = _of_facts(work, lambda order: of_method(order, name), text)
    return frozenset(row.id for row in found if _moves_money(work, row))


def _of_facts(work: Work, concerns: Callable[[Order], frozenset[Concerned]], nothing: Message) -> Iterator[Posting]:
    """What is in the books of what `concerns` names of each order, as the store tells it now.

    NeedsMapping says `nothing` where it names nothing of any order.
    """
    found: dict[str, frozenset[Concerned]] = {}
    for fact in work.books.facts.every(work.record.id):
        order = translated(work, fact)
        if not isinstance(order, Untranslatable):
            found[fact.source_id] = concerns(order)
    if not any(found.values()):
        raise NeedsMapping(nothing, what="", where="")
    for row in _documents(work):
        if (row.key.kind, row.key.source_id) in found.get(row.order_source_id, frozenset()):
            yield row


def _moves_money(work: Work, row: Posting) -> bool:
    """Whether a posting itself bears the account of its money: an invoice's lies with its payments."""
    document = work.books.journal.document(row)
    return not isinstance(document, SaleDocument) or document.deposit_account is not None


def _documents(work: Work) -> Iterator[Posting]:
    """What this store has in the company's books. A rewriting's document is its sale's own by then."""
    in_books: tuple[ColumnElement[bool], ...] = (
        postings.c.connection_id == work.record.id,
        postings.c.company == work.ledger.identity,
        postings.c.state.in_([state.value for state in IN_BOOKS]),
        postings.c.wave.not_in([Wave.LISTS.value, Wave.AMENDMENTS.value]),
    )
    return work.books.journal.stream(*in_books)


def _made(work: Work, kind: str, ids: frozenset[LedgerId]) -> frozenset[str]:
    """The keys of the postings that made these records."""
    if kind not in MADE_BY:
        return frozenset()
    with work.books.database.read() as connection:
        rows = work.books.journal.outlines(
            connection,
            postings.c.company == work.ledger.identity,
            postings.c.kind == MADE_BY[kind].value,
            postings.c.ledger_id.in_(ids),
        )
    return frozenset(str(row.key) for row in rows)


def _ids(ledger: Ledger, company: Company, kind: str, name: str) -> frozenset[LedgerId]:
    """The company's records of this name, active or not."""
    names = list(_names(ledger, company, kind))
    found = frozenset(identity for identity, each in names if fold(each) == fold(name))
    if not found:
        close = difflib.get_close_matches(name, [each for _, each in names], n=1)
        values = {"kind": kind, "name": name, "close": "".join(close)}
        meant = 'The company has no {kind} named "{name}". Did you mean "{close}"?'
        text = meant if close else 'The company has no {kind} named "{name}".'
        raise NeedsMapping(Message(text, values), what=name, where=kind)
    if kind == ACCOUNT and not any(each.id in found and each.type in MONEY_TYPES for each in company.accounts):
        text = (
            "The account \"{name}\" is an item's, not a document's: change the account of its items in the company, "
            "also for what was entered before."
        )
        raise NeedsMapping(Message(text, {"name": name}), what=name, where=kind)
    return found


def _names(ledger: Ledger, company: Company, kind: str) -> Iterable[tuple[LedgerId, str]]:
    match kind:
        case "account":
            return ((each.id, each.name) for each in company.accounts)
        case "tax code":
            return ((each.id, each.name) for each in company.tax_codes)
        case "item":
            return ((each.id, each.name) for each in ledger.read_items())
        case _:
            return ((each.id, each.name) for each in ledger.read_customers())
