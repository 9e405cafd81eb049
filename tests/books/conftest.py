"""Builders of the domain's values: a small British shop, of which a test states what it is about.

Every builder takes the fields that matter as keywords; amounts are in pounds unless a test says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any, TypeVar

import hypothesis

from comptoir.books.checks import Resolved, resolve
from comptoir.books.company import (
    Account,
    AccountType,
    Company,
    CompanyIdentity,
    CustomerRecord,
    ItemRecord,
    Matchables,
    Named,
    TaxCode,
    TaxRate,
    TaxRegime,
    fold,
)
from comptoir.books.context import Context, Decided, Link
from comptoir.books.documents import (
    CustomerDocument,
    ItemDocument,
    Kind,
    LedgerId,
    PaymentDocument,
    PostingKey,
    RefundDocument,
    SaleDocument,
)
from comptoir.books.facts import (
    Address,
    Buyer,
    LineKind,
    Order,
    OrderLine,
    PaymentStatus,
    Refund,
    RefundLine,
    SourceId,
    StoreIdentity,
    TaxCollector,
    TaxLine,
    Tender,
)
from comptoir.books.money import Money, total
from comptoir.books.problems import Problem, Skipped
from comptoir.books.settings import (
    ItemSettings,
    MethodSettings,
    OrderSettings,
    PaymentSettings,
    RefundSettings,
    Settings,
    TaxSettings,
)

hypothesis.settings.register_profile("books", deadline=None, max_examples=50)
hypothesis.settings.load_profile("books")  # no deadline: a busy machine is no failure of the rules

D = TypeVar("D")

STORE = StoreIdentity("shopify:mugs.example")
START = date(2026, 1, 1)
NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
LATER = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
BEFORE_START = datetime(2025, 12, 31, 12, 0, tzinfo=UTC)

NO_VAT = TaxCode(LedgerId("T0"), "No VAT", ())
STANDARD = TaxCode(LedgerId("T20"), "20.0% S", (TaxRate(LedgerId("R20"), "20.0% S (Sales)", Decimal("0.2")),))
REDUCED = TaxCode(LedgerId("T5"), "5.0% R", (TaxRate(LedgerId("R5"), "5.0% R (Sales)", Decimal("0.05")),))
COMBINED = TaxCode(
    LedgerId("T13"),
    "GST + PST",
    (TaxRate(LedgerId("RG"), "GST", Decimal("0.05")), TaxRate(LedgerId("RP"), "PST", Decimal("0.08"))),
)


def pounds(amount: str) -> Money:
    return Money(Decimal(amount), "GBP")


def make_tax(
    amount: str, name: str = "VAT", rate: str | None = "0.2", collector: TaxCollector = TaxCollector.MERCHANT
) -> TaxLine:
    return TaxLine(name, None if rate is None else Decimal(rate), pounds(amount), collector)


def make_line(gross: str = "10.00", /, **changes: Any) -> OrderLine:
    """One mug for 10.00."""
    line = OrderLine(
        source_id=SourceId("line-1"),
        kind=LineKind.PRODUCT,
        name="Blue mug",
        sku="MUG-1",
        quantity=Decimal(1),
        unit_price=pounds(gross),
        gross=pounds(gross),
        discount=pounds("0.00"),
    )
    return replace(line, **changes)


def make_shipping(gross: str = "4.00", /, **changes: Any) -> OrderLine:
    standard = {"source_id": SourceId("ship-1"), "kind": LineKind.SHIPPING, "name": "Royal Mail", "sku": ""}
    return make_line(gross, **{**standard, **changes})


def make_tender(amount: str = "10.00", /, **changes: Any) -> Tender:
    """A card payment at noon of the tenth of March."""
    tender = Tender(
        source_id=SourceId("tx-1"),
        method="card",
        method_name="Card payment",
        amount=pounds(amount),
        at=NOON,
        reference="ch_1",
    )
    return replace(tender, **changes)


def make_refund_line(amount: str = "10.00", /, **changes: Any) -> RefundLine:
    line = RefundLine(
        line_id=SourceId("line-1"),
        kind=LineKind.PRODUCT,
        name="Blue mug",
        sku="MUG-1",
        quantity=Decimal(1),
        amount=pounds(amount),
        tax=pounds("0.00"),
    )
    return replace(line, **changes)


def make_refund(*lines: RefundLine, cash: str | None = None, **changes: Any) -> Refund:
    """Takes `lines` back (none: one mug); `cash` is what went out on the card (not stated: their value)."""
    lines = lines or (make_refund_line(),)
    value = cash or str(sum(line.amount.amount + line.tax.amount for line in lines))
    tenders = (make_tender(value, source_id=SourceId("tx-back-1"), at=LATER, reference="re_1"),)
    return replace(Refund(source_id=SourceId("refund-1"), at=LATER, lines=lines, tenders=tenders), **changes)


def make_buyer(**changes: Any) -> Buyer:
    buyer = Buyer(
        source_id=SourceId("buyer-1"),
        name="Ada King",
        given_name="Ada",
        family_name="King",
        email="ada@example.org",
        phone="020 7946 0000",
    )
    return replace(buyer, **changes)


def make_address(**changes: Any) -> Address:
    address = Address(name="Ada King", line1="1 Mill Lane", city="Leeds", postcode="LS1 4AP", country="GB")
    return replace(address, **changes)


def order_total(lines: Iterable[OrderLine], currency: str = "GBP") -> Money:
    """What a store that rounds tax per line would state."""
    lines = tuple(lines)
    owed = [tax.amount for line in lines for tax in line.taxes if tax.collector is TaxCollector.MERCHANT]
    return total([*(line.net for line in lines), *owed], currency)


def make_order(*lines: OrderLine, **changes: Any) -> Order:
    """Order 1001 of Ada King, paid in full by card unless `tenders` says otherwise; its total is that of `lines`."""
    lines = lines or (make_line(),)
    stated = changes.get("total", order_total(lines, changes.get("currency", "GBP")))
    order = Order(
        store=STORE,
        source_id=SourceId("order-1"),
        number="1001",
        placed_at=NOON,
        updated_at=NOON,
        currency="GBP",
        total=stated,
        prices_include_tax=False,
        status=PaymentStatus.PAID,
        lines=lines,
        tenders=(replace(make_tender(), amount=stated),),
        buyer=make_buyer(),
        billing=make_address(),
        shipping=make_address(line1="2 Mill Lane"),
    )
    return replace(order, **changes)


def make_company(**changes: Any) -> Company:
    """A company outside the United States, in pounds, with the accounts and codes that `make_settings` names."""

    def account(number: str, name: str, kind: AccountType, *, active: bool = True) -> Account:
        return Account(LedgerId(number), name, kind, "GBP", active)

    company = Company(
        identity=CompanyIdentity("quickbooks:1"),
        name="Mugs Ltd",
        country="GB",
        currency="GBP",
        tax_regime=TaxRegime.GLOBAL,
        accounts=(
            account("1", "Sales", AccountType.INCOME),
            account("2", "Income:Postage", AccountType.OTHER_INCOME),
            account("3", "Discounts given", AccountType.INCOME),
            account("4", "Cost of sales", AccountType.COST_OF_GOODS_SOLD),
            account("5", "Card clearing", AccountType.BANK),
            account("6", "PayPal clearing", AccountType.OTHER_CURRENT_ASSET),
            account("7", "Till", AccountType.BANK),
            account("8", "Old bank", AccountType.BANK, active=False),
            account("9", "Rent", AccountType.EXPENSE),
            account("10", "Debtors", AccountType.ACCOUNTS_RECEIVABLE),
        ),
        tax_codes=(NO_VAT, STANDARD, REDUCED, COMBINED, TaxCode(LedgerId("T17"), "17.5% S", (), active=False)),
        payment_methods=(
            Named(LedgerId("P1"), "Card"),
            Named(LedgerId("P2"), "PayPal"),
            Named(LedgerId("P3"), "Cheque", active=False),
        ),
    )
    return replace(company, **changes)


SECTIONS = {
    "items": ItemSettings(income_account="Sales", expense_account="Cost of sales"),
    "orders": OrderSettings(),
    "payments": PaymentSettings(
        methods={
            "card": MethodSettings("Card clearing", "Card"),
            "paypal": MethodSettings("PayPal clearing", "PayPal"),
            "gift voucher": MethodSettings("Card clearing"),
        }
    ),
    "refunds": RefundSettings(),
    "taxes": TaxSettings(untaxed="No VAT", codes={"VAT": "20.0% S", "Reduced": "5.0% R", "Sales tax": "GST + PST"}),
}


def make_settings(**changes: Any) -> Settings:
    """Settings that fit `make_company`; a section's changes are given as a dict: `orders={"prefix": "S-"}`."""
    settings = Settings(time_zone="Etc/UTC", start_date=START, **SECTIONS)  # type: ignore[arg-type]
    whole = {
        name: replace(getattr(settings, name), **change) if name in SECTIONS else change
        for name, change in changes.items()
    }
    return replace(settings, **whole)


def links(*keys: PostingKey, **changes: Any) -> dict[PostingKey, Link]:
    """Postings that the journal has already, all of one name."""
    return dict.fromkeys(keys, replace(Link(""), **changes))


def make_known(*, items: Iterable[ItemRecord] = (), customers: Iterable[CustomerRecord] = ()) -> Matchables:
    """The ledger's lists, indexed as the engine does."""
    known: list[dict[str, tuple[Any, ...]]] = [{}, {}, {}, {}]
    by_sku, by_name, by_email, customer_names = known
    items, customers = list(items), list(customers)

    def put(index: dict[str, tuple[Any, ...]], text: str, record: ItemRecord | CustomerRecord) -> None:
        if text:
            index[fold(text)] = (*index.get(fold(text), ()), record)

    for item in items:
        put(by_sku, item.sku, item)
        put(by_name, item.name, item)
    for customer in (each for each in customers if each.active):
        put(by_email, customer.email, customer)
        put(customer_names, customer.name, customer)
    return Matchables(
        by_sku,
        by_name,
        by_email,
        customer_names,
        frozenset(item.id for item in items if not item.active),
        frozenset(customer.id for customer in customers if not customer.active),
    )


def make_item(number: str = "I1", **changes: Any) -> ItemRecord:
    return replace(ItemRecord(LedgerId(number), "Blue mug", "MUG-1", "NonInventory"), **changes)


def make_customer(number: str = "C1", **changes: Any) -> CustomerRecord:
    return replace(CustomerRecord(LedgerId(number), "Ada King", "ada@example.org", "GBP"), **changes)


def make_resolved(settings: Settings | None = None, company: Company | None = None, zone: tzinfo = UTC) -> Resolved:
    resolved = resolve(settings or make_settings(), company or make_company(), zone)
    assert isinstance(resolved, Resolved), [str(problem.what) for problem in resolved]
    return resolved


def make_context(
    settings: Settings | None = None, company: Company | None = None, *, zone: tzinfo = UTC, **changes: Any
) -> Context:
    """What a decision may look at: an empty ledger, unless `known` says otherwise."""
    company = company or make_company()
    context = Context(resolved=make_resolved(settings, company, zone), company=company, known=make_known())
    return replace(context, **changes)


def documents_in(decided: Iterable[Decided], kind: type[D]) -> list[D]:
    return [each.outcome for each in decided if isinstance(each.outcome, kind)]


def sale_in(decided: Iterable[Decided]) -> SaleDocument:
    (sale,) = documents_in(decided, SaleDocument)
    return sale


def refund_in(decided: Iterable[Decided]) -> RefundDocument:
    (refund,) = documents_in(decided, RefundDocument)
    return refund


def payments_in(decided: Iterable[Decided]) -> list[PaymentDocument]:
    return documents_in(decided, PaymentDocument)


def items_in(decided: Iterable[Decided]) -> list[ItemDocument]:
    return documents_in(decided, ItemDocument)


def customers_in(decided: Iterable[Decided]) -> list[CustomerDocument]:
    return documents_in(decided, CustomerDocument)


def problems_in(decided: Iterable[Decided], kind: Kind | None = None) -> list[Problem]:
    chosen = (each for each in decided if kind is None or each.key.kind is kind)
    return [problem for each in chosen if isinstance(each.outcome, tuple) for problem in each.outcome]


def codes_in(decided: Iterable[Decided], kind: Kind | None = None) -> list[str]:
    return [problem.code for problem in problems_in(decided, kind)]


def rules_in(decided: Iterable[Decided]) -> list[tuple[Kind, str]]:
    return [(each.key.kind, each.outcome.rule) for each in decided if isinstance(each.outcome, Skipped)]
