"""Shopify: the store suite's words as the control routes of its simulator (docs/reference/shopify-sandbox.md)."""

from __future__ import annotations

import contextlib
import itertools
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx2
from tests.contract.store.harness import (
    BUSY_SECONDS,
    Charge,
    Discount,
    Edit,
    Exchange,
    Fault,
    GivenBack,
    Line,
    Method,
    NewOrder,
    Payment,
    Person,
    ShopSetup,
    State,
    Target,
    Tax,
)

from comptoir.books.facts import SourceId
from comptoir.engine.ports import Store
from comptoir.http.oauth import Tokens
from comptoir.http.transport import open_client
from comptoir.stores.shopify import Access, open_store
from comptoir_sandbox.control.clock import Clock
from comptoir_sandbox.server import ThreadedServer
from comptoir_sandbox.shopify.app import ShopifyConfig, build_app
from comptoir_sandbox.shopify.oauth import Tokens as AppTokens
from comptoir_sandbox.shopify.shop import ShopFacts, ShopSeed

Json = dict[str, Any]

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
GATEWAYS = {
    Method.CARD: "shopify_payments",
    Method.CASH: "cash",
    Method.GIFT_CARD: "gift_card",
    Method.STORE_CREDIT: "shopify_store_credit",
}
STATES: dict[State, Json] = {
    State.TAKEN: {},
    State.AUTHORIZED: {"kind": "AUTHORIZATION"},
    State.PENDING: {"status": "PENDING"},
    State.FAILED: {"status": "FAILURE"},
    State.VOIDED: {"kind": "AUTHORIZATION"},
    State.EXPIRED: {"kind": "AUTHORIZATION", "expired": True},
}
FAULTS: dict[Fault, Json] = {
    Fault.BUSY: {"kind": "code", "code": "THROTTLED"},
    Fault.BUSY_UNTIL: {"kind": "code", "code": "429", "retry_after_seconds": BUSY_SECONDS},
    Fault.ACCESS_MISSING: {"kind": "code", "code": "ACCESS_DENIED"},
    Fault.HTML: {"kind": "malformed"},
    Fault.HALF: {"kind": "half_json"},
    Fault.CUT: {"kind": "cut"},
    Fault.BROKEN: {"kind": "code", "code": "502"},
    Fault.BROKEN_INSIDE: {"kind": "code", "code": "INTERNAL_SERVER_ERROR"},
}


@contextlib.contextmanager
def opened(setup: ShopSetup) -> Iterator[Shopify]:
    """An empty shop that listens."""
    facts = ShopFacts(currency=setup.currency, timezone=setup.zone, taxes_included=setup.prices_include_tax)
    app = build_app(ShopifyConfig(seed=ShopSeed(facts=facts), throttle=False, clock=Clock(START, speed=0)))
    with ThreadedServer(app) as server, open_client() as http, httpx2.Client(base_url=server.url) as control:
        yield Shopify(app.state.sandbox.tokens, server.url, http, control)


class Shopify:
    """One shop of the simulator."""

    slug = "shopify"
    many = 60

    def __init__(self, tokens: AppTokens, url: str, http: httpx2.Client, control: httpx2.Client) -> None:
        self._tokens = tokens
        self._url = url
        self._http = http
        self._control = control
        self._numbers = itertools.count(1001)

    def empty(self) -> None:
        self._control.post("/_control/reset").raise_for_status()

    def store(self) -> Store:
        access = Access(ShopFacts().domain, "sandbox-client-id", "shpss_sandbox", base_url=self._url)
        return open_store(access, http=self._http, token_store=_Memory(), sleep=lambda _seconds: None)

    def now(self) -> datetime:
        return datetime.fromisoformat(self._get("/clock")["now"])

    def wait(self, seconds: int) -> None:
        self._post("/clock", {"advance_seconds": seconds})

    def place(self, order: NewOrder) -> SourceId:
        (node,) = self._post("/orders", [self._new(order)])
        return SourceId(node["id"].rpartition("/")[2])

    def pay(self, order: SourceId, payment: Payment) -> None:
        if payment.state is State.AUTHORIZED:
            self._edit(order, authorize={"amount": payment.amount, "gateway": GATEWAYS[payment.method]})
        else:
            self._edit(order, pay={**_payment(payment), **({"change": payment.change} if payment.change else {})})

    def capture(self, order: SourceId, amount: str) -> None:
        self._edit(order, capture={"amount": amount})

    def refund(self, order: SourceId, given: GivenBack) -> None:
        restock = "RETURN" if given.restocked else "NO_RESTOCK"
        asked: Json = {"lines": [{**each, "restock_type": restock} for each in _pieces(given.pieces or {})]}
        if given.shipping:
            asked["shipping"] = [{"line": 0, "amount": given.shipping}]
        if given.cash and given.to is not None:
            asked["payments"] = [{"payment": None, "gateway": GATEWAYS[given.to], "amount": given.cash}]
        elif given.cash and not given.arrived:
            asked["payments"] = [{"payment": 0, "amount": given.cash, "status": "PENDING"}]
        elif given.cash:
            asked["amount"] = given.cash
        asked |= {"tax_only": given.tax_alone} if given.tax_alone else {}
        asked |= {"over_refund": True} if given.beyond_paid else {}
        asked |= {"note": given.note} if given.note else {}
        self._edit(order, refund=asked)

    def edit(self, order: SourceId, edit: Edit) -> None:
        steps: Json = {"quantities": _pieces(edit.left)} if edit.left is not None else {}
        steps |= {"add_lines": [_line(line) for line in edit.added]} if edit.added else {}
        steps |= {"remove_shipping": [0]} if edit.without_shipping else {}
        steps |= {"note": edit.note} if edit.note else {}
        self._edit(order, **steps)

    def exchange(self, order: SourceId, exchange: Exchange) -> None:
        node = self._edit(order, add_lines=[_line(line) for line in exchange.instead])
        sold = [item["sku"] for item in node["lineItems"]]
        back = [{"line": sold.index(sku), "quantity": pieces} for sku, pieces in exchange.pieces.items()]
        taken = [sold.index(line.sku) for line in exchange.instead]
        refund = {"lines": back, "return": 0, **({"amount": exchange.cash} if exchange.cash else {})}
        self._edit(order, returns=[{"lines": back, "exchange_lines": taken}], refund=refund)

    def ship(self, order: SourceId) -> None:
        self._edit(order, fulfill=True)

    def cancel(self, order: SourceId, *, money_back: bool) -> None:
        self._edit(order, cancel={"reason": "CUSTOMER", "refund": money_back})

    def delete(self, order: SourceId) -> None:
        self._edit(order, delete=True)

    def fault(self, kind: Fault, *, after: int = 0) -> None:
        if kind is Fault.SIGNED_OUT:
            self._tokens.uninstall()
        else:
            self._post("/faults", {**FAULTS[kind], "skip": after, "times": 1000})

    def recover(self) -> None:
        self._control.delete("/_control/faults").raise_for_status()
        self._tokens.reset()

    def _new(self, order: NewOrder) -> Json:
        lines = [*map(_line, order.lines), *([_tip(order.tip)] if order.tip else [])]
        placed = order.placed_at or self.now()
        return {
            "number": next(self._numbers),
            "processed_at": placed.isoformat(),
            "lines": lines,
            "shipping": [_charge(each, "title") for each in order.shipping],
            "fees": [_charge(each, "name") for each in order.fees],
            "discounts": [_discount(each, order.lines) for each in order.discounts],
            "payments": _payments(order.payments),
            "fulfillment_status": "UNFULFILLED",
            "note": order.note or None,
            "test": order.test,
            "tax_exempt": order.tax_exempt,
            **(
                {"terms": {"due_in_days": order.due_in_days, "issued_at": placed.isoformat()}}
                if order.due_in_days
                else {}
            ),
            **({"presentment": {"currency": order.pays_in, "rate": order.rate}} if order.pays_in else {}),
            **(_buyer(order.buyer) if order.buyer else {}),
        }

    def _edit(self, order: SourceId, **steps: Any) -> Json:
        node: Json = self._post("/edit_order", {"id": f"gid://shopify/Order/{order}", **steps})
        return node

    def _get(self, path: str) -> Any:
        return self._control.get(f"/_control{path}").raise_for_status().json()

    def _post(self, path: str, body: Any) -> Any:
        answer = self._control.post(f"/_control{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


class _Memory:
    """The tokens of one process."""

    def __init__(self) -> None:
        self._tokens: Tokens | None = None

    def load(self) -> Tokens | None:
        return self._tokens

    def save(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def lock(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()


def _pieces(pieces: Mapping[str, int]) -> list[Json]:
    return [{"sku": sku, "quantity": quantity} for sku, quantity in pieces.items()]


def _tax(tax: Tax) -> Json:
    return {"title": tax.name, "rate": tax.rate, "channel_liable": tax.by_marketplace}


def _line(line: Line) -> Json:
    return {
        "title": f"Goods {line.sku}",
        "sku": line.sku or None,
        "quantity": line.quantity,
        "unit_price": line.price,
        "vendor": "Maker",
        "taxes": [*map(_tax, line.taxes)],
        "is_gift_card": line.gift_card,
        "duties": [{"amount": line.duty}] if line.duty else [],
    }


def _tip(amount: str) -> Json:
    return {"title": "Tip", "quantity": 1, "unit_price": amount, "is_tip": True}


def _charge(charge: Charge, name: str) -> Json:
    return {name: charge.name, "price": charge.price, "taxes": [*map(_tax, charge.taxes)]}


def _discount(discount: Discount, lines: Sequence[Line]) -> Json:
    value = {"amount": discount.amount} if discount.amount else {"percentage": discount.percentage}
    kind = {"title": discount.code or "Discount", "kind": "code" if discount.code else "manual"}
    if discount.on is Target.SHIPPING:
        return {**value, **kind, "on_shipping": True}
    if discount.on is Target.ORDER:
        return {**value, **kind}
    return {**value, **kind, "lines": [[line.sku for line in lines].index(discount.on)]}


def _payment(payment: Payment) -> Json:
    made: Json = {"amount": payment.amount, "gateway": GATEWAYS[payment.method], **STATES[payment.state]}
    made |= {"rounding": payment.rounding} if payment.rounding else {}
    return made | ({"rate": payment.rate} if payment.rate else {})


def _payments(payments: Sequence[Payment]) -> list[Json]:
    made: list[Json] = []
    for payment in payments:
        made.append(_payment(payment))
        parent = {"gateway": made[-1]["gateway"], "parent": len(made) - 1}
        if payment.change:
            made.append({"amount": payment.change, "kind": "CHANGE", **parent})
        if payment.state is State.VOIDED:
            made.append({"amount": "0", "kind": "VOID", **parent})
    return made


def _buyer(person: Person) -> Json:
    place = {
        "first_name": person.given,
        "last_name": person.family,
        "company": person.company or None,
        "address1": person.street,
        "city": person.city,
        "zip": person.postcode,
        "country_code": person.country,
        "phone": person.phone,
    }
    made: Json = {
        "email": person.email or None,
        "phone": person.phone or None,
        "billing_address": place,
        "shipping_address": place,
    }
    if person.has_account:
        account = {"first_name": person.given, "last_name": person.family, "email": person.email or None}
        made["customer"] = {"id": _account(person), **account, "phone": person.phone or None}
    return made


def _account(person: Person) -> int:
    """An account for each address to write to."""
    return 1 + zlib.crc32(person.email.encode())
