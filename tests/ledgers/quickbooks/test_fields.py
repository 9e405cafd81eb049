"""Every property that we ever send is one of the official schema, in the form that the schema gives it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from comptoir.books.company import TaxRegime
from comptoir.books.documents import (
    ApplicationDocument,
    CashBackDocument,
    CustomerDocument,
    DepositDocument,
    DepositLine,
    DepositMember,
    HeldForm,
    ItemDocument,
    ItemType,
    JournalDocument,
    JournalLine,
    Known,
    LedgerId,
    PaidBack,
    Party,
    PaymentDocument,
    RefundDocument,
    RefundForm,
    SaleForm,
    Side,
)
from comptoir.books.facts import Address
from comptoir.books.money import Money
from comptoir.ledgers.quickbooks.translate import CompanyFacts, encode, to_wire
from comptoir_sandbox.quickbooks.fields import ENUMERATIONS, TYPES

HOME = Address("Jo Doe", "Doe Ltd", "1 High St", "Flat 2", "Leeds", "WYK", "LS1 1AA", "GB")
FACTS = CompanyFacts("GBP", TaxRegime.GLOBAL, class_per_line=True, multicurrency=True)


def unknown(record: Any, type_name: str, path: str) -> list[str]:
    """The paths of `record` that the table does not know, or that are of another kind than it says."""
    found: list[str] = []
    for name, value in record.items():
        said = TYPES[type_name].get(name)
        here = f"{path}.{name}"
        if said is None:
            found.append(here)
            continue
        listed = said.endswith("[]")
        if listed != isinstance(value, list):
            found.append(f"{here} is {said}")
            continue
        kind = said.removesuffix("[]")
        for member in value if listed else [value]:
            if kind.startswith("enum:"):
                found += [] if member in ENUMERATIONS[kind.removeprefix("enum:")] else [f"{here}={member}"]
            elif isinstance(member, dict):
                found += unknown(member, kind, here)
            elif kind in TYPES:
                found.append(f"{here} is an object")
    return found


@pytest.fixture
def documents(make_sale: Callable[..., Any], make_line: Callable[..., Any]) -> list[Any]:
    known, one, five = Known(LedgerId("3")), LedgerId("1"), Money(Decimal(5), "GBP")
    line = make_line(quantity=Decimal(2), unit_price=Money(Decimal(5), "GBP"))
    common: dict[str, Any] = {
        "number": "S1", "dated": date(2026, 3, 1), "customer": known, "currency": "GBP", "lines": (line,),
        "tax": Money(Decimal(2), "GBP"), "private_note": "n", "marker": "[m]", "payment_method": one,
        "payment_reference": "re", "billing": HOME, "class_id": one, "location_id": one,
    }  # fmt: skip
    sale = make_sale(**common, memo="m", email="a@b.example", shipping=HOME, deposit_account=one)
    return [
        sale,
        replace(sale, form=SaleForm.INVOICE),
        replace(sale, number=""),
        RefundDocument(**common, refund_account=one),
        replace(RefundDocument(**common, refund_account=None), form=RefundForm.CREDIT_MEMO),
        CashBackDocument(known, one, one, date(2026, 3, 1), Money(Decimal(5), "GBP"), "R-1", "n", "[m]"),
        ApplicationDocument(
            known,
            date(2026, 3, 1),
            known,
            known,
            Money(Decimal(5), "GBP"),
            "R-1",
            "n",
            "[m]",
            (PaidBack(known, Money(Decimal(2), "GBP")),),
        ),
        DepositDocument(
            one,
            date(2026, 3, 1),
            "GBP",
            "n",
            "[m]",
            (DepositMember(known, HeldForm.PAYMENT, five),),
            (DepositLine(one, -five, "Fees", Party(known), one, one),),
            one,
        ),
        JournalDocument(
            "J1",
            date(2026, 3, 1),
            "GBP",
            (
                JournalLine(Side.DEBIT, one, five, "d", Party(known), one, one),
                JournalLine(Side.CREDIT, one, five),
            ),
            "n",
            "[m]",
        ),
        PaymentDocument(known, known, date(2026, 3, 1), Money(Decimal(5), "GBP"), one, "ch", "n", "[m]", one),
        CustomerDocument("Jo", "GBP", "Jo", "Doe", "Doe Ltd", "a@b.example", "1", HOME, HOME, "note"),
        ItemDocument("Mug", "M", ItemType.INVENTORY, one, "d", one, one, date(2026, 1, 1)),
    ]


@pytest.mark.parametrize("regime", TaxRegime)
@pytest.mark.parametrize("class_per_line", [True, False])
def test_every_property_is_known(documents: list[Any], regime: TaxRegime, class_per_line: bool) -> None:
    facts = replace(FACTS, tax_regime=regime, class_per_line=class_per_line)
    found: list[str] = []
    for document in documents:
        taxed = regime is not TaxRegime.NONE or not hasattr(document, "tax")
        entity, record = to_wire(document if taxed else replace(document, tax=Money(Decimal(0), "GBP")), {}, facts)
        found += unknown(json.loads(encode(record), parse_float=Decimal), entity, entity)
    assert found == []


def test_the_walk_would_notice() -> None:
    record = {"Docnumber": "x", "Line": {}, "EmailStatus": "Odd", "CustomerRef": "3", "BillAddr": {"Zip": "x"}}
    assert len(unknown(record, "Invoice", "Invoice")) == 5
