"""Who bought and where it goes (shopify.md §4.8). Any of it may be missing: guests, tills, redaction."""

from __future__ import annotations

from comptoir.books.facts import Address, Buyer
from comptoir.stores.shopify import wire
from comptoir.stores.shopify.translate.basics import number_of


def address_of(sent: wire.MailingAddress | None) -> Address | None:
    """A postal address; None where the order has none."""
    if sent is None:
        return None
    return Address(
        name=sent.name or "",
        company=sent.company or "",
        line1=sent.address1 or "",
        line2=sent.address2 or "",
        city=sent.city or "",
        region=sent.province_code or sent.province or "",
        postcode=sent.zip or "",
        country=sent.country_code_v2 or "",
        phone=sent.phone or "",
    )


def buyer_of(order: wire.Order) -> Buyer | None:
    """The customer, else what the order's own fields tell of a guest; None where nothing is known."""
    customer = order.customer or wire.Customer(id=order.customer_id or "")
    places = [place for place in (order.billing_address, order.shipping_address) if place is not None]
    email = order.email or (customer.default_email_address or wire.EmailAddress()).email_address or ""
    phone = order.phone or (customer.default_phone_number or wire.PhoneNumber()).phone_number or ""
    names = [customer.display_name, *(place.name for place in places)]
    buyer = Buyer(
        source_id=number_of(customer.id) if customer.id else None,
        # Shopify shows the e-mail address or the phone number of a customer without a name.
        name=next((name for name in names if name and name not in {email, phone}), ""),
        given_name=customer.first_name or "",
        family_name=customer.last_name or "",
        company=_company(order, places),
        email=email,
        phone=phone or next((place.phone for place in places if place.phone), ""),
    )
    return None if buyer == Buyer(source_id=None) else buyer


def _company(order: wire.Order, places: list[wire.MailingAddress]) -> str:
    """The organisation: the business customer's name, else the company of the billing, then the shipping address."""
    if order.purchasing_entity is not None and order.purchasing_entity.company is not None:
        return order.purchasing_entity.company.name
    return next((place.company for place in places if place.company), "")
