"""The small ledger keeps the port's word on what changes after a document was made."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from comptoir.books.documents import (
    AmendmentDocument,
    Awaited,
    Document,
    DocumentLine,
    Kind,
    Known,
    LedgerId,
    PaymentDocument,
    PostingKey,
    SaleDocument,
    SaleForm,
    VoidDocument,
)
from comptoir.books.facts import SourceId
from comptoir.engine.errors import Conflict, HouseError, Refused
from comptoir.engine.ports import Answered, Entry, Slot

BUYER = Known(LedgerId("b"))


class Small:
    """A ledger with one invoice of ten pounds in it."""

    def __init__(self, build: dict[str, Any]) -> None:
        self.ledger = build["SmallLedger"]()
        self.pounds = build["pounds"]
        self.now = build["FIRST_DAY"]
        self.ledger.clock = lambda: self.now
        self.key = PostingKey(build["SHOP"], Kind.SALE, SourceId("1"))
        line = DocumentLine(Known(LedgerId("i")), "Mug", self.pounds("10.00"))
        dated = self.now.date()
        self.sale = SaleDocument(SaleForm.INVOICE, "1", dated, BUYER, "GBP", (line,), self.pounds("0"), "note", "[m]")
        self.void = VoidDocument(Awaited(self.key), "1", dated, "GBP", "[m]")
        self.paid = PaymentDocument(
            Awaited(self.key), BUYER, dated, self.pounds("10.00"), LedgerId("a"), "ch", "note", "[p]"
        )
        self.made = self.post(self.sale)

    def post(self, document: Document, version: str = "0") -> Any:
        made = self.ledger.entries
        slot = Slot("0", document, {self.key: next(iter(made), LedgerId("1"))}, {self.key: version})
        answer = self.ledger.send(f"{len(self.ledger.sends)}", self.ledger.freeze([slot]))
        assert isinstance(answer, Answered)
        return answer.results[0].outcome

    def read(self) -> Entry | None:
        found: dict[tuple[str, LedgerId], Entry] = self.ledger.reread([("Invoice", self.made.id)])
        return found.get(("Invoice", self.made.id))


@pytest.fixture
def small(build: dict[str, Any]) -> Small:
    return Small(build)


def test_an_amendment_takes_the_place_of_the_sale(small: Small) -> None:
    lines = (replace(small.sale.lines[0], amount=small.pounds("8.00")),)
    anew = small.post(AmendmentDocument(Awaited(small.key), replace(small.sale, lines=lines), "[a]"))
    assert (anew.id, anew.version, anew.total) == (small.made.id, "1", small.pounds("8.00"))
    assert anew.fingerprint != small.made.fingerprint
    assert small.read() == anew


def test_a_void_leaves_nothing_of_it(small: Small) -> None:
    void = small.post(small.void)
    assert (void.id, void.total, void.voided) == (small.made.id, small.pounds("0"), True)
    assert small.read() == void


def test_another_version_or_none_is_said(small: Small) -> None:
    assert isinstance(small.post(small.void, version="7"), Conflict)
    small.ledger.delete_by_hand(small.made.id)
    gone: HouseError = small.post(small.void)
    assert isinstance(gone, Refused)


def test_a_payment_leaves_the_fingerprint(small: Small) -> None:
    small.post(small.paid)
    paid = small.read()
    assert paid is not None
    assert (paid.version, paid.linked, paid.fingerprint) == ("1", True, small.made.fingerprint)


def test_what_is_done_by_hand_is_told(small: Small) -> None:
    start = small.now
    small.now += timedelta(hours=1)
    edited = small.ledger.edit_by_hand(small.made.id, number="2")
    assert edited.fingerprint != small.made.fingerprint
    told = small.ledger.changes(start + timedelta(minutes=1))
    assert (told.changed, told.deleted, told.until) == ((edited,), (), small.now)
    small.ledger.delete_by_hand(small.made.id)
    assert small.ledger.changes(start).deleted == (("Invoice", small.made.id),)
    assert small.read() is None
    small.ledger.tells = False
    assert small.ledger.changes(start) is None
