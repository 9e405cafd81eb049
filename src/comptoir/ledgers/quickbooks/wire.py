"""The shapes of QuickBooks Online's answers, as far as we read them (quickbooks-online.md §§9-16).

Unknown members are ignored. Amounts become Decimal here, from JSON numbers or numeric strings alike.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

_Shape = TypeVar("_Shape")


class Ref(msgspec.Struct, frozen=True):
    """A reference to another record."""

    value: str
    name: str = ""


class EmailAddress(msgspec.Struct, frozen=True, rename="pascal"):
    """An e-mail address or several, separated by commas."""

    address: str = ""


class TelephoneNumber(msgspec.Struct, frozen=True, rename="pascal"):
    """A telephone number as typed."""

    free_form_number: str = ""


class PhysicalAddress(msgspec.Struct, frozen=True, rename="pascal"):
    """The part of an address that matching needs."""

    postal_code: str = ""


class TxnTaxDetail(msgspec.Struct, frozen=True, rename="pascal"):
    """The tax of a form; absent members mean zero."""

    total_tax: Decimal = Decimal(0)


class LinkedTxn(msgspec.Struct, frozen=True, rename="pascal"):
    """Another document that hangs on a transaction, or that it refers to."""

    txn_id: str = ""
    txn_type: str = ""


class SalesItemLineDetail(msgspec.Struct, frozen=True, rename="pascal"):
    """How much of an item a line sells, where it says so."""

    qty: Decimal | None = None


class SalesLine(msgspec.Struct, frozen=True, rename="pascal"):
    """A line, as far as a void shows on it."""

    amount: Decimal = Decimal(0)
    sales_item_line_detail: SalesItemLineDetail = SalesItemLineDetail()


class Transaction(msgspec.Struct, frozen=True, rename="pascal"):
    """A sales form, a credit, a refund or a payment."""

    id: str
    sync_token: str = ""
    doc_number: str = ""
    payment_ref_num: str = ""
    txn_date: date | None = None
    total_amt: Decimal = Decimal(0)
    balance: Decimal | None = None
    unapplied_amt: Decimal | None = None
    txn_tax_detail: TxnTaxDetail | None = None
    currency_ref: Ref | None = None
    private_note: str = ""
    linked_txn: list[LinkedTxn] = msgspec.field(default_factory=list)
    line: list[SalesLine] = msgspec.field(default_factory=list)


class JournalLineDetail(msgspec.Struct, frozen=True, rename="pascal"):
    """The side of a journal line, and the tax on top of its amount."""

    posting_type: str = ""
    tax_amount: Decimal = Decimal(0)


class JournalLine(msgspec.Struct, frozen=True, rename="pascal"):
    """A line of a journal entry."""

    amount: Decimal = Decimal(0)
    journal_entry_line_detail: JournalLineDetail = JournalLineDetail()


class Journal(msgspec.Struct, frozen=True, rename="pascal"):
    """A journal entry, as far as its total needs it."""

    line: list[JournalLine] = msgspec.field(default_factory=list)


class Name(msgspec.Struct, frozen=True, rename="pascal"):
    """A customer, vendor or employee."""

    id: str
    display_name: str = ""
    sync_token: str = ""
    active: bool = True
    primary_email_addr: EmailAddress | None = None
    primary_phone: TelephoneNumber | None = None
    bill_addr: PhysicalAddress | None = None
    notes: str = ""
    currency_ref: Ref | None = None


class Item(msgspec.Struct, frozen=True, rename="pascal"):
    """An item or a category of items."""

    id: str
    name: str = ""
    sync_token: str = ""
    sku: str = ""
    type: str = ""
    active: bool = True
    inv_start_date: date | None = None
    qty_on_hand: Decimal | None = None
    income_account_ref: Ref | None = None


class Account(msgspec.Struct, frozen=True, rename="pascal"):
    """An account of the chart."""

    id: str
    name: str = ""
    fully_qualified_name: str = ""
    account_type: str = ""
    account_sub_type: str = ""
    active: bool = True
    currency_ref: Ref | None = None


class TaxRateDetail(msgspec.Struct, frozen=True, rename="pascal"):
    """A rate's place in a code."""

    tax_rate_ref: Ref
    tax_type_applicable: str = ""
    tax_order: int = 0


class TaxRateList(msgspec.Struct, frozen=True, rename="pascal"):
    """The rates of a code in one direction."""

    tax_rate_detail: list[TaxRateDetail] = msgspec.field(default_factory=list)


class TaxCode(msgspec.Struct, frozen=True, rename="pascal"):
    """A sales-tax code. In the US the pseudo codes TAX and NON have these words as ids."""

    id: str
    name: str = ""
    active: bool = True
    sales_tax_rate_list: TaxRateList | None = None


class EffectiveTaxRate(msgspec.Struct, frozen=True, rename="pascal"):
    """A rate's percentage over a time. The dates are times with an offset, of which the day counts."""

    rate_value: Decimal = Decimal(0)
    effective_date: str = ""
    end_date: str = ""


class TaxRate(msgspec.Struct, frozen=True, rename="pascal"):
    """A tax rate, in percent; one that tells only what is in force when has no value of its own."""

    id: str
    name: str = ""
    agency_ref: Ref | None = None
    rate_value: Decimal | None = None
    active: bool = True
    effective_tax_rate: list[EffectiveTaxRate] = msgspec.field(default_factory=list)


class TaxAgency(msgspec.Struct, frozen=True, rename="pascal"):
    """Whom sales tax is paid to, and the last day of the latest return that was filed with it (§12.7)."""

    id: str
    display_name: str = ""
    last_file_date: date | None = None


class MadeTaxRate(msgspec.Struct, frozen=True, rename="pascal"):
    """A rate of a code that the tax service made."""

    tax_rate_id: str


class MadeTaxCode(msgspec.Struct, frozen=True, rename="pascal"):
    """What the tax service answers: the request once more, with the ids; it has no envelope (§12.7)."""

    tax_code_id: str
    tax_rate_details: list[MadeTaxRate]


class CompanyCurrency(msgspec.Struct, frozen=True, rename="pascal"):
    """A foreign currency that the company keeps, or kept (§12.8)."""

    code: str
    active: bool = True


class Listed(msgspec.Struct, frozen=True, rename="pascal"):
    """A payment method, class or department."""

    id: str
    name: str = ""
    fully_qualified_name: str = ""
    active: bool = True


class NameValue(msgspec.Struct, frozen=True, rename="pascal"):
    """A setting as text."""

    name: str = ""
    value: str = ""


class ExchangeRate(msgspec.Struct, frozen=True, rename="pascal"):
    """What one unit of a currency is worth in the home currency."""

    rate: Decimal


class CompanyInfo(msgspec.Struct, frozen=True, rename="pascal"):
    """What a company says of itself."""

    company_name: str = ""
    country: str = ""
    name_value: list[NameValue] = msgspec.field(default_factory=list)


class AccountingInfoPrefs(msgspec.Struct, frozen=True, rename="pascal"):
    """Closing date, classes and departments."""

    book_close_date: date | None = None
    class_tracking_per_txn: bool = False
    class_tracking_per_txn_line: bool = False
    track_departments: bool = False


class SalesFormsPrefs(msgspec.Struct, frozen=True, rename="pascal"):
    """How sales forms are numbered and settled."""

    custom_txn_numbers: bool = False
    auto_apply_credit: bool = False
    auto_apply_payments: bool = False
    default_customer_message: str = ""


class ProductPrefs(msgspec.Struct, frozen=True, rename="pascal"):
    """Whether items can keep stock; a company that does not say is not held to it."""

    quantity_on_hand: bool = True


class TaxPrefs(msgspec.Struct, frozen=True, rename="pascal"):
    """Whether, and how, sales tax is reckoned."""

    using_sales_tax: bool = False
    partner_tax_enabled: bool = False


class CurrencyPrefs(msgspec.Struct, frozen=True, rename="pascal"):
    """Home currency; whether others are in use."""

    multi_currency_enabled: bool = False
    home_currency: Ref = Ref("USD")


class OtherPrefs(msgspec.Struct, frozen=True, rename="pascal"):
    """Everything else, as text."""

    name_value: list[NameValue] = msgspec.field(default_factory=list)


class Preferences(msgspec.Struct, frozen=True, rename="pascal"):
    """The settings of a company."""

    accounting_info_prefs: AccountingInfoPrefs = AccountingInfoPrefs()
    sales_forms_prefs: SalesFormsPrefs = SalesFormsPrefs()
    product_and_services_prefs: ProductPrefs = ProductPrefs()
    tax_prefs: TaxPrefs = TaxPrefs()
    currency_prefs: CurrencyPrefs = CurrencyPrefs()
    other_prefs: OtherPrefs = OtherPrefs()


class FaultError(msgspec.Struct, frozen=True):
    """One error of a fault. The service writes capitals, the gateway lower case; both are read."""

    message: str = ""
    detail: str = ""
    code: str = ""
    element: str = ""


class Fault(msgspec.Struct, frozen=True):
    """Why something was refused."""

    errors: tuple[FaultError, ...] = ()
    type: str = ""

    @property
    def first(self) -> FaultError:
        """The error that decides what happens next."""
        return self.errors[0] if self.errors else FaultError()


def parse(value: object, shape: type[_Shape]) -> _Shape:
    """`value` (decoded JSON) as `shape`; members that are null count as absent. Raises msgspec.ValidationError."""
    return msgspec.convert(_without_nulls(value), shape)


def _without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without_nulls(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [_without_nulls(member) for member in value]
    return value


def parse_fault(body: Any) -> Fault | None:
    """The fault in a decoded answer or batch item, in either spelling; None where there is none."""
    if not isinstance(body, dict):
        return None
    found = body.get("Fault", body.get("fault"))
    if not isinstance(found, dict):
        return None
    errors = found.get("Error", found.get("error"))
    listed = errors if isinstance(errors, list) else []
    return Fault(
        errors=tuple(_parse_error(error) for error in listed if isinstance(error, dict)),
        type=_text(found, "type"),
    )


def _parse_error(error: dict[str, Any]) -> FaultError:
    return FaultError(
        message=_text(error, "Message", "message"),
        detail=_text(error, "Detail", "detail"),
        code=_text(error, "code"),
        element=_text(error, "element"),
    )


def _text(members: dict[str, Any], *names: str) -> str:
    return next((str(members[name]) for name in names if members.get(name) is not None), "")
