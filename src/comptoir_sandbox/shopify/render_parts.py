"""The small parts of an order as the GraphQL API shows them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.shopify.connections import of_nodes
from comptoir_sandbox.shopify.ids import gid, stamp, stamp_or_none
from comptoir_sandbox.shopify.money import ZERO, bag, money, rounded

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from decimal import Decimal

    from comptoir_sandbox.shopify.cart import Address, CartDiscount, Customer, Payment, Tax
    from comptoir_sandbox.shopify.engine import Order

Node = dict[str, Any]
FORMATTED_GATEWAYS = {"shopify_payments": "Shopify Payments", "paypal": "PayPal", "cash": "Cash", "manual": "Manual"}
PROVIDER_GATEWAYS = frozenset({"shopify_payments", "paypal", "gift_card", "bogus"})
"""Gateways that take the money themselves; all others are manual ("Bank Deposit", cash on delivery)."""
DISCOUNT_TYPES = {
    "manual": "ManualDiscountApplication",
    "code": "DiscountCodeApplication",
    "automatic": "AutomaticDiscountApplication",
}


def customer(source: Customer) -> Node:
    """Return a Customer."""
    names = [name for name in (source.first_name, source.last_name) if name]
    email, phone = source.email, source.phone
    return {
        "__typename": "Customer",
        "id": gid("Customer", source.id),
        "legacyResourceId": str(source.id),
        "displayName": " ".join(names) or source.email or "",
        "firstName": source.first_name,
        "lastName": source.last_name,
        "taxExempt": False,
        "defaultEmailAddress": {"__typename": "CustomerEmailAddress", "emailAddress": email} if email else None,
        "defaultPhoneNumber": {"__typename": "CustomerPhoneNumber", "phoneNumber": phone} if phone else None,
    }


def address(source: Address | None) -> Node | None:
    """Return a MailingAddress, or None."""
    if source is None:
        return None
    names = [name for name in (source.first_name, source.last_name) if name]
    return {
        "__typename": "MailingAddress",
        "name": " ".join(names) or None,
        "firstName": source.first_name,
        "lastName": source.last_name,
        "company": source.company,
        "address1": source.address1,
        "address2": None,
        "city": source.city,
        "province": None,
        "provinceCode": None,
        "zip": source.zip,
        "country": source.country,
        "countryCodeV2": source.country_code,
        "phone": None,
    }


def tax_line(tax: Tax, amount: Decimal, currency: str) -> Node:
    """Return a TaxLine."""
    return {
        "__typename": "TaxLine",
        "title": tax.title,
        "rate": float(tax.rate),
        "ratePercentage": float(tax.rate * 100),
        "source": None,
        "channelLiable": False,
        "priceSet": bag(amount, currency),
    }


def tax_lines_summed(order: Order, currency: str, *, current: bool) -> list[Node]:
    """Return Order.taxLines: the lines' taxes by title and rate; `current`: in proportion to what is left."""
    sums: dict[Tax, Decimal] = {}
    for at, line in enumerate(order.lines):
        if not line.taxes:
            continue
        sold = order.cart.lines[at].quantity
        left = sold - order.removed.get(at, 0) if current else sold
        for tax, amount in line.taxes:
            sums[tax] = sums.get(tax, ZERO) + rounded(amount * left / sold, currency)
    for line in order.shipping:
        for tax, amount in line.taxes:
            sums[tax] = sums.get(tax, ZERO) + amount
    return [tax_line(tax, amount, currency) for tax, amount in sums.items()]


def discount_application(index: int, source: CartDiscount, currency: str) -> Node:
    """Return a DiscountApplication of the right type."""
    percentage = source.percentage
    return {
        "__typename": DISCOUNT_TYPES[source.kind],
        "index": index,
        "allocationMethod": "ACROSS" if source.lines is None else "EACH",
        "targetSelection": "ALL" if source.lines is None else "EXPLICIT",
        "targetType": "SHIPPING_LINE" if source.on_shipping else "LINE_ITEM",
        "value": {"__typename": "PricingPercentageValue", "percentage": float(percentage)}
        if percentage is not None
        else money(source.amount or ZERO, currency),
        "title": source.title,
        "code": source.title,
        "description": source.description,
    }


def allocation(application: Node, amount: Decimal, currency: str) -> Node:
    """Return a DiscountAllocation."""
    return {
        "__typename": "DiscountAllocation",
        "allocatedAmountSet": bag(amount, currency),
        "discountApplication": application,
    }


def transaction(number: int, payment: Payment, currency: str) -> Node:
    """Return an OrderTransaction (without order and parent, which the caller knows)."""
    return {
        "__typename": "OrderTransaction",
        "id": gid("OrderTransaction", number),
        "kind": payment.kind,
        "status": payment.status,
        "gateway": payment.gateway,
        "formattedGateway": FORMATTED_GATEWAYS.get(payment.gateway, payment.gateway),
        "manualPaymentGateway": payment.gateway not in PROVIDER_GATEWAYS,
        "createdAt": stamp(payment.processed_at),
        "processedAt": stamp(payment.processed_at),
        "paymentId": f"c{number}.1",
        "errorCode": "CARD_DECLINED" if payment.status == "FAILURE" else None,
        "amountSet": bag(ZERO if payment.kind == "VOID" else payment.amount, currency),
        "amountRoundingSet": None,
        # Fees appear some time after the payment (§4.6); payouts are the truth, and come with them.
        "fees": [],
        "settlementCurrency": currency if payment.gateway == "shopify_payments" else None,
        "settlementCurrencyRate": None,
        "currencyExchangeAdjustment": None,
        "paymentDetails": _payment_details(payment),
    }


def _payment_details(payment: Payment) -> Node | None:
    if payment.card is not None:
        return {
            "__typename": "CardPaymentDetails",
            "company": payment.card.company,
            "paymentMethodName": payment.card.company.lower(),
            "wallet": payment.card.wallet,
            "number": payment.card.number,
        }
    if payment.gateway == "paypal":
        return {"__typename": "PaypalWalletPaymentDetails", "paymentMethodName": "paypal"}
    return None


def payment_terms(order: Order, now: Callable[[], datetime]) -> Node | None:
    """Return PaymentTerms with their one schedule, or None."""
    cart, totals = order.cart, order.totals
    if cart.terms is None:
        return None
    due_at = cart.terms.issued_at + timedelta(days=cart.terms.due_in_days)
    completed = max((each.processed_at for each in cart.payments), default=None) if totals.outstanding <= 0 else None
    schedule = {
        "__typename": "PaymentSchedule",
        "id": gid("PaymentSchedule", cart.id),
        "issuedAt": stamp(cart.terms.issued_at),
        "dueAt": stamp(due_at),
        "completedAt": stamp_or_none(completed),
        "balanceDue": money(max(totals.outstanding, ZERO), cart.currency),
        "totalBalance": money(totals.total, cart.currency),
    }
    return {
        "__typename": "PaymentTerms",
        "id": gid("PaymentTerms", cart.id),
        "paymentTermsName": f"Net {cart.terms.due_in_days}",
        "paymentTermsType": "NET",
        "dueInDays": cart.terms.due_in_days,
        "overdue": lambda: totals.outstanding > 0 and now() > due_at,
        "paymentSchedules": of_nodes("PaymentSchedule", [schedule], lambda _node: cart.id),
    }
