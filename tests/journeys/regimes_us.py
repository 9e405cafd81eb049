"""The United States: codes kept by hand, one for the whole form; and automated, with the total tax stated."""

from __future__ import annotations

from typing import Any

from tests.journeys.regime import EVERYWHERE, INSIDE, Case, Regime, back, line, order, tax

CALIFORNIA_CODES = """
[taxes.codes]
"California" = "California"
"Low" = "Low"
"AZ State tax + Tucson City" = "Tucson"
"""
CA, LOW = tax("California", "0.08"), tax("Low", "0.065")
AZ, TUCSON = tax("AZ State tax", "0.071"), tax("Tucson City", "0.02")
US_MANUAL = Regime(
    name="us-manual",
    profile="us-manual",
    shop={"currency": "USD", "timezone": "America/Los_Angeles", "country_code": "US", "province_code": "CA"},
    settings=EVERYWHERE.format(
        zone="America/Los_Angeles",
        income="Sales of Product Income",
        currency="shop",
        by_currency="",
        taxes=CALIFORNIA_CODES,
    ),
    cases={
        # 100.00 x 8 %
        "one rate": Case(
            order(line("100.00", 1, (CA,)), paid="108.00"), ("SalesReceipt", "108.00", {"California": "8.00"}, "0")
        ),
        # 50.00 x 7.1 % = 3.55; x 2 % = 1.00
        "two rates of one code": Case(
            order(line("50.00", 1, (AZ, TUCSON)), paid="54.55"),
            ("SalesReceipt", "54.55", {"AZ State tax": "3.55", "Tucson City": "1.00"}, "0"),
        ),
        # 20.00 x 8 % = 1.60; 10.00 without
        "one line untaxed": Case(
            order(line("20.00", 1, (CA,)), line("10.00", sku="BOOK"), paid="31.60"),
            ("SalesReceipt", "31.60", {"California": "1.60"}, "0"),
            codes=("TAX", "NON"),
        ),
        # posting rules §2: 108.00 incl. 8 % = 100.00 net + 8.00
        "tax inside the prices": Case(
            order(line("108.00", 1, (CA,)), paid="108.00", **INSIDE),
            ("SalesReceipt", "108.00", {"California": "8.00"}, "0"),
        ),
        # 39.98 - 4.00 (3.998) = 35.98; x 8 % = 2.8784
        "a code of ten percent": Case(
            order(
                line("19.99", 2, (CA,)),
                paid="38.86",
                discounts=[{"title": "TEN", "percentage": "10", "kind": "code"}],
            ),
            ("SalesReceipt", "38.86", {"California": "2.88"}, "0"),
        ),
        # 25.00 x 8 % = 2.00
        "shipping": Case(
            order(line("20.00", 1, (CA,)), paid="27.00", shipping=[{"title": "Post", "price": "5.00", "taxes": [CA]}]),
            ("SalesReceipt", "27.00", {"California": "2.00"}, "0"),
        ),
        # posting rules §1: stated 108.00, of it 8.00 are the marketplace's: neither revenue nor tax payable
        "a marketplace collects the tax": Case(
            order(line("100.00", 1, (tax("California", "0.08", channel_liable=True),)), paid="108.00"),
            ("SalesReceipt", "100.00", {}, "0"),
            codes=("NON",),
        ),
        # 10.00 x 8 % = 0.80; x 6.5 % = 0.65: each has its code, and no code of the company holds both
        "rates without a code": Case(
            order(line("10.00", 1, (CA, LOW)), paid="11.45"),
            None,
            said="Order 1008 is taxed at several rates, and the company has no tax code that holds them all: "
            '"California", "Low". Combine these rates in one tax code of the company: "California", "Low"; then retry.',
        ),
        # 100.00 x 8 % = 8.00; one of two: 54.00, of it 4.00
        "one of two given back": Case(
            order(line("50.00", 2, (CA,)), paid="108.00", refunds=back("54.00")),
            ("SalesReceipt", "108.00", {"California": "8.00"}, "0"),
            ("RefundReceipt", "54.00", {"California": "4.00"}, "0"),
        ),
        "unpaid": Case(order(line("10.00", 1, (CA,))), ("Invoice", "10.80", {"California": "0.80"}, "10.80")),
        "untaxed": Case(order(line("15.00"), paid="15.00"), ("SalesReceipt", "15.00", {}, "0")),
    },
    accounts={
        # What was kept of each: 108 + 54.55 + 31.60 + 108 + 38.86 + 27 + 100 + (108 - 54) + 15
        "Card clearing": "537.01",
        # The tax of each: 8 + 1.60 + 8 + 2.88 + 2 + (8 - 4) + 0.80
        "Board of Equalization Payable": "-27.28",
        # 3.55 + 1.00
        "Arizona Dept. of Revenue Payable": "-4.55",
        "Accounts Receivable (A/R)": "10.80",
    },
)

# The United States, automated: the company knows the rates of a place, the store's total tax is stated


def to(state: str) -> dict[str, Any]:
    place = {"country_code": "US", "country": "United States", "province_code": state, "address1": "1 Elm Street"}
    return {"shipping_address": place}


CA_STATE, CA_COUNTY, CA_ALL = tax("CA State", "0.06"), tax("SF County", "0.02625"), tax("CA", "0.08625")
NY, ARIZONA = tax("NY", "0.08875"), tax("Arizona", "0.056")
US_AUTOMATED = Regime(
    name="us-automated",
    profile="us-automated",
    shop=US_MANUAL.shop,
    settings=EVERYWHERE.format(
        zone="America/Los_Angeles", income="Sales of Product Income", currency="shop", by_currency="", taxes=""
    ),
    rates_apart=False,
    cases={
        # 100.00 x 6 % = 6.00; x 2.625 % = 2.625, the store says 2.63
        "two rates": Case(
            order(line("100.00", 1, (CA_STATE, CA_COUNTY)), paid="108.63", **to("CA")),
            ("SalesReceipt", "108.63", {"": "8.63"}, "0"),
        ),
        # 40.00 x 8.875 %
        "another state": Case(
            order(line("40.00", 1, (NY,)), paid="43.55", **to("NY")), ("SalesReceipt", "43.55", {"": "3.55"}, "0")
        ),
        # 20.00 x 8.625 % = 1.725, the store says 1.73; 10.00 without
        "one line untaxed": Case(
            order(line("20.00", 1, (CA_ALL,)), line("10.00", sku="BOOK"), paid="31.73", **to("CA")),
            ("SalesReceipt", "31.73", {"": "1.73"}, "0"),
            codes=("TAX", "NON"),
        ),
        # 108.63 - 108.63 / 1.08625 = 8.6254; the line goes net, 100.00
        "tax inside the prices": Case(
            order(line("108.63", 1, (CA_ALL,)), paid="108.63", **to("CA"), **INSIDE),
            ("SalesReceipt", "108.63", {"": "8.63"}, "0"),
        ),
        "untaxed": Case(order(line("25.00"), paid="25.00", **to("CA")), ("SalesReceipt", "25.00", {}, "0")),
        # 100.00 x 8.875 % = 8.875, the store says 8.88; half of it back
        "one of two given back": Case(
            order(line("50.00", 2, (NY,)), paid="108.88", refunds=back("54.44"), **to("NY")),
            ("SalesReceipt", "108.88", {"": "8.88"}, "0"),
            ("RefundReceipt", "54.44", {"": "4.44"}, "0"),
        ),
        # 50.00 x 5.6 % = 2.80; 10.00 x 5.6 % = 0.56
        "shipping": Case(
            order(
                line("50.00", 1, (ARIZONA,)),
                paid="63.36",
                shipping=[{"title": "Post", "price": "10.00", "taxes": [ARIZONA]}],
                **to("AZ"),
            ),
            ("SalesReceipt", "63.36", {"": "3.36"}, "0"),
            codes=("TAX", "TAX"),
        ),
        # 100.00 x 8.875 % = 8.88 is the marketplace's
        "a marketplace collects the tax": Case(
            order(line("100.00", 1, (tax("NY", "0.08875", channel_liable=True),)), paid="108.88", **to("NY")),
            ("SalesReceipt", "100.00", {}, "0"),
            codes=("NON",),
        ),
        # 30.00 x 5.6 %
        "unpaid": Case(order(line("30.00", 1, (ARIZONA,)), **to("AZ")), ("Invoice", "31.68", {"": "1.68"}, "31.68")),
        # 45.00 - 5.00 = 40.00; x 8.875 %
        "a code of five dollars": Case(
            order(
                line("45.00", 1, (NY,)),
                paid="43.55",
                discounts=[{"title": "FIVE", "amount": "5.00", "kind": "code"}],
                **to("NY"),
            ),
            ("SalesReceipt", "43.55", {"": "3.55"}, "0"),
        ),
    },
    accounts={
        # What was kept of each: 108.63 + 43.55 + 31.73 + 108.63 + 25 + (108.88 - 54.44) + 63.36 + 100 + 43.55
        "Card clearing": "578.89",
        # California 8.63 + 1.73 + 8.63; New York 3.55 + (8.88 - 4.44) + 3.55; Arizona 3.36 + 1.68
        "Board of Equalization Payable": "-18.99",
        "New York Department of Taxation and Finance Payable": "-11.54",
        "Arizona Dept. of Revenue Payable": "-5.04",
        "Accounts Receivable (A/R)": "31.68",
    },
)
