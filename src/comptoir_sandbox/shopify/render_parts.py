"""The small parts of an order as the GraphQL API shows them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.shopify.cart import Address
from comptoir_sandbox.shopify.connections import of_nodes
from comptoir_sandbox.shopify.ids import gid, stamp, stamp_or_none
from comptoir_sandbox.shopify.money import ZERO, money

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from decimal import Decimal

    from comptoir_sandbox.shopify.cart import Attribute, CartDiscount, Company, Customer, Payment, Tax, Terms
    from comptoir_sandbox.shopify.engine import Order
    from comptoir_sandbox.shopify.money import Exchange

Node = dict[str, Any]
FORMATTED_GATEWAYS = {
    "shopify_payments": "Shopify Payments",
    "paypal": "PayPal",
    "cash": "Cash",
    "manual": "Manual",
    "gift_card": "Gift Card",
    "shopify_store_credit": "Store Credit",
}
PROVIDER_GATEWAYS = frozenset({"shopify_payments", "paypal", "gift_card", "bogus", "shopify_store_credit"})
"""Gateways that take the money themselves; all others are manual ("Bank Deposit", cash on delivery)."""
DISCOUNT_TYPES = {
    "manual": "ManualDiscountApplication",
    "code": "DiscountCodeApplication",
    "automatic": "AutomaticDiscountApplication",
    "script": "ScriptDiscountApplication",
}
TERMS_NAMES = {"FIXED": "Fixed", "RECEIPT": "Due on receipt", "FULFILLMENT": "Due on fulfillment"}


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
        "taxExempt": source.tax_exempt,
        "taxExemptions": [],
        "taxSettings": {"__typename": "TaxSettings", "taxId": source.tax_id},
        "defaultEmailAddress": {"__typename": "CustomerEmailAddress", "emailAddress": email} if email else None,
        "defaultPhoneNumber": {"__typename": "CustomerPhoneNumber", "phoneNumber": phone} if phone else None,
    }


def purchasing_company(source: Company, contact: Node | None) -> Node:
    """Return a PurchasingCompany; its contact is the order's customer."""
    return {
        "__typename": "PurchasingCompany",
        "company": {
            "__typename": "Company",
            "id": gid("Company", source.id),
            "name": source.name,
            "externalId": source.external_id,
        },
        "location": {
            "__typename": "CompanyLocation",
            "id": gid("CompanyLocation", source.location_id),
            "name": source.location_name,
            "externalId": source.location_external_id,
            "taxSettings": {
                "__typename": "CompanyLocationTaxSettings",
                "taxExempt": source.tax_exempt,
                "taxExemptions": [],
                "taxRegistrationId": source.tax_registration_id,
            },
        },
        "contact": {"__typename": "CompanyContact", "id": gid("CompanyContact", source.id), "customer": contact}
        if contact
        else None,
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
        "address2": source.address2,
        "city": source.city,
        "province": source.province,
        "provinceCode": source.province_code,
        "zip": source.zip,
        "country": source.country,
        "countryCodeV2": source.country_code,
        "phone": source.phone,
    }


def redacted(source: Address | None) -> Address | None:
    """Return what is left of an address without protected customer data."""
    if source is None:
        return None
    return Address(
        country=source.country,
        country_code=source.country_code,
        province=source.province,
        province_code=source.province_code,
    )


def attributes(source: Sequence[Attribute]) -> list[Node]:
    """Return Attributes."""
    return [{"__typename": "Attribute", "key": each.key, "value": each.value} for each in source]


def tax_line(tax: Tax, amount: Decimal, exchange: Exchange) -> Node:
    """Return a TaxLine."""
    return {
        "__typename": "TaxLine",
        "title": tax.title,
        "rate": None if tax.rate is None else float(tax.rate),
        "ratePercentage": None if tax.rate is None else float(tax.rate * 100),
        "source": tax.source,
        "channelLiable": tax.channel_liable,
        "priceSet": exchange.bag(amount),
    }


def tax_lines(taxes: Iterable[tuple[Tax, Decimal]], exchange: Exchange) -> list[Node]:
    """Return TaxLines."""
    return [tax_line(tax, amount, exchange) for tax, amount in taxes]


def tax_lines_summed(order: Order, *, current: bool) -> list[Node]:
    """Return Order.taxLines: all taxes by title, rate and collector; `current`: less what was taken back."""
    sums: dict[tuple[Any, ...], tuple[Tax, Decimal]] = {}
    for tax, amount in order.taxes(current=current):
        key = (tax.title, tax.rate, tax.channel_liable, tax.source)
        first, before = sums.get(key, (tax, ZERO))
        sums[key] = (first, before + amount)
    return tax_lines(sums.values(), order.exchange)


def discount_application(index: int, source: CartDiscount, currency: str) -> Node:
    """Return a DiscountApplication of the right type."""
    percentage = source.percentage
    return {
        "__typename": DISCOUNT_TYPES[source.kind],
        "index": index,
        "allocationMethod": source.allocation_method,
        "targetSelection": source.target_selection,
        "targetType": "SHIPPING_LINE" if source.on_shipping else "LINE_ITEM",
        "value": {"__typename": "PricingPercentageValue", "percentage": float(percentage)}
        if percentage is not None
        else money(source.amount or ZERO, currency),
        "title": source.title,
        "code": source.title,
        "description": source.description,
    }


def allocation(application: Node, amount: Decimal, exchange: Exchange) -> Node:
    """Return a DiscountAllocation."""
    return {
        "__typename": "DiscountAllocation",
        "allocatedAmountSet": exchange.bag(amount),
        "discountApplication": application,
    }


def transaction(number: int, payment: Payment, order_exchange: Exchange) -> Node:
    """Return an OrderTransaction (without order and parent, which the caller knows)."""
    exchange = order_exchange.at(payment.rate)
    settled = payment.gateway == "shopify_payments"
    foreign = exchange.currency != exchange.shop_currency
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
        "amountSet": exchange.bag(ZERO if payment.kind == "VOID" else payment.amount),
        "amountRoundingSet": exchange.bag(payment.rounding) if payment.rounding else None,
        # Fees appear some time after the payment (§4.6); payouts are the truth, and come with them.
        "fees": [],
        "settlementCurrency": exchange.shop_currency if settled else None,
        "settlementCurrencyRate": str(exchange.rate.normalize()) if settled and foreign else None,
        "currencyExchangeAdjustment": None,
        "paymentDetails": _payment_details(payment),
    }


def exchange_adjustment(number: int, original: Decimal, final: Decimal, currency: str) -> Node | None:
    """Return what the rates of two days changed of a transaction, in the shop's currency; None without difference."""
    if original == final:
        return None
    return {
        "__typename": "CurrencyExchangeAdjustment",
        "id": gid("CurrencyExchangeAdjustment", number),
        "adjustment": money(final - original, currency),
        "originalAmountSet": money(original, currency),
        "finalAmountSet": money(final, currency),
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
    terms, due_at, currency = cart.terms, _due_at(cart.terms), cart.money_currency
    completed = max((each.processed_at for each in cart.payments), default=None) if totals.outstanding <= 0 else None
    schedule = {
        "__typename": "PaymentSchedule",
        "id": gid("PaymentSchedule", cart.id),
        "issuedAt": stamp_or_none(terms.issued_at),
        "dueAt": stamp_or_none(due_at),
        "completedAt": stamp_or_none(completed),
        "balanceDue": money(max(totals.outstanding, ZERO), currency),
        "totalBalance": money(totals.total, currency),
    }
    return {
        "__typename": "PaymentTerms",
        "id": gid("PaymentTerms", cart.id),
        "paymentTermsName": TERMS_NAMES.get(terms.type, f"Net {terms.due_in_days}"),
        "paymentTermsType": terms.type,
        "dueInDays": terms.due_in_days,
        "overdue": lambda: totals.outstanding > 0 and due_at is not None and now() > due_at,
        "paymentSchedules": of_nodes("PaymentSchedule", [schedule], lambda _node: cart.id),
    }


def _due_at(terms: Terms) -> datetime | None:
    if terms.type == "NET" and terms.issued_at is not None:
        return terms.issued_at + timedelta(days=terms.due_in_days or 0)
    return terms.issued_at if terms.type == "RECEIPT" else terms.due_at
