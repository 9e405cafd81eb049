"""Who a sale is assigned to (O5; posting rules, section 4)."""

from __future__ import annotations

import hashlib
import hmac
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from comptoir.books.company import CustomerRecord, fold
from comptoir.books.context import Context, Decided, Found, Link, Match, held, order_key
from comptoir.books.documents import Awaited, CustomerDocument, Kind, Known, LedgerId, PostingKey
from comptoir.books.facts import Address, Buyer, Order, SourceId
from comptoir.books.named import is_passed_over, key_of_name
from comptoir.books.problems import Problem
from comptoir.books.settings import CustomerChoice
from comptoir.books.text import CUSTOMER_NAME_LIMIT, clean_name, with_suffix

IN = "~"
"""Stands between who a customer is and a foreign currency in a key."""


@dataclass(frozen=True, slots=True)
class _Person:
    """The buyer as the books would name them. `suffix` tells two people of one name apart.

    `base` is who they are in whatever currency, `source_id` in the order's.
    """

    base: SourceId
    source_id: SourceId
    name: str
    suffix: str
    buyer: Buyer | None
    billing: Address | None
    shipping: Address | None

    @property
    def is_everybody(self) -> bool:
        """Whether it is the generic customer: nobody, and known by the name alone that the settings give it."""
        return self.buyer is None and self.billing is None

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
    """The customer of `order`: by remembered link, e-mail, or name with equal postcode or phone; else a new one.

    A customer has one currency for ever (quickbooks-online.md §12.1): the same buyer in another is another customer.
    Where the person was forgotten since the sale went into the books, its customer stays who they are there. A problem
    where the one that was made for them is inactive by now, and no other is theirs.
    """
    if order.buyer is None and order.billing is None:
        for part in context.posted:
            if part.is_sale and part.document.currency == order.currency:
                return Found(part.document.customer, Match.MADE_BEFORE)
    person = _person(order, context)
    key = order_key(order, Kind.CUSTOMER, person.source_id)
    link = context.linked.get(key)
    is_gone = link is not None and _is_gone(link, context)
    if link is not None and not is_gone and not _is_replaced(link, person, order, context):
        return Found(Awaited(key), Match.MADE_BEFORE)
    match = _match(person, order, context)
    if match is not None:
        record, how = match
        return Found(Known(record.id, record.name), how)
    if link is not None and is_gone:
        return _inactive(order, link.name, is_generic=person.is_everybody)
    document = _document(key, person, order, context)
    return Found(Awaited(key), Match.NEW, creates=Decided(key=key, outcome=document, number=document.name))


def _is_gone(link: Link, context: Context) -> bool:
    """Whether the customer that was made is inactive by now. A sale that is in the books keeps whom it has there."""
    return link.record in context.known.inactive_customers and not context.posted


def _is_replaced(link: Link, person: _Person, order: Order, context: Context) -> bool:
    """Whether the generic customer is another one of the company by now."""
    return person.is_everybody and is_passed_over(link, _named(person, order, context))


def _inactive(order: Order, name: str, *, is_generic: bool) -> Problem:
    cause = f"customer:{fold(name)}"
    if is_generic:
        return held(
            "generic-customer-inactive",
            order,
            'The customer "{name}", whom the settings name for buyers without one of their own, is inactive in the '
            "company.",
            'Make it active again in the company, or name another one under "orders.generic_customer", then retry.',
            field="customer",
            cause=cause,
            name=name,
        )
    return held(
        "customer-inactive",
        order,
        'The customer "{name}" is inactive in the company.',
        "Make the customer active again in the company, then retry.",
        field="customer",
        cause=cause,
        name=name,
    )


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
    guest = _guest(fold(email) or f"{fold(name)}:{fold(postcode)}", context.guest_key)
    base = source or guest
    told_by = email or str(source or postcode or order.number)
    return _Person(base, _in_currency(base, order, context), name, told_by, buyer, billing, order.shipping)


def _guest(told: str, key: bytes) -> SourceId:
    """Who a guest is, by what they told of themselves; this outlives them here, and nothing can be read in it.

    Keyed, for who tries addresses would find theirs in a plain digest; of a digest, for so those of before were made
    over without what they had been made of (migration 0026).
    """
    plain = hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
    return SourceId(f"guest:{hmac.digest(key, plain.encode(), 'sha256').hex()}")


def _in_currency(base: SourceId, order: Order, context: Context) -> SourceId:
    """Who someone is in the order's currency: plainly in the company's own, else with its code."""
    return base if order.currency == context.company.currency else SourceId(f"{base}{IN}{order.currency}")


def _generic(order: Order, context: Context) -> _Person:
    home = order.currency == context.company.currency
    name = context.resolved.settings.orders.generic_customer
    name = clean_name(name if home else f"{name} ({order.currency})", CUSTOMER_NAME_LIMIT)
    plain = order_key(order, Kind.CUSTOMER, SourceId(f"generic:{order.currency}"))
    taken = (order.currency, clean_name(plain.source_id, CUSTOMER_NAME_LIMIT))
    told_apart = (with_suffix(name, suffix, CUSTOMER_NAME_LIMIT) for suffix in taken)  # where the name was not free
    generic = key_of_name(plain, (name, *told_apart), context).source_id
    return _Person(generic, generic, name, order.currency, None, None, None)


def _match(person: _Person, order: Order, context: Context) -> tuple[CustomerRecord, Match] | None:
    known = context.known
    if person.email:
        same = [c for c in known.customers_by_email.get(fold(person.email), ()) if c.currency == order.currency]
        if same:
            return min(same, key=lambda record: record.id), Match.EMAIL
    for record in _named(person, order, context).values():
        if person.is_everybody:
            return record, Match.NAME
        if _same_text(record.postcode, person.postcode) or _same_text(record.phone, person.phone):
            return record, Match.PERSON
    return None


def _named(person: _Person, order: Order, context: Context) -> dict[LedgerId, CustomerRecord]:
    """The company's customers of this name in the order's currency."""
    found = context.known.customers_by_name.get(fold(person.name), ())
    return {record.id: record for record in found if record.currency == order.currency}


def _same_text(one: str, other: str) -> bool:
    return bool(one) and fold(one) == fold(other)


def _document(key: PostingKey, person: _Person, order: Order, context: Context) -> CustomerDocument:
    buyer = person.buyer
    return CustomerDocument(
        name=_free_name(key, person, order, context),
        currency=order.currency,
        given_name=clean_name(buyer.given_name, CUSTOMER_NAME_LIMIT) if buyer else "",
        family_name=clean_name(buyer.family_name, CUSTOMER_NAME_LIMIT) if buyer else "",
        company=clean_name(buyer.company, CUSTOMER_NAME_LIMIT) if buyer else "",
        email=person.email,
        phone=person.phone,
        billing=person.billing,
        shipping=person.shipping,
        note=context.marker(key),
    )


def _free_name(key: PostingKey, person: _Person, order: Order, context: Context) -> str:
    """The person's name, with what tells them apart where another customer bears it; and a number where that is taken.

    Borne by a record of another currency, the name gets the order's: "Ada King (EUR)". Vendors and employees share
    the names too: the look-up before the first send meets those (section 4).
    """
    suffix = clean_name(person.suffix, CUSTOMER_NAME_LIMIT)
    told_apart = with_suffix(person.name, suffix, CUSTOMER_NAME_LIMIT)
    numbered = (with_suffix(person.name, f"{suffix} {place}", CUSTOMER_NAME_LIMIT) for place in itertools.count(2))
    elsewhere = _is_of_another_currency(person, order, context)
    by_currency = (with_suffix(person.name, order.currency, CUSTOMER_NAME_LIMIT),) if elsewhere else ()
    candidates: Iterator[str] = itertools.chain((person.name, *by_currency, told_apart), numbered)
    return next(name for name in candidates if _is_free(name, key, context))


def _is_of_another_currency(person: _Person, order: Order, context: Context) -> bool:
    """Whether the name is borne by a customer of another currency: one that is known, or the same person's planned."""
    known = context.known.customers_by_name.get(fold(person.name), ())
    planned = (context.names_taken or {}).get(fold(person.name))
    own = planned is not None and planned.source_id.split(IN)[0] == person.base
    return own or any(record.currency != order.currency for record in known)


def _is_free(name: str, key: PostingKey, context: Context) -> bool:
    planned = (context.names_taken or {}).get(fold(name), key)
    return planned == key and fold(name) not in context.known.customers_by_name
