"""Random but valid orders with what happens to them: a seeded generator over every case of the domain's list.

The same seed, profile and number give the same story, whatever was generated before it. A story is what the shop shows
at one or several moments: each is a pass of the road.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tests.properties.worlds import BANK, CARD, CASH, GIFT_CARD, PAYPAL, STORE_CREDIT, Regime, World

from comptoir_sandbox.shopify.cart import (
    Address,
    Cart,
    CartDiscount,
    CartLine,
    CartShipping,
    Customer,
    Duty,
    Fee,
    Payment,
    Presentment,
)
from comptoir_sandbox.shopify.edits import STEPS
from comptoir_sandbox.shopify.edits_money import EditError
from comptoir_sandbox.shopify.engine import settle
from comptoir_sandbox.shopify.money import minor_unit, rounded
from comptoir_sandbox.shopify.pricing import CartError

FIRST_ID = 6_000_000_000_000
PRODUCTS = 40
ZERO = Decimal(0)
FIVE_CENTS = Decimal("0.05")

Step = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Story:
    """An order: what the shop shows of it at each pass, and the cases of the list that it is made of."""

    number: int
    views: tuple[Cart, ...]
    cases: frozenset[str]

    @property
    def last(self) -> Cart:
        """The order as it is in the end."""
        return self.views[-1]


class Writer:
    """Writes the stories of one world."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._seed = seed

    def story(self, number: int) -> Story:
        """Story `number` (from 1)."""
        for attempt in range(50):
            random = Random(f"{self._seed}:{self._world.profile}:{number}:{attempt}")  # noqa: S311 - a seed tells an order again
            try:
                return _Story(self._world, random, number).tell()
            except (CartError, EditError):
                continue  # a contradiction, such as more taken back than was sold: another one
        raise AssertionError(f"no valid story {number} of seed {self._seed}")


class _Story:
    def __init__(self, world: World, random: Random, number: int) -> None:
        self.world = world
        self.random = random
        self.number = number
        self.cases: set[str] = set()
        self.moment = self._placed()

    def chance(self, share: float, case: str = "") -> bool:
        """Whether it happens; then `case` is one of the story's."""
        happens = self.random.random() < share
        if happens and case:
            self.cases.add(case)
        return happens

    def later(self) -> datetime:
        """The next thing happens some hours or days later."""
        self.moment += timedelta(minutes=self.random.randrange(30, 60 * 24 * 9))
        return self.moment

    def _placed(self) -> datetime:
        day = datetime(2026, 1, 2, tzinfo=ZoneInfo(self.world.zone)) + timedelta(days=self.random.randrange(120))
        if self.random.random() < 0.01:
            self.cases.add("before the start date")
            day = datetime(2025, 12, 31, tzinfo=ZoneInfo(self.world.zone))
        if self.random.random() < 0.02:
            self.cases.add("exactly at midnight")
            return day.astimezone(UTC)
        return (day + timedelta(seconds=self.random.randrange(86_400))).astimezone(UTC)

    def tell(self) -> Story:
        cart = self._paid(self._entered())
        settle(cart)
        views = [cart]
        for _ in range(self.random.choice((0, 0, 0, 1, 1, 1, 2, 3))):
            changed = self._change(views[-1])
            settle(changed)
            views = [*views, changed] if self.chance(0.6) else [changed]
        if len(views) > 1:
            self.cases.add("changed after posting")
        return Story(self.number, tuple(views), frozenset(self.cases))

    # What was ordered

    def _entered(self) -> Cart:
        presentment = None
        if self.chance(0.08, "presentment currency"):
            currency, rate = self.random.choice(self.world.foreign)
            presentment = Presentment(currency=currency, rate=Decimal(rate))
            self.cases.add({"JPY": "0 decimals", "KWD": "3 decimals"}.get(currency, "presentment currency"))
        currency = presentment.currency if presentment else self.world.currency
        regime = self.world.regime(self.random)
        included = self.chance(self.world.included, "tax included")
        lines = [self._line(regime, currency) for _ in range(self._many())]
        if self.chance(0.03, "gift card sold"):
            lines.append(self._gift_card(currency))
        if self.chance(0.05, "tip"):
            lines.append(self._tip(currency))
        shipping = tuple(self._shipping(regime, currency) for _ in range(self.random.choice((0, 0, 1, 1, 1, 1, 2, 3))))
        if len(shipping) > 1:
            self.cases.add("several shipping lines")
        cart = Cart(
            id=FIRST_ID + self.number,
            name=f"#{self.number}",
            number=self.number,
            created_at=self.moment,
            processed_at=self.moment,
            currency=self.world.currency,
            presentment=presentment,
            lines=tuple(lines),
            shipping=shipping,
            taxes_included=included,
            tax_exempt=self.chance(0.02, "exempt"),
            customer=self._customer(),
            billing_address=self._address(),
            test=self.chance(0.005, "test order"),
        )
        return self._charged(self._discounted(cart, currency), currency)

    def _many(self) -> int:
        return self.random.choice((1, 1, 1, 2, 2, 3, 4, 5)) if self.random.random() < 0.99 else 30

    def _price(self, currency: str, most: int = 200) -> Decimal:
        unit = minor_unit(currency)
        cents = self.random.choice(
            (
                self.random.randrange(1, 100),
                self.random.randrange(100, most * 100),
                self.random.randrange(1, 60) * 100 - 1,
            )
        )
        scale = {Decimal(1): 1, Decimal("0.001"): 10}.get(unit, 1)
        return cents * scale * unit

    def _line(self, regime: Regime, currency: str) -> CartLine:
        product = self.random.randrange(PRODUCTS)
        free = self.chance(0.02, "free item")
        line_taxes = self.random.choice(regime)
        if len(line_taxes) > 1:
            self.cases.add("two taxes on a line")
        if any(tax.rate == 0 for tax in line_taxes):
            self.cases.add("0 %")
        return CartLine(
            title=f"Product {product}",
            sku=f"SKU-{product}" if self.random.random() < 0.97 else None,
            variant_id=1000 + product,
            product_id=2000 + product,
            quantity=self.random.choice((1, 1, 1, 2, 3, 7, 12)),
            unit_price=ZERO if free else self._price(currency),
            taxes=line_taxes,
        )

    def _gift_card(self, currency: str) -> CartLine:
        return CartLine(
            title="Gift card",
            quantity=self.random.choice((1, 1, 2)),
            unit_price=rounded(Decimal(self.random.choice((25, 40, 100))), currency),
            is_gift_card=True,
            requires_shipping=False,
        )

    def _tip(self, currency: str) -> CartLine:
        return CartLine(
            title="Tip", quantity=1, unit_price=self._price(currency, 10), is_tip=True, requires_shipping=False
        )

    def _shipping(self, regime: Regime, currency: str) -> CartShipping:
        return CartShipping(
            title=self.random.choice(("Post", "Courier")),
            price=self._price(currency, 20) if self.random.random() < 0.9 else ZERO,
            taxes=self.random.choice(regime),
        )

    def _customer(self) -> Customer | None:
        if self.chance(0.03, "no customer"):
            return None
        return Customer(
            id=7_000_000 + self.number,
            first_name="Ada",
            last_name=f"Buyer {self.number}",
            email=None if self.chance(0.03, "no e-mail") else f"buyer{self.number}@example.com",
        )

    def _address(self) -> Address:
        abroad = self.chance(0.05, "abroad")
        return Address(
            first_name="Ada",
            last_name=f"Buyer {self.number}",
            address1="1 High Street",
            city="Town",
            country_code="FR" if abroad else self.world.country,
            country="France" if abroad else None,
        )

    def _discounted(self, cart: Cart, currency: str) -> Cart:
        found: list[CartDiscount] = []
        if any(line.is_gift_card for line in cart.lines):
            return cart  # a gift card is worth its face: no discount reaches it
        goods = [at for at, line in enumerate(cart.lines) if not line.is_tip]
        if self.chance(0.12, "line discount"):
            at = self.random.choice(goods)
            worth = cart.lines[at].unit_price * cart.lines[at].quantity
            found.append(CartDiscount(title="Off", lines=(at,), amount=self._part(worth, currency)))
        if self.chance(0.10, "order discount"):
            worth = sum((cart.lines[at].unit_price * cart.lines[at].quantity for at in goods), ZERO) / 2
            found.append(CartDiscount(title="All off", amount=self._part(worth, currency), kind="automatic"))
        if self.chance(0.10, "code discount"):
            percentage = Decimal(self.random.choice(("5", "10", "12.5", "33", "100")))
            found.append(CartDiscount(title="CODE", percentage=percentage, kind="code", method="ACROSS"))
        if cart.shipping and self.chance(0.08, "shipping discount"):
            percentage = Decimal(self.random.choice(("50", "100")))
            found.append(CartDiscount(title="Free post", percentage=percentage, on_shipping=True, kind="code"))
        return replace(cart, discounts=tuple(found))

    def _part(self, amount: Decimal, currency: str) -> Decimal:
        return rounded(amount * self.random.randrange(1, 100) / 100, currency)

    def _charged(self, cart: Cart, currency: str) -> Cart:
        if self.chance(0.03, "duty"):
            duty = Duty(amount=self._price(currency, 20))
            first = replace(cart.lines[0], duties=(duty,), unit_price=max(cart.lines[0].unit_price, 10 * duty.amount))
            cart = replace(cart, lines=(first, *cart.lines[1:]))
        if self.chance(0.03, "additional fee"):
            cart = replace(cart, fees=(Fee(name="Handling fee", price=self._price(currency, 10)),))
        return cart

    # How it was paid

    def _paid(self, cart: Cart) -> Cart:
        due = settle(cart).totals.total
        if not due:
            self.cases.add("zero total")
            return cart
        ways: list[tuple[int, Callable[[Cart, Decimal], list[Payment]]]] = [
            (50, self._by_one),
            (6, self._with_gift_card),
            (3, self._by_gift_card),
            (3, self._with_store_credit),
            (5, self._by_two_methods),
            (4, self._captured_in_parts),
            (4, self._in_cash),
            (6, self._partly),
            (8, self._unpaid),
            (4, self._pending),
            (2, self._authorized),
            (1, self._voided),
        ]
        way = self.random.choices([way for _, way in ways], [weight for weight, _ in ways])[0]
        if cart.presentment is None or way in {self._by_one, self._partly, self._unpaid, self._captured_in_parts}:
            return replace(cart, payments=tuple(way(cart, due)))
        return replace(cart, payments=tuple(self._by_one(cart, due)))

    def _payment(self, cart: Cart, amount: Decimal, gateway: str, **more: Any) -> Payment:
        rate = None
        if cart.presentment is not None and self.chance(0.5, "another day's rate"):
            rate = cart.presentment.rate * self.random.randrange(97, 104) / 100
        moment = self.moment if self.random.random() < 0.8 else self.later()
        return Payment(amount=amount, gateway=gateway, processed_at=moment, rate=rate, **more)

    def _by_one(self, cart: Cart, due: Decimal) -> list[Payment]:
        return [self._payment(cart, due, self.random.choice((CARD, CARD, CARD, PAYPAL, BANK)))]

    def _split(self, cart: Cart, due: Decimal, first: str, second: str) -> list[Payment]:
        part = self._part(due, cart.money_currency) or due
        rest = due - part
        return [self._payment(cart, part, first), *([self._payment(cart, rest, second)] if rest else [])]

    def _with_gift_card(self, cart: Cart, due: Decimal) -> list[Payment]:
        self.cases.add("gift card split")
        return self._split(cart, due, GIFT_CARD, CARD)

    def _by_gift_card(self, cart: Cart, due: Decimal) -> list[Payment]:
        self.cases.add("gift card redeemed")
        return [self._payment(cart, due, GIFT_CARD)]

    def _with_store_credit(self, cart: Cart, due: Decimal) -> list[Payment]:
        self.cases.add("store credit")
        return self._split(cart, due, STORE_CREDIT, PAYPAL)

    def _by_two_methods(self, cart: Cart, due: Decimal) -> list[Payment]:
        self.cases.add("two methods")
        return self._split(cart, due, CARD, PAYPAL)

    def _captured_in_parts(self, cart: Cart, due: Decimal) -> list[Payment]:
        self.cases.add("captured in parts")
        whole = self._payment(cart, due, CARD, kind="AUTHORIZATION")
        part = self._part(due, cart.money_currency) or due
        parts = [part, due - part] if self.chance(0.8) else [part]
        return [whole, *(self._payment(cart, each, CARD, kind="CAPTURE", parent=0) for each in parts if each)]

    def _in_cash(self, cart: Cart, due: Decimal) -> list[Payment]:
        self.cases.add("cash")
        coins = (due / FIVE_CENTS).to_integral_value() * FIVE_CENTS
        if coins != due:
            self.cases.add("cash rounding")
        if not coins:
            return []
        if self.chance(0.4, "change"):
            given = self._payment(cart, coins + 20, CASH, rounding=coins - due)
            return [given, replace(given, amount=Decimal(20), kind="CHANGE", parent=0, rounding=ZERO)]
        return [self._payment(cart, coins, CASH, rounding=coins - due)]

    def _partly(self, cart: Cart, due: Decimal) -> list[Payment]:
        self.cases.add("partially paid")
        part = self._part(due, cart.money_currency)
        return [self._payment(cart, part, CARD)] if part else []

    def _unpaid(self, _cart: Cart, _due: Decimal) -> list[Payment]:
        self.cases.add("pending")
        return []

    def _pending(self, cart: Cart, due: Decimal) -> list[Payment]:
        self.cases.add("payment pending")
        return [self._payment(cart, due, BANK, status="PENDING")]

    def _authorized(self, cart: Cart, due: Decimal) -> list[Payment]:
        self.cases.add("authorized only")
        return [self._payment(cart, due, CARD, kind="AUTHORIZATION", expired=self.chance(0.3, "expired"))]

    def _voided(self, cart: Cart, due: Decimal) -> list[Payment]:
        self.cases.add("voided")
        return [
            self._payment(cart, due, CARD, kind="AUTHORIZATION"),
            self._payment(cart, ZERO, CARD, kind="VOID", parent=0),
        ]

    # What became of it

    def _change(self, cart: Cart) -> Cart:
        totals = settle(cart).totals
        received, owed = totals.net_payment > 0, totals.outstanding
        choices: list[tuple[int, Callable[[Cart], list[Step]]]] = [(2, self._note)]
        if cart.cancelled_at is not None:
            return self._apply(cart, self._note(cart))
        if received:
            choices += [
                (6, self._refund_lines),
                (3, self._refund_all),
                (3, self._refund_shipping),
                (3, self._refund_amount),
                (1, self._refund_without_cash),
                (1, self._refund_to_credit),
                (1, self._cancel_refunded),
            ]
            choices += [(2, self._refund_duty)] if self._duty_left(cart) else []
        else:
            choices += [(2, self._take_back), (1, self._cancel)]
        if owed > 0 and not totals.capturable:
            choices += [(5, self._pay), (2, self._pay_a_part)]
        if any(payment.status == "PENDING" for payment in cart.payments):
            choices = [(4, self._succeed), (1, self._fail)]
        if totals.capturable:
            choices += [(3, self._capture)]
        if not totals.capturable:
            choices += [(2, self._edit_up), (1, self._remove_shipping), (2, self._edit_down)]
            if received and owed == 0:
                choices += [(1, self._exchange)]
        change = self.random.choices([each for _, each in choices], [weight for weight, _ in choices])[0]
        return self._apply(cart, change(cart))

    def _apply(self, cart: Cart, steps: list[Step]) -> Cart:
        moment = self.later()
        for name, wanted in steps:
            cart = STEPS[name](cart, wanted, moment)
        return replace(cart, touched_at=moment)

    def _note(self, _cart: Cart) -> list[Step]:
        return [("note", "Thank you")]

    def _pieces(self, cart: Cart) -> dict[int, int]:
        gone = settle(cart).removed
        left = {at: line.quantity - gone.get(at, 0) for at, line in enumerate(cart.lines) if not line.is_tip}
        return {at: pieces for at, pieces in left.items() if pieces}

    def _some(self, cart: Cart) -> list[dict[str, Any]]:
        left = self._pieces(cart)
        if not left:
            raise EditError("nothing is left")
        chosen = self.random.sample(sorted(left), self.random.randint(1, len(left)))
        kind = self.random.choice(("RETURN", "NO_RESTOCK", "CANCEL"))
        return [{"line": at, "quantity": self.random.randint(1, left[at]), "restock_type": kind} for at in chosen]

    def _worth(self, cart: Cart, wanted: dict[str, Any]) -> Decimal:
        taken = STEPS["refund"](cart, wanted, self.moment + timedelta(days=30))
        return settle(taken).refunds[-1].value

    def _with_cash(self, cart: Cart, wanted: dict[str, Any], amount: Decimal) -> list[Step]:
        amount = min(amount, settle(cart).totals.net_payment)
        return [("refund", {**wanted, "amount": str(amount)} if amount > 0 else wanted)]

    def _refund_lines(self, cart: Cart) -> list[Step]:
        self.cases.add("refund by line")
        wanted: dict[str, Any] = {"lines": self._some(cart)}
        if self.chance(0.3):
            wanted["shipping"] = True
        return self._with_cash(cart, wanted, self._worth(cart, wanted))

    def _refund_all(self, _cart: Cart) -> list[Step]:
        self.cases.add("refund whole")
        return [("refund", {"full": True})]

    def _refund_shipping(self, cart: Cart) -> list[Step]:
        self.cases.add("refund shipping only")
        wanted = {"shipping": True}
        return self._with_cash(cart, wanted, self._worth(cart, wanted))

    def _duty_left(self, cart: Cart) -> Decimal:
        given = sum((each.amount for refund in cart.refunds for each in refund.duties), ZERO)
        return sum((duty.amount for line in cart.lines for duty in line.duties), ZERO) - given

    def _refund_duty(self, cart: Cart) -> list[Step]:
        self.cases.add("refund of a duty")
        at = next(at for at, line in enumerate(cart.lines) if line.duties)
        wanted: dict[str, Any] = {"duties": [{"line": at, "amount": str(self._duty_left(cart))}]}
        if self.chance(0.5) and at in self._pieces(cart):
            wanted["lines"] = [{"line": at, "quantity": 1}]
        return self._with_cash(cart, wanted, self._worth(cart, wanted))

    def _refund_amount(self, cart: Cart) -> list[Step]:
        self.cases.add("refund amount only")
        left = settle(cart).totals.net_payment
        part = self._part(left, cart.money_currency)
        if not part:
            raise EditError("nothing to give back")
        return [("refund", {"amount": str(part)})]

    def _refund_without_cash(self, cart: Cart) -> list[Step]:
        self.cases.add("refund without cash")
        return [("refund", {"lines": self._some(cart)})]

    def _refund_to_credit(self, cart: Cart) -> list[Step]:
        self.cases.add("refund to store credit")
        wanted = {"lines": self._some(cart)}
        worth = self._worth(cart, wanted)
        if not worth:
            raise EditError("nothing to give back")
        paid = [{"payment": None, "gateway": STORE_CREDIT, "amount": str(worth)}]
        return [("refund", {**wanted, "payments": paid})]

    def _take_back(self, cart: Cart) -> list[Step]:
        self.cases.add("unpaid goods taken back")
        return [("refund", {"lines": self._some(cart)})]

    def _cancel(self, _cart: Cart) -> list[Step]:
        self.cases.add("cancelled")
        return [("cancel", {"reason": "CUSTOMER", "refund": False})]

    def _cancel_refunded(self, _cart: Cart) -> list[Step]:
        self.cases.add("cancelled and refunded")
        return [("cancel", {"reason": "INVENTORY", "refund": True})]

    def _pay(self, cart: Cart) -> list[Step]:
        self.cases.add("paid later")
        gateway = self.random.choice((CARD, PAYPAL, BANK)) if cart.presentment else None
        return [("pay", {"gateway": gateway or self.random.choice((CARD, PAYPAL, BANK, GIFT_CARD))})]

    def _pay_a_part(self, cart: Cart) -> list[Step]:
        self.cases.add("paid in parts")
        part = self._part(settle(cart).totals.outstanding, cart.money_currency)
        if not part:
            raise EditError("nothing to pay")
        return [("pay", {"gateway": CARD, "amount": str(part)})]

    def _succeed(self, cart: Cart) -> list[Step]:
        self.cases.add("pending succeeds")
        return [("succeed", next(at for at, each in enumerate(cart.payments) if each.status == "PENDING"))]

    def _fail(self, cart: Cart) -> list[Step]:
        self.cases.add("pending fails")
        return [("fail", next(at for at, each in enumerate(cart.payments) if each.status == "PENDING"))]

    def _capture(self, _cart: Cart) -> list[Step]:
        self.cases.add("captured later")
        return [("capture", True)]

    def _edit_down(self, cart: Cart) -> list[Step]:
        self.cases.add("edited down")
        left = self._pieces(cart)
        if not left:
            raise EditError("nothing is left")
        at = self.random.choice(sorted(left))
        quantity = self.random.randrange(left[at])
        return self._settled(cart, ("quantities", [{"line": at, "quantity": quantity}]))

    def _settled(self, cart: Cart, edit: Step) -> list[Step]:
        """The edit, and mostly the money that goes back for it."""
        steps = [edit]
        less = settle(self._look(cart, steps)).totals
        if less.outstanding < 0 and self.chance(0.8):
            steps.append(("refund", {"amount": str(min(-less.outstanding, less.net_payment))}))
        return steps

    def _edit_up(self, cart: Cart) -> list[Step]:
        self.cases.add("edited up")
        like = next(line for line in cart.lines if not line.is_tip)
        line = {
            "title": "Added",
            "sku": "SKU-ADDED",
            "quantity": self.random.choice((1, 2)),
            "unit_price": str(self._price(cart.money_currency, 30)),
            "taxes": [{"title": tax.title, "rate": str(tax.rate)} for tax in like.taxes],
        }
        steps: list[Step] = [("add_lines", [line])]
        if self.chance(0.5) and settle(self._look(cart, steps)).totals.outstanding > 0:
            steps.append(("pay", {"gateway": CARD}))
        return steps

    def _remove_shipping(self, cart: Cart) -> list[Step]:
        kept = [at for at, line in enumerate(cart.shipping) if not line.removed]
        if not kept:
            raise EditError("no shipping to remove")
        self.cases.add("shipping removed")
        return self._settled(cart, ("remove_shipping", [self.random.choice(kept)]))

    def _exchange(self, cart: Cart) -> list[Step]:
        self.cases.add("exchange")
        left = self._pieces(cart)
        if not left:
            raise EditError("nothing is left")
        at = self.random.choice(sorted(left))
        like = cart.lines[at]
        line = {
            "title": "Swapped",
            "sku": "SKU-SWAP",
            "quantity": 1,
            "unit_price": str(like.unit_price),
            "taxes": [{"title": tax.title, "rate": str(tax.rate)} for tax in like.taxes],
        }
        back = {"lines": [{"line": at, "quantity": 1}], "exchange_lines": [len(cart.lines)]}
        steps: list[Step] = [
            ("add_lines", [line]),
            ("returns", [back]),
            ("refund", {"lines": [{"line": at, "quantity": 1}], "return": len(cart.returns)}),
        ]
        owed = settle(self._look(cart, steps)).totals.outstanding
        if owed > 0:
            steps.append(("pay", {"gateway": CARD}))
        return steps

    def _look(self, cart: Cart, steps: list[Step]) -> Cart:
        """What the order would be after these steps."""
        for name, wanted in steps:
            cart = STEPS[name](cart, wanted, self.moment + timedelta(days=9))
        return cart
