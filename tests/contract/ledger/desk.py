"""A desk in an empty company: documents as the books write them, and their way into the ledger."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from tests.contract.ledger.harness import LedgerHarness, Role

from comptoir.books.company import TaxRegime
from comptoir.books.documents import (
    AmendmentDocument,
    ApplicationDocument,
    Awaited,
    CashBackDocument,
    CustomerDocument,
    DepositDocument,
    DepositLine,
    DepositMember,
    Document,
    DocumentLine,
    HeldForm,
    ItemDocument,
    ItemType,
    JournalDocument,
    JournalLine,
    Kind,
    Known,
    LedgerId,
    PaidBack,
    Party,
    PaymentDocument,
    PostingKey,
    RateTax,
    RefundDocument,
    RefundForm,
    SaleDocument,
    SaleForm,
    Side,
    TakenOff,
    VoidDocument,
)
from comptoir.books.facts import SourceId, StoreIdentity
from comptoir.books.money import Money, total, zero
from comptoir.engine.errors import HouseError
from comptoir.engine.ports import Answered, Entry, Slot

DAY = date(2026, 2, 27)


def key(number: str) -> PostingKey:
    """The posting of a sale of that number."""
    return PostingKey(StoreIdentity("shopify:a"), Kind.SALE, SourceId(number))


@dataclass(frozen=True, slots=True)
class Posted:
    """A document and what the ledger made of it."""

    document: Any
    entry: Entry


class Desk:
    """Writes documents of every kind in the company's currency, or in `currency`."""

    def __init__(self, harness: LedgerHarness) -> None:
        self.harness = harness
        self.ledger = harness.ledger()
        self.company = self.ledger.read_company()
        self.currency = self.company.currency
        self._numbers = itertools.count(1)
        self._buyer: LedgerId | None = None
        self._item = harness.item()

    def number(self) -> str:
        return f"T{next(self._numbers):04d}"

    def money(self, amount: str) -> Money:
        return Money(Decimal(amount), self.currency)

    def account(self, role: Role) -> LedgerId:
        return self.harness.account(role, self.currency)

    # --- the way there

    def slots(self, *documents: Document, upon: Mapping[PostingKey, Entry] | None = None) -> list[Slot]:
        known = upon or {}
        resolved = {each: entry.id for each, entry in known.items()}
        versions = {each: entry.version for each, entry in known.items()}
        return [Slot(str(at), document, resolved, versions) for at, document in enumerate(documents)]

    def answers(self, *documents: Document, upon: Mapping[PostingKey, Entry] | None = None) -> list[Entry | HouseError]:
        outcome = self.ledger.send(f"request-{self.number()}", self.ledger.freeze(self.slots(*documents, upon=upon)))
        assert isinstance(outcome, Answered), outcome
        assert [each.slot for each in outcome.results] == [str(at) for at in range(len(documents))]
        return [each.outcome for each in outcome.results]

    def post(self, document: Document, upon: Mapping[PostingKey, Entry] | None = None) -> Posted:
        (made,) = self.answers(document, upon=upon)
        assert isinstance(made, Entry), getattr(made, "detail", made)
        return Posted(document, made)

    def read(self, entry: Entry) -> Entry | None:
        """A record as the ledger holds it now."""
        return self.ledger.reread([(entry.type, entry.id)]).get((entry.type, entry.id))

    # --- what is written

    @property
    def buyer(self) -> Known:
        if self._buyer is None:
            self._buyer = self.post(self.customer()).entry.id
        return Known(self._buyer)

    def customer(self, name: str = "") -> CustomerDocument:
        return CustomerDocument(name or f"Buyer {self.number()}", self.currency, email="jo@shop.example", note="[c]")

    def item(self, name: str = "") -> ItemDocument:
        made = name or f"Mug {self.number()}"
        harness = self.harness
        return ItemDocument(
            made, f"SKU-{made}", ItemType.NON_INVENTORY, harness.account(Role.INCOME), "A mug",
            expense_account=harness.account(Role.COST),
        )  # fmt: skip

    def line(self, amount: str, tax_code: LedgerId | None = None) -> DocumentLine:
        untaxed = next((each.id for each in self.company.tax_codes if each.active and not each.rates), None)
        return DocumentLine(Known(self._item), "A mug", self.money(amount), tax_code=tax_code or untaxed)

    def sale(self, form: SaleForm = SaleForm.INVOICE, *amounts: str, **changes: Any) -> SaleDocument:
        """Untaxed; 28.50 where no amounts are given."""
        number = self.number()
        made = SaleDocument(
            form, number, DAY, self.buyer, self.currency,
            tuple(map(self.line, amounts or ("20.00", "-1.50", "10.00"))), zero(self.currency),
            f"Order {number}", f"[comptoir:{number}]", email="jo@shop.example",
            deposit_account=self.account(Role.BANK) if form is SaleForm.RECEIPT else None,
        )  # fmt: skip
        return replace(made, **changes)

    def taxed(self, document: Any) -> Any:
        """The same sale or refund, taxed by the first code that charges any, told as the company's regime wants it."""
        code = next((each for each in self.company.tax_codes if each.active and each.rate > 0), None)
        regime = self.company.tax_regime
        lines = tuple(replace(each, tax_code=None if code is None else code.id) for each in document.lines)
        base = total((each.amount for each in lines), self.currency)
        rates: tuple[RateTax, ...] = ()
        if code is not None and regime is TaxRegime.GLOBAL:
            rates = tuple(RateTax(each.id, (base * each.rate).rounded(), base) for each in code.rates)
        tax = total((each.amount for each in rates), self.currency) if rates else self.money("6.03")
        form_code = code.id if code is not None and regime is TaxRegime.US_MANUAL else None
        return replace(document, lines=lines, tax=tax, rates=rates, tax_stated=True, form_tax_code=form_code)

    def payment(self, invoice: Posted, amount: str = "20.00", role: Role = Role.BANK) -> PaymentDocument:
        number = self.number()
        return PaymentDocument(
            Known(invoice.entry.id), self.buyer, DAY, self.money(amount), self.account(role), f"ch-{number}",
            "Order", f"[comptoir:{number}]",
        )  # fmt: skip

    def refund(self, amount: str = "5.00", role: Role = Role.BANK) -> RefundDocument:
        number = self.number()
        return RefundDocument(
            f"R{number}", DAY, self.buyer, self.currency, (self.line(amount),), zero(self.currency),
            self.account(role), "Refund", f"[comptoir:{number}]",
        )  # fmt: skip

    def credit(self, amount: str = "20.00") -> RefundDocument:
        return replace(self.refund(amount), form=RefundForm.CREDIT_MEMO, refund_account=None)

    def cash_back(self, credit: Posted, amount: str = "15.00") -> CashBackDocument:
        return CashBackDocument(
            self.buyer, self.account(Role.BANK), self.account(Role.RECEIVABLE), DAY, self.money(amount),
            credit.document.number, "Refund", f"[comptoir:{self.number()}]",
        )  # fmt: skip

    def application(
        self, credit: Posted, invoice: Posted, cash: Posted | None = None, others: Mapping[str, Posted] | None = None
    ) -> ApplicationDocument:
        """The whole credit; `others` are further invoices by the amount that each takes."""
        paid = () if cash is None else (PaidBack(Known(cash.entry.id), cash.document.amount),)
        taken = tuple(TakenOff(Known(each.entry.id), self.money(amount)) for amount, each in (others or {}).items())
        return ApplicationDocument(
            self.buyer, DAY, Known(credit.entry.id), Known(invoice.entry.id), credit.document.total,
            credit.document.number, "Refund", f"[comptoir:{self.number()}]", cash_backs=paid, others=taken,
        )  # fmt: skip

    def amendment(self, sale: Posted, *amounts: str) -> AmendmentDocument:
        marker, said = f"[comptoir:a{self.number()}]", sale.document
        note = f"{marker} {said.private_note}"
        anew = replace(said, lines=tuple(map(self.line, amounts)), private_note=note)
        return AmendmentDocument(Awaited(key(said.number)), anew, marker)

    def void(self, sale: Posted) -> VoidDocument:
        said = sale.document
        return VoidDocument(Awaited(key(said.number)), said.number, said.dated, self.currency, said.marker)

    def upon(self, *sales: Posted) -> dict[PostingKey, Entry]:
        """What amendments and voids of these are written upon."""
        return {key(each.document.number): each.entry for each in sales}

    def deposit(self, held: Posted, fee: str = "-1.25") -> DepositDocument:
        member = DepositMember(Known(held.entry.id), HeldForm.RECEIPT, held.document.total)
        return DepositDocument(
            self.account(Role.BANK), DAY, self.currency, "Payout", f"[comptoir:{self.number()}]", (member,),
            (DepositLine(self.harness.account(Role.FEES), self.money(fee), "Fees"),),
        )  # fmt: skip

    def held_receipt(self) -> Posted:
        return self.post(self.sale(SaleForm.RECEIPT, deposit_account=self.account(Role.HELD)))

    def journal(self, amount: str = "12.34") -> JournalDocument:
        number = self.number()
        debit = JournalLine(Side.DEBIT, self.harness.account(Role.FEES), self.money(amount), "Written off")
        credit = JournalLine(Side.CREDIT, self.account(Role.RECEIVABLE), self.money(amount), party=Party(self.buyer))
        return JournalDocument(
            f"J{number}", DAY, self.currency, (debit, credit), "Written off", f"[comptoir:{number}]"
        )  # fmt: skip

    def opening(self, on_its_way: str = "512.30", owed: str = "90.00") -> JournalDocument:
        """What accounts held before anything of ours, as the books write it."""
        number, rest = self.number(), self.money(on_its_way) - self.money(owed)
        return JournalDocument(
            f"J{number}",
            DAY,
            self.currency,
            (
                JournalLine(Side.DEBIT, self.account(Role.BANK), self.money(on_its_way), "Opening balance"),
                JournalLine(Side.CREDIT, self.harness.account(Role.OWED), self.money(owed), "Opening balance"),
                JournalLine(Side.CREDIT, self.harness.account(Role.OPENING), rest, "Opening balance"),
            ),
            "Opening balances",
            f"[comptoir:{number}]",
        )

    def money_of_every_kind(self) -> list[Posted]:
        """One of each form that moves money, in the books, in an order in which they can be made."""
        receipt, invoice, other = (
            self.post(self.sale(form)) for form in (SaleForm.RECEIPT, SaleForm.INVOICE, SaleForm.INVOICE)
        )
        paid, back = self.post(self.payment(invoice)), self.post(self.refund())
        credit = self.post(self.credit())
        cash = self.post(self.cash_back(credit))
        joint = self.post(self.application(credit, other, cash))
        deposit, journal = self.post(self.deposit(self.held_receipt())), self.post(self.journal())
        return [receipt, invoice, paid, back, credit, cash, joint, deposit, journal]
