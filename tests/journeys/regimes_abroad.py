"""Buyers in euro and yen: 0.80 and 0.0052 pounds by the store; the company itself reckons 0.85 and 0.005 (§12.8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.journeys.regime import EVERYWHERE, INSIDE, Case, Expected, Regime, back, line, order
from tests.journeys.regime_uk import ABROAD, UK, V0, V5, V20, VAT_CODES, R, S, Z
from tests.journeys.world import World

IN_EURO_AND_YEN = """[payments.methods."*".by_currency]
EUR = "Euro account"
JPY = "Yen account"
"""
EURO: dict[str, Any] = {"presentment": {"currency": "EUR", "rate": "0.80"}, **INSIDE}
YEN: dict[str, Any] = {"presentment": {"currency": "JPY", "rate": "0.0052"}, **INSIDE}
POST_IN_YEN = [{"title": "Post", "price": "600", "taxes": [V20]}]
ABROAD_ORDERS: dict[str, dict[str, Any]] = {
    "pounds": order(line("12.00", 1, (V20,)), paid="12.00", **INSIDE),
    "euro": order(line("24.00", 1, (V20,)), paid="24.00", **EURO),
    "yen": order(line("6000", 1, (V20,)), paid="6000", **YEN),
    "euro, one of two given back": order(line("12.00", 2, (V20,)), paid="24.00", refunds=back("12.00"), **EURO),
    "euro, unpaid": order(line("48.00", 1, (V20,)), **EURO),
    "yen, with shipping": order(line("1200", 1, (V20,)), paid="1800", shipping=POST_IN_YEN, **YEN),
    "pounds, zero-rated": order(line("5.00", 1, (V0,)), paid="5.00", **INSIDE),
    "euro, reduced rate": order(line("21.00", 1, (V5,)), paid="21.00", **EURO),
    "euro, paid in part": order(line("24.00", 1, (V20,)), paid="10.00", **EURO),
    "euro, export": order(line("10.00"), paid="10.00", shipping_address=ABROAD, **EURO),
}
AS_PAID: dict[str, tuple[Expected, Expected | None]] = {
    "pounds": (("SalesReceipt", "12.00", {S: "2.00"}, "0"), None),
    "euro": (("SalesReceipt", "24.00", {S: "4.00"}, "0"), None),
    # yen have no decimals: 6000 / 6
    "yen": (("SalesReceipt", "6000", {S: "1000"}, "0"), None),
    "euro, one of two given back": (
        ("SalesReceipt", "24.00", {S: "4.00"}, "0"),
        ("RefundReceipt", "12.00", {S: "2.00"}, "0"),
    ),
    "euro, unpaid": (("Invoice", "48.00", {S: "8.00"}, "48.00"), None),
    # 1200 + 600; 1800 / 6
    "yen, with shipping": (("SalesReceipt", "1800", {S: "300"}, "0"), None),
    "pounds, zero-rated": (("SalesReceipt", "5.00", {Z: "0.00"}, "0"), None),
    "euro, reduced rate": (("SalesReceipt", "21.00", {R: "1.00"}, "0"), None),
    "euro, paid in part": (("Invoice", "24.00", {S: "4.00"}, "14.00"), None),
    "euro, export": (("SalesReceipt", "10.00", {Z: "0.00"}, "0"), None),
}
IN_POUNDS: dict[str, tuple[Expected, Expected | None]] = {
    "pounds": AS_PAID["pounds"],
    # 24.00 x 0.80 = 19.20; 4.00 x 0.80 = 3.20
    "euro": (("SalesReceipt", "19.20", {S: "3.20"}, "0"), None),
    # 6000 x 0.0052 = 31.20; 1000 x 0.0052 = 5.20
    "yen": (("SalesReceipt", "31.20", {S: "5.20"}, "0"), None),
    # 12.00 x 0.80 = 9.60; 2.00 x 0.80 = 1.60
    "euro, one of two given back": (
        ("SalesReceipt", "19.20", {S: "3.20"}, "0"),
        ("RefundReceipt", "9.60", {S: "1.60"}, "0"),
    ),
    # 48.00 x 0.80 = 38.40; 8.00 x 0.80 = 6.40
    "euro, unpaid": (("Invoice", "38.40", {S: "6.40"}, "38.40"), None),
    # 1800 x 0.0052 = 9.36; 300 x 0.0052 = 1.56
    "yen, with shipping": (("SalesReceipt", "9.36", {S: "1.56"}, "0"), None),
    "pounds, zero-rated": AS_PAID["pounds, zero-rated"],
    # 21.00 x 0.80 = 16.80; 1.00 x 0.80
    "euro, reduced rate": (("SalesReceipt", "16.80", {R: "0.80"}, "0"), None),
    # 19.20 - 10.00 x 0.80
    "euro, paid in part": (("Invoice", "19.20", {S: "3.20"}, "11.20"), None),
    "euro, export": (("SalesReceipt", "8.00", {Z: "0.00"}, "0"), None),
}


def open_yen(world: World) -> None:
    """The bookkeeper adds yen to the company, an account that is kept in it, and a rate."""
    hand = world.by_hand()
    hand.call("POST", "companycurrency", json={"Code": "JPY"})
    account = {"Name": "Yen account", "AccountType": "Bank", "CurrencyRef": {"value": "JPY"}}
    hand.call("POST", "account", json=account)
    rate = {"SourceCurrencyCode": "JPY", "Rate": 0.005, "AsOfDate": "2026-01-01"}
    hand.call("POST", "exchangerate", json=rate)


def abroad(choice: str, expected: Mapping[str, tuple[Expected, Expected | None]], accounts: dict[str, str]) -> Regime:
    return Regime(
        name=f"multicurrency, {choice}",
        profile="multicurrency",
        shop=UK.shop,
        settings=EVERYWHERE.format(
            zone="Europe/London", income="Sales", currency=choice, by_currency=IN_EURO_AND_YEN, taxes=VAT_CODES
        ),
        cases={name: Case(ABROAD_ORDERS[name], *expected[name]) for name in ABROAD_ORDERS},
        accounts=accounts,
        prepare=open_yen,
    )


PAID = abroad(
    "paid",
    AS_PAID,
    {
        "Card clearing": "17.00",  # 12 + 5
        "Euro account": "65.45",  # (24 + 24 - 12 + 21 + 10 + 10) x 0.85
        "Yen account": "39.00",  # (6000 + 1800) x 0.005
        "Accounts Receivable (A/R) - EUR": "52.70",  # (48 + 14) x 0.85
        # pounds 2.00; euro (4 + 4 - 2 + 8 + 1 + 4) x 0.85 = 16.15; yen 1300 x 0.005 = 6.50
        "VAT Control": "-24.65",
    },
)
SHOP = abroad(
    "shop",
    IN_POUNDS,
    {
        # What was kept of each: 12 + 19.20 + 31.20 + (19.20 - 9.60) + 9.36 + 5 + 16.80 + 8 + 8
        "Card clearing": "119.16",
        "Accounts Receivable (A/R)": "49.60",  # 38.40 + 11.20
        "VAT Control": "-23.96",  # 2 + 3.20 + 5.20 + (3.20 - 1.60) + 6.40 + 1.56 + 0.80 + 3.20
    },
)
