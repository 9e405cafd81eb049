"""A month of a real retailer as a shop: invoices become orders, cancellations become refunds of them.

Rules: an invoice of digits with a positive total is an order. A document C... refunds the latest earlier order of that
customer that has those goods, with enough left to give back; where none fits, it refunds an order placed the day before
the month, which is made for it ("#537251-E"). Documents with a total of zero or another letter, fees and bookkeeping
codes are left out, counted and summed. POST, DOT and C2 are shipping; D and other negative amounts are a discount on
the whole order. Sales - refunds + left out = the file's total, to the penny.

Made up, since the data does not have them (`made_up.py`): payment methods, card numbers, payment terms and their
payments, the customers' names ("Customer 17850") and e-mail addresses.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from comptoir_sandbox.retail.countries import country
from comptoir_sandbox.retail.documents import sort_documents
from comptoir_sandbox.retail.made_up import customer_of, how_paid
from comptoir_sandbox.retail.matching import EARLIER_SUFFIX, match_refunds
from comptoir_sandbox.retail.reader import read_rows
from comptoir_sandbox.retail.summary import Summary
from comptoir_sandbox.shopify.cart import (
    Address,
    Cart,
    CartDiscount,
    CartLine,
    CartShipping,
    Refund,
    RefundedLine,
    RefundedShipping,
    RefundPayment,
)
from comptoir_sandbox.shopify.shop import ShopFacts, ShopSeed

if TYPE_CHECKING:
    from datetime import datetime

    from comptoir_sandbox.retail.documents import Document, Piece, SortedDocuments
    from comptoir_sandbox.retail.matching import MatchedRefund, Matching, OpenOrder

ZERO = Decimal(0)
PACKAGED = "online-retail-2010-12.csv.gz"
ORDER_IDS_FROM = 5_000_000_000
EARLIER_IDS_FROM = 4_000_000_000
REFUND_IDS_FROM = 8_000_000_000_000_000
VARIANT_IDS_FROM = 40_000_000_000
PRODUCT_IDS_FROM = 30_000_000_000
EARLIER_DAY_HOUR = 12


@dataclass(frozen=True, kw_only=True)
class LoadedMonth:
    """A data file as a shop, and the account of it."""

    seed: ShopSeed
    summary: Summary


def packaged_month() -> Path:
    """Return the path of the demo data that comes with the package: December 2010."""
    return Path(str(files("comptoir_sandbox").joinpath("data", PACKAGED)))


def load(path: Path, facts: ShopFacts | None = None) -> LoadedMonth:
    """Load a retail data file. DataFileError lists every mistake of the file; nothing is loaded then."""
    shop = facts or ShopFacts()
    zone = ZoneInfo(shop.timezone)
    documents = sort_documents(read_rows(path, zone))
    start, end = _bounds(documents)
    before = (start - timedelta(days=1)).replace(hour=EARLIER_DAY_HOUR)
    matching = match_refunds(documents.orders, documents.refunds, before)
    carts = _Carts(shop.currency, end)
    made = tuple(carts.cart(order) for order in (*matching.earlier, *matching.orders))
    return LoadedMonth(seed=ShopSeed(facts=shop, carts=made), summary=_summary(documents, matching, start))


def _bounds(documents: SortedDocuments) -> tuple[datetime, datetime]:
    """Return the first moment of the first document's month and of the month after the last document's."""
    after = (documents.last.replace(day=1) + timedelta(days=32)).replace(day=1)
    return (
        documents.first.replace(day=1, hour=0, minute=0, second=0, microsecond=0),
        after.replace(hour=0, minute=0, second=0, microsecond=0),
    )


def _summary(documents: SortedDocuments, matching: Matching, start: datetime) -> Summary:
    return Summary(
        documents=documents.count,
        orders=len(documents.orders),
        sales_total=sum((document.total for document in documents.orders), ZERO),
        refunds=len(documents.refunds),
        refund_total=sum((document.total for document in documents.refunds), ZERO),
        refunds_matched=len(documents.refunds) - len(matching.earlier),
        refunds_standalone=len(matching.earlier),
        orders_before_start=len(matching.earlier),
        left_out=tuple(documents.left_out),
        file_total=documents.total,
        start_date=start.date(),
    )


class _Carts:
    """Makes carts; remembers which product code got which catalogue ids."""

    def __init__(self, currency: str, end: datetime) -> None:
        self._currency = currency
        self._end = end
        self._catalogue: dict[str, int] = {}

    def cart(self, order: OpenOrder) -> Cart:
        document = order.document
        moment = document.moment.astimezone(UTC)
        digits = int(document.number.removesuffix(EARLIER_SUFFIX))
        is_earlier = document.number.endswith(EARLIER_SUFFIX)
        paid = how_paid(document.number, document.total, moment, self._end, in_full=bool(order.refunds))
        buyer = customer_of(document.customer) if document.customer else None
        return Cart(
            id=(EARLIER_IDS_FROM if is_earlier else ORDER_IDS_FROM) + digits,
            name=f"#{document.number}",
            number=digits,
            created_at=moment,
            processed_at=moment,
            currency=self._currency,
            lines=tuple(self._line(piece) for piece in document.pieces),
            shipping=tuple(
                CartShipping(title=piece.title, price=piece.amount, code=piece.code) for piece in document.shipping
            ),
            discounts=_discounts(document),
            payments=paid.payments,
            terms=paid.terms,
            refunds=tuple(_refund(refund) for refund in order.refunds),
            customer=buyer,
            billing_address=_address(document),
            shipping_address=_address(document) if buyer else None,
        )

    def _line(self, piece: Piece) -> CartLine:
        place = self._catalogue.setdefault(piece.code, len(self._catalogue) + 1) if piece.is_product else None
        return CartLine(
            title=piece.title,
            quantity=piece.quantity,
            unit_price=piece.price,
            sku=piece.code,
            variant_id=None if place is None else VARIANT_IDS_FROM + place,
            product_id=None if place is None else PRODUCT_IDS_FROM + place,
        )


def _discounts(document: Document) -> tuple[CartDiscount, ...]:
    """Return the order's discount; what exceeds the goods lowers the shipping."""
    goods = sum((piece.amount for piece in document.pieces), ZERO)
    on_goods = min(document.discount, goods)
    parts = ((on_goods, False), (document.discount - on_goods, True))
    return tuple(
        CartDiscount(title=document.discount_title, amount=amount, on_shipping=on_shipping)
        for amount, on_shipping in parts
        if amount > 0
    )


def _refund(matched: MatchedRefund) -> Refund:
    document = matched.document
    return Refund(
        id=REFUND_IDS_FROM + int(document.number[1:]),
        processed_at=document.moment.astimezone(UTC),
        lines=tuple(RefundedLine(line=line, quantity=pieces) for line, pieces in matched.lines),
        shipping=tuple(RefundedShipping(line=line, amount=amount) for line, amount in matched.shipping),
        payments=(RefundPayment(payment=0, amount=document.total),),
        note=f"Cancellation {document.number}",
    )


def _address(document: Document) -> Address:
    code, name = country(document.country)
    if document.customer is None:
        return Address(country=name, country_code=code)
    return Address(country=name, country_code=code, first_name="Customer", last_name=document.customer)
