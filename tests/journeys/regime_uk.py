"""The United Kingdom: VAT inside the prices, several rates, exports."""

from __future__ import annotations

from tests.journeys.regime import EVERYWHERE, INSIDE, Case, Regime, back, line, order, tax

VAT_CODES = """
untaxed = "No VAT"
zero_rated = "0.0% Z"
export = "0.0% Z"
[taxes.codes]
"VAT" = "20.0% S"
"VAT reduced" = "5.0% R"
"""
V20, V5, V0 = tax("VAT", "0.2"), tax("VAT reduced", "0.05"), tax("VAT zero", "0")
S, R, Z = "20.0% S (Sales)", "5.0% R (Sales)", "0.0% Z (Sales)"
ABROAD = {"country_code": "US", "country": "United States", "city": "Boston", "address1": "1 Elm Street"}
UK = Regime(
    name="uk",
    profile="uk",
    shop={"currency": "GBP", "timezone": "Europe/London", "country_code": "GB"},
    settings=EVERYWHERE.format(zone="Europe/London", income="Sales", currency="shop", by_currency="", taxes=VAT_CODES),
    cases={
        # 12.00 / 6 = 2.00
        "standard rate": Case(
            order(line("12.00", 1, (V20,)), paid="12.00", **INSIDE), ("SalesReceipt", "12.00", {S: "2.00"}, "0")
        ),
        # 12.00 / 6 = 2.00; 10.50 / 21 = 0.50; 3.00 at 0 %
        "three rates": Case(
            order(line("12.00", 1, (V20,)), line("10.50", 1, (V5,)), line("3.00", 1, (V0,)), paid="25.50", **INSIDE),
            ("SalesReceipt", "25.50", {S: "2.00", R: "0.50", Z: "0.00"}, "0"),
        ),
        # no tax at all, to another country: the code of exports, which has a rate of 0 %
        "export": Case(
            order(line("50.00"), paid="50.00", shipping_address=ABROAD, **INSIDE),
            ("SalesReceipt", "50.00", {Z: "0.00"}, "0"),
        ),
        # 24.00 - 10 % = 21.60; 21.60 / 6 = 3.60
        "a code of ten percent": Case(
            order(
                line("24.00", 1, (V20,)),
                paid="21.60",
                discounts=[{"title": "TEN", "percentage": "10", "kind": "code"}],
                **INSIDE,
            ),
            ("SalesReceipt", "21.60", {S: "3.60"}, "0"),
        ),
        # goods 21.00 / 21 = 1.00; shipping 6.00 / 6 = 1.00
        "shipping at another rate": Case(
            order(
                line("21.00", 1, (V5,)),
                paid="27.00",
                shipping=[{"title": "Post", "price": "6.00", "taxes": [V20]}],
                **INSIDE,
            ),
            ("SalesReceipt", "27.00", {S: "1.00", R: "1.00"}, "0"),
        ),
        # 24.00 / 6 = 4.00; one of two: 12.00, of it 2.00
        "one of two given back": Case(
            order(line("12.00", 2, (V20,)), paid="24.00", refunds=back("12.00"), **INSIDE),
            ("SalesReceipt", "24.00", {S: "4.00"}, "0"),
            ("RefundReceipt", "12.00", {S: "2.00"}, "0"),
        ),
        # the credit of 12.00 is joined to the invoice of 24.00: 12.00 stay open
        "unpaid, one of two taken back": Case(
            order(line("12.00", 2, (V20,)), refunds=back(), **INSIDE),
            ("Invoice", "24.00", {S: "4.00"}, "12.00"),
            ("CreditMemo", "12.00", {S: "2.00"}, "0"),
        ),
        # posting rules §2: 39.96 - 3.99 = 35.97; 35.97 / 6 = 5.995, the store says 6.00 (QuickBooks' residual: 5.98)
        "the store's cent wins": Case(
            order(
                line("9.99", 4, (V20,)),
                paid="35.97",
                discounts=[{"title": "LESS", "amount": "3.99", "kind": "code"}],
                **INSIDE,
            ),
            ("SalesReceipt", "35.97", {S: "6.00"}, "0"),
        ),
        # 10.00 x 20 % = 2.00 on top
        "prices without tax": Case(
            order(line("10.00", 1, (V20,)), paid="12.00"), ("SalesReceipt", "12.00", {S: "2.00"}, "0")
        ),
        # 24.00 - 10.00 paid
        "paid in part": Case(
            order(line("12.00", 2, (V20,)), paid="10.00", **INSIDE), ("Invoice", "24.00", {S: "4.00"}, "14.00")
        ),
        # 30.00 / 6 = 5.00; the amount given back is of no goods, and out of the scope of VAT
        "an amount given back": Case(
            order(line("30.00", 1, (V20,)), paid="30.00", refunds=back("6.00", 0), **INSIDE),
            ("SalesReceipt", "30.00", {S: "5.00"}, "0"),
            ("RefundReceipt", "6.00", {}, "0"),
        ),
    },
    accounts={
        # What was kept of each: 12 + 25.50 + 50 + 21.60 + 27 + (24 - 12) + 35.97 + 12 + 10 + (30 - 6)
        "Card clearing": "230.07",
        # The tax of each: 2 + 2.50 + 3.60 + 2 + (4 - 2) + (4 - 2) + 6 + 2 + 4 + 5
        "VAT Control": "-31.10",
        # 12.00 + 14.00
        "Accounts Receivable (A/R)": "26.00",
    },
)
