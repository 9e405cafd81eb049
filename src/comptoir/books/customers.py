"""Who a sale is assigned to (O5; posting rules, section 4)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from comptoir.books.company import CustomerRecord, fold
from comptoir.books.context import Context, Decided, Found, held, order_key
from comptoir.books.documents import Awaited, CustomerDocument, Kind, Known, PostingKey
from comptoir.books.facts import Address, Buyer, Order, SourceId
from comptoir.books.problems import Problem
from comptoir.books.settings import CustomerChoice
from comptoir.books.text import CUSTOMER_NAME_LIMIT, clean_name, marker, with_suffix


@dataclass(frozen=True, slots=True)
class _Person:
    """The buyer as the books would name them. `suffix` tells two people of one name apart."""

    source_id: SourceId
    name: str
    suffix: str
    buyer: Buyer | None
    billing: Address | None
    shipping: Address | None

    @property
    def email(self) -> str:
        return self.buyer.email if self.buyer else ""

    @property
    def phone(self) -> str:
        own = self.buyer.phone if self.buyer else ""
        return own or (self.billing.phone if self.billing else "")

    @property
    def postcode(self) -> str:
        return self.billing.postcode if self.billing else ""


def find_customer(order: Order, context: Context) -> Found | Problem:
    """The customer of `order`: by remembered link, e-mail, or name with equal postcode or phone; else a new one."""
    person = _person(order, context)
    key = order_key(order, Kind.CUSTOMER, person.source_id)
    if key in context.linked:
        return Found(Awaited(key))
    match = _match(person, order, context)
    if isinstance(match, CustomerRecord):
        return Found(Known(match.id, match.name))
    if match is not None:
        return match
    document = _document(key, person, order, context)
    return Found(Awaited(key), creates=Decided(key=key, outcome=document, number=document.name))


def _person(order: Order, context: Context) -> _Person:
    """The original buyer, their organisation, or the one generic customer of the connection and currency."""
    choice = context.resolved.settings.orders.customer
    buyer, billing = order.buyer, order.billing
    company = (buyer.company if buyer else "") or (billing.company if billing else "")
    personal = (buyer.name if buyer else "") or (billing.name if billing else "")
    name = (company or personal) if choice is CustomerChoice.ORGANISATION else (personal or company)
    name = clean_name(name, CUSTOMER_NAME_LIMIT)
    if choice is CustomerChoice.GENERIC or not name:
        return _generic(order, context)
    email = buyer.email if buyer else ""
    source = buyer.source_id if buyer else None
    if choice is CustomerChoice.ORGANISATION and company:
        source = SourceId(f"organisation:{fold(company)}")
    postcode = billing.postcode if billing else ""
    guest = SourceId(f"guest:{fold(email) or f'{fold(name)}:{fold(postcode)}'}")
    return _Person(
        source or guest, name, email or str(source or postcode or order.number), buyer, billing, order.shipping
    )


def _generic(order: Order, context: Context) -> _Person:
    home = order.currency == context.company.currency
    name = context.resolved.settings.orders.generic_customer
    name = clean_name(name if home else f"{name} ({order.currency})", CUSTOMER_NAME_LIMIT)
    return _Person(SourceId(f"generic:{order.currency}"), name, order.currency, None, None, None)


def _match(person: _Person, order: Order, context: Context) -> CustomerRecord | Problem | None:
    known = context.known
    if person.email:
        same = [c for c in known.customers_by_email.get(fold(person.email), ()) if c.currency == order.currency]
        if same:
            return min(same, key=lambda record: record.id)
    named = [c for c in known.customers_by_name.get(fold(person.name), ()) if c.currency == order.currency]
    for record in named:
        if not person.buyer and not person.billing:  # the generic customer is known by its name alone
            return record
        if _same_text(record.postcode, person.postcode) or _same_text(record.phone, person.phone):
            return record
    if context.company.currency != order.currency and not context.company.multicurrency:
        return held(
            "currency",
            order,
            "Order {number} is in {currency}, and the company keeps its books in {home} only.",
            "Switch multicurrency on in the company, or leave this order out.",
            field="currency",
            cause=f"currency:{order.currency}",
            currency=order.currency,
            home=context.company.currency,
        )
    return None


def _same_text(one: str, other: str) -> bool:
    return bool(one) and fold(one) == fold(other)


def _document(key: PostingKey, person: _Person, order: Order, context: Context) -> CustomerDocument:
    buyer = person.buyer
    return CustomerDocument(
        name=_free_name(key, person, context),
        currency=order.currency,
        given_name=clean_name(buyer.given_name, CUSTOMER_NAME_LIMIT) if buyer else "",
        family_name=clean_name(buyer.family_name, CUSTOMER_NAME_LIMIT) if buyer else "",
        company=clean_name(buyer.company, CUSTOMER_NAME_LIMIT) if buyer else "",
        email=person.email,
        phone=person.phone,
        billing=person.billing,
        shipping=person.shipping,
        note=marker(key, context.generation),
    )


def _free_name(key: PostingKey, person: _Person, context: Context) -> str:
    """The person's name, with what tells them apart where another customer bears it; and a number where that is taken.

    Vendors and employees share the names too: the look-up before the first send meets those (section 4).
    """
    suffix = clean_name(person.suffix, CUSTOMER_NAME_LIMIT)
    told_apart = with_suffix(person.name, suffix, CUSTOMER_NAME_LIMIT)
    numbered = (with_suffix(person.name, f"{suffix} {place}", CUSTOMER_NAME_LIMIT) for place in itertools.count(2))
    candidates = itertools.chain((person.name, told_apart), numbered)
    return next(name for name in candidates if _is_free(name, key, context))


def _is_free(name: str, key: PostingKey, context: Context) -> bool:
    planned = (context.names_taken or {}).get(fold(name), key)
    return planned == key and fold(name) not in context.known.customers_by_name
