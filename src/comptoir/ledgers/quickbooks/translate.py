"""PURE: books documents to QuickBooks' JSON (quickbooks-online.md §§3, 4, 10, 12-16).

Amounts stay Decimals until `encode` writes their digits; no float is ever made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from comptoir.books.company import Company, TaxRegime
from comptoir.books.documents import (
    AmendmentDocument,
    ApplicationDocument,
    Awaited,
    CashBackDocument,
    CustomerDocument,
    DocumentLine,
    ItemDocument,
    ItemType,
    Known,
    LedgerId,
    MoneyDocument,
    NewDocument,
    PaymentDocument,
    PostingKey,
    RateTax,
    Reference,
    RefundDocument,
    RefundForm,
    SaleDocument,
    SaleForm,
    VoidDocument,
)
from comptoir.books.facts import Address
from comptoir.books.money import Money
from comptoir.engine.ports import Slot
from comptoir.ledgers.quickbooks import texts

Json = dict[str, object]
Resolved = Mapping[PostingKey, LedgerId]

TAXABLE = "TAX"
NOT_TAXABLE = "NON"
"""The pseudo codes of US lines (§15.2)."""
PRICE_DECIMALS = 7

_ITEM_TYPES = {
    ItemType.SERVICE: "Service",
    ItemType.NON_INVENTORY: "NonInventory",
    ItemType.INVENTORY: "Inventory",
}


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """What of a company decides how documents are written."""

    currency: str
    tax_regime: TaxRegime
    class_per_line: bool = False
    multicurrency: bool = False
    custom_numbers: bool = True


def facts_of(company: Company) -> CompanyFacts:
    """The facts that `to_wire` needs."""
    return CompanyFacts(
        currency=company.currency,
        tax_regime=company.tax_regime,
        class_per_line=company.class_per_line,
        multicurrency=company.multicurrency,
        custom_numbers=company.custom_numbers,
    )


def encode_batch(slots: Sequence[Slot], facts: CompanyFacts) -> bytes:
    """A batch of writes, byte for byte as it is sent: the same slots always give the same bytes."""
    return encode({"BatchItemRequest": [{"bId": slot.slot} | _batch_item(slot, facts) for slot in slots]})


def _batch_item(slot: Slot, facts: CompanyFacts) -> Json:
    """One write: its operation, and the record under its entity's name (§4)."""
    document = slot.document
    match document:
        case AmendmentDocument():
            entity, record = _sale(document.sale, slot.resolved, facts)
            return {"operation": "update", entity: _version_of(document.target, slot) | _anew(document.sale, record)}
        case VoidDocument():
            return {"operation": "void", "Invoice": _version_of(document.target, slot)}
        case _:
            entity, record = to_wire(document, slot.resolved, facts)
            return {"operation": "create", entity: record}


def _anew(sale: SaleDocument, record: Json) -> Json:
    """A full update: what we do not write is cleared, or set anew by the company's defaults (§3).

    A form without a number of ours would lose the one that QuickBooks gave it: there what is left out stays.
    """
    if sale.number:
        return {"sparse": False} | record
    return {"sparse": True} | {name: value for name, value in record.items() if name != "AutoDocNumber"}


def _version_of(target: Reference, slot: Slot) -> Json:
    if not isinstance(target, Awaited) or target.key not in slot.versions:
        raise ValueError(f"the version of {target} is not known")
    return {"Id": _id(target, slot.resolved), "SyncToken": slot.versions[target.key]}


def encode(value: object) -> bytes:
    """JSON with Decimals as numbers, digit for digit."""
    return _ENCODER.encode(value)


_ENCODER = msgspec.json.Encoder(decimal_format="number")


def to_wire(document: NewDocument, resolved: Resolved, facts: CompanyFacts) -> tuple[str, Json]:
    """The entity's name and the JSON that creates it.

    Raises ValueError for a document that no company of this kind can take: these are faults of the rules.
    """
    match document:
        case CustomerDocument():
            written: tuple[str, Json] = ("Customer", _customer(document, facts))
        case ItemDocument():
            written = ("Item", _item(document))
        case SaleDocument():
            written = _sale(document, resolved, facts)
        case RefundDocument():
            written = _refund(document, resolved, facts)
        case PaymentDocument():
            written = ("Payment", _payment(document, resolved, facts))
        case CashBackDocument():
            written = ("Purchase", _cash_back(document, resolved, facts))
        case ApplicationDocument():  # pragma: no branch
            written = ("Payment", _application(document, resolved, facts))
    return written


def _sale(document: SaleDocument, resolved: Resolved, facts: CompanyFacts) -> tuple[str, Json]:
    if document.form is SaleForm.INVOICE:
        return "Invoice", _invoice(document, resolved, facts)
    return "SalesReceipt", _sales_receipt(document, resolved, facts)


def _customer(document: CustomerDocument, facts: CompanyFacts) -> Json:
    return _present(
        DisplayName=texts.customer_name(document.name),
        GivenName=texts.person(document.given_name),
        FamilyName=texts.person(document.family_name),
        CompanyName=texts.person(document.company),
        PrimaryEmailAddr=_wrapped("Address", texts.email(document.email)),
        PrimaryPhone=_wrapped("FreeFormNumber", texts.phone(document.phone)),
        BillAddr=_address(document.billing, with_name=False),
        ShipAddr=_address(document.shipping, with_name=False),
        Notes=texts.block(document.note, texts.CUSTOMER_NOTES_CHARACTERS),
        CurrencyRef=_currency(document.currency, facts),
    )


def _item(document: ItemDocument) -> Json:
    record = _present(
        Name=texts.item_name(document.name),
        Type=_ITEM_TYPES[document.type],
        Sku=texts.line(document.sku, texts.SKU_CHARACTERS),
        Description=texts.block(document.description, texts.DESCRIPTION_CHARACTERS),
        IncomeAccountRef=_ref(document.income_account),
        ExpenseAccountRef=_ref(document.expense_account),
        AssetAccountRef=_ref(document.asset_account),
    )
    if document.type is not ItemType.INVENTORY:
        return record
    if document.expense_account is None or document.asset_account is None or document.start_date is None:
        raise ValueError("an inventory item needs its expense and asset accounts and a start date")
    stock = {"TrackQtyOnHand": True, "QtyOnHand": Decimal(0), "InvStartDate": document.start_date.isoformat()}
    return record | stock


def _sales_receipt(document: SaleDocument, resolved: Resolved, facts: CompanyFacts) -> Json:
    return _sales_form(document, resolved, facts) | _present(
        DepositToAccountRef=_ref(document.deposit_account),
        PaymentMethodRef=_ref(document.payment_method),
        PaymentRefNum=texts.reference(document.payment_reference),
    )


def _invoice(document: SaleDocument, resolved: Resolved, facts: CompanyFacts) -> Json:
    """The due date is always stated: what QuickBooks would choose depends on terms set elsewhere (§13.2)."""
    due_on = document.dated if document.due_on is None else max(document.due_on, document.dated)
    return _sales_form(document, resolved, facts) | {
        "DueDate": due_on.isoformat(),
        "AllowOnlineCreditCardPayment": document.allow_card_payment,
    }


def _sales_form(document: SaleDocument, resolved: Resolved, facts: CompanyFacts) -> Json:
    return _form(document, resolved, facts) | _present(
        CustomerMemo=_wrapped("value", texts.block(document.memo, texts.MEMO_CHARACTERS)),
        BillEmail=_wrapped("Address", texts.email(document.email)),
        ShipAddr=_address(document.shipping, with_name=True),
    )


def _refund(document: RefundDocument, resolved: Resolved, facts: CompanyFacts) -> tuple[str, Json]:
    """A credit memo moves no money, so it names no account, method or reference (§13.4); a receipt must (§13.5)."""
    form = _form(document, resolved, facts)
    if document.form is RefundForm.CREDIT_MEMO:
        return "CreditMemo", form
    if document.refund_account is None:
        raise ValueError("a refund receipt needs the account that its money leaves")
    return "RefundReceipt", form | _present(
        DepositToAccountRef=_ref(document.refund_account),
        PaymentMethodRef=_ref(document.payment_method),
        PaymentRefNum=texts.reference(document.payment_reference),
    )


def _cash_back(document: CashBackDocument, resolved: Resolved, facts: CompanyFacts) -> Json:
    """A purchase on the receivable account; the payee is the customer whose account it is (§16.4)."""
    _check_number(document.number)
    line = {
        "Amount": _number(document.amount.amount),
        "DetailType": "AccountBasedExpenseLineDetail",
        "AccountBasedExpenseLineDetail": {"AccountRef": _ref(document.receivable_account)},
    }
    return _present(
        PaymentType="Cash",
        AccountRef=_ref(document.account),
        EntityRef={"value": _id(document.customer, resolved), "type": "Customer"},
        DocNumber=document.number,
        TxnDate=document.dated.isoformat(),
        CurrencyRef=_currency(document.currency, facts),
        ExchangeRate=_exchange_rate(document, facts),
        PrivateNote=texts.marked(document.private_note, document.marker),
        GlobalTaxCalculation="NotApplicable" if facts.tax_regime is TaxRegime.GLOBAL else None,
        Line=[line],
    )


def _application(document: ApplicationDocument, resolved: Resolved, facts: CompanyFacts) -> Json:
    """A payment of nothing: what it takes from the credit memo goes to the invoices and to the cash-backs (§16.1)."""
    linked = [
        (document.applied, document.invoice, "Invoice"),
        *((each.amount, each.invoice, "Invoice") for each in document.others),
        *((each.amount, each.cash_back, "Expense") for each in document.cash_backs),
        (document.amount, document.credit, "CreditMemo"),
    ]
    return _present(
        CustomerRef=_wrapped("value", _id(document.customer, resolved)),
        TxnDate=document.dated.isoformat(),
        TotalAmt=Decimal(0),
        PaymentRefNum=texts.reference(document.reference),
        PrivateNote=texts.marked(document.private_note, document.marker),
        CurrencyRef=_currency(document.currency, facts),
        ExchangeRate=_exchange_rate(document, facts),
        Line=[
            {"Amount": _number(amount.amount), "LinkedTxn": [{"TxnId": _id(to, resolved), "TxnType": form}]}
            for amount, to, form in linked
        ],
    )


def _payment(document: PaymentDocument, resolved: Resolved, facts: CompanyFacts) -> Json:
    """The link carries what the invoice can take; a payment of which it takes nothing has no line at all (§16.1)."""
    amount = _number(document.amount.amount)
    applied = document.amount if document.applied is None else document.applied
    link = {"TxnId": _id(document.invoice, resolved), "TxnType": "Invoice"}
    line = {"Amount": _number(applied.amount), "LinkedTxn": [link]}
    return _present(
        CustomerRef=_wrapped("value", _id(document.customer, resolved)),
        TxnDate=document.dated.isoformat(),
        TotalAmt=amount,
        PaymentMethodRef=_ref(document.payment_method),
        PaymentRefNum=texts.reference(document.reference),
        DepositToAccountRef=_ref(document.deposit_account),
        PrivateNote=texts.marked(document.private_note, document.marker),
        CurrencyRef=_currency(document.currency, facts),
        ExchangeRate=_exchange_rate(document, facts),
        Line=[line] if document.applied is None or not applied.is_zero else None,
    )


def _form(document: SaleDocument | RefundDocument, resolved: Resolved, facts: CompanyFacts) -> Json:
    """What every sales form has in common (§13.1)."""
    _check_number(document.number)
    if not document.lines:
        raise ValueError("a form needs at least one line")
    header_class = None if facts.class_per_line else document.class_id
    return _present(
        DocNumber=document.number,
        AutoDocNumber=facts.custom_numbers and not document.number,
        TxnDate=document.dated.isoformat(),
        CustomerRef=_wrapped("value", _id(document.customer, resolved)),
        CurrencyRef=_currency(document.currency, facts),
        ExchangeRate=_exchange_rate(document, facts),
        BillAddr=_address(document.billing, with_name=True),
        ClassRef=_ref(header_class),
        DepartmentRef=_ref(document.location_id),
        PrivateNote=texts.marked(document.private_note, document.marker),
        EmailStatus="NotSet",
        PrintStatus="NotSet",
        Line=[_line(line, at, document, resolved, facts) for at, line in enumerate(document.lines, start=1)],
        **_tax(document, facts),
    )


def _check_number(number: str) -> None:
    if len(number) > texts.DOC_NUMBER_CHARACTERS:
        raise ValueError(f"a document number has at most {texts.DOC_NUMBER_CHARACTERS} characters")


def _line(
    line: DocumentLine,
    position: int,
    document: SaleDocument | RefundDocument,
    resolved: Resolved,
    facts: CompanyFacts,
) -> Json:
    line_class = document.class_id if facts.class_per_line else None
    detail = _present(
        ItemRef=_wrapped("value", _id(line.item, resolved)),
        Qty=None if line.quantity is None else _number(line.quantity),
        UnitPrice=_unit_price(line),
        TaxCodeRef=_wrapped("value", _line_tax_code(line, facts)),
        ClassRef=_ref(line_class),
    )
    return _present(
        LineNum=position,
        Description=texts.block(line.description, texts.DESCRIPTION_CHARACTERS),
        Amount=_number(line.amount.amount),
        DetailType="SalesItemLineDetail",
        SalesItemLineDetail=detail,
    )


def _unit_price(line: DocumentLine) -> Decimal | None:
    """The price, where quantity x price is exactly the line's amount to QuickBooks too (fault 6070 otherwise)."""
    if line.unit_price is None or line.quantity is None:
        return None
    price = line.unit_price.amount
    digits = -int(price.normalize().as_tuple().exponent)
    product = Money(price * line.quantity, line.amount.currency).rounded()
    return _number(price) if digits <= PRICE_DECIMALS and product == line.amount else None


def _line_tax_code(line: DocumentLine, facts: CompanyFacts) -> str:
    if facts.tax_regime is TaxRegime.NONE:
        return ""
    if facts.tax_regime is TaxRegime.GLOBAL:
        return line.tax_code or ""
    return NOT_TAXABLE if line.tax_code in {None, NOT_TAXABLE} else TAXABLE


def _tax(document: SaleDocument | RefundDocument, facts: CompanyFacts) -> Json:
    """The members that state the tax of a whole form (§15). The store's amount always wins over a computed one."""
    says = document.tax_stated or not document.tax.is_zero
    stated = _present(
        TotalTax=_number(document.tax.amount) if says else None,
        TaxLine=[_tax_line(each) for each in document.rates] or None,
    )
    if facts.tax_regime is TaxRegime.NONE:
        if stated and not document.prices_include_tax:
            raise ValueError("a company without sales tax cannot take tax")
        return {}
    if facts.tax_regime is TaxRegime.GLOBAL:
        basis = "TaxInclusive" if document.prices_include_tax else "TaxExcluded"
        return {"GlobalTaxCalculation": basis, "TxnTaxDetail": stated}
    if document.prices_include_tax:
        raise ValueError("a US company has no tax-inclusive form")
    code = {"TxnTaxCodeRef": _ref(document.form_tax_code)} if document.form_tax_code else _us_form_code(document.lines)
    return {"TxnTaxDetail": code | stated}


def _tax_line(tax: RateTax) -> Json:
    """The amount of one rate: where one is stated, every rate of the form is (§15.4)."""
    return {
        "Amount": _number(tax.amount.amount),
        "DetailType": "TaxLineDetail",
        "TaxLineDetail": {
            "TaxRateRef": _ref(tax.rate),
            "PercentBased": True,
            "NetAmountTaxable": _number(tax.base.amount),
        },
    }


def _us_form_code(lines: Sequence[DocumentLine]) -> Json:
    """The one real tax code of a US form, where lines name one instead of the pseudo codes."""
    codes = {line.tax_code for line in lines} - {None, TAXABLE, NOT_TAXABLE}
    if len(codes) > 1:
        raise ValueError("a US form takes one tax code")
    return {"TxnTaxCodeRef": _ref(next(iter(codes)))} if codes else {}


def _id(reference: Reference, resolved: Resolved) -> str:
    if isinstance(reference, Known):
        return reference.id
    if reference.key not in resolved:
        raise ValueError(f"the record of {reference.key} is not in the books yet")
    return resolved[reference.key]


def _ref(ledger_id: LedgerId | None) -> Json | None:
    return None if ledger_id is None else {"value": ledger_id}


def _wrapped(name: str, text: str) -> Json | None:
    return {name: text} if text else None


def _currency(currency: str, facts: CompanyFacts) -> Json | None:
    """Stated only where the company knows several; elsewhere another currency is a fault of the rules."""
    if facts.multicurrency:
        return {"value": currency}
    if currency != facts.currency:
        raise ValueError(f"a company that keeps {facts.currency} alone cannot take {currency}")
    return None


def _exchange_rate(document: MoneyDocument, facts: CompanyFacts) -> Decimal | None:
    """The store's own rate, home units for one of the document's; without it QuickBooks takes the day's (§13.1)."""
    if document.exchange_rate is None or document.currency == facts.currency:
        return None
    return _number(document.exchange_rate)


def _address(address: Address | None, *, with_name: bool) -> Json | None:
    if address is None:
        return None
    names = (address.name, address.company) if with_name else ()
    lines = [text for text in (texts.line(raw, 500) for raw in (*names, address.line1, address.line2)) if text]
    parts = _present(
        **{f"Line{at}": text for at, text in enumerate(lines, start=1)},
        City=texts.line(address.city, 255),
        CountrySubDivisionCode=texts.line(address.region, 255),
        PostalCode=texts.line(address.postcode, 30),
        Country=texts.line(address.country, 255),
    )
    return parts or None


def _number(value: Decimal) -> Decimal:
    """The same number without an exponent above zero: 1E+2 is written 100."""
    return Decimal(f"{value:f}")


def _present(**named: object) -> Json:
    """What has something to say: None, "", False and empty objects are left out; zero and lists stay."""
    return {
        name: value
        for name, value in named.items()
        if value is not None and value != "" and value is not False and value != {}
    }
