"""Taxes: two on a line, one of them, none, inside the price, unknown to the books, rounded apart."""

from __future__ import annotations

from comptoir_sandbox.giftshop.model import Case, Step, When
from comptoir_sandbox.giftshop.parts import GST, HST, goods, held, posted, receipt, shipping, sold_for

ONTARIO = {
    "first_name": "Grace",
    "last_name": "Okafor",
    "address1": "88 Queen Street West",
    "city": "Toronto",
    "province": "Ontario",
    "province_code": "ON",
    "zip": "M5H 2M5",
    "country": "Canada",
    "country_code": "CA",
}

CASES = (
    Case(
        "two-taxes-on-a-line",
        "A blanket, with GST and QST.",
        (sold_for("114.98", goods("100.00", title="Couverture de laine", sku="COUV-LAINE")),),
        # GST 5.00; QST 9.975 = 9.98
        posted(receipt("114.98", "14.98")),
    ),
    Case(
        "one-tax-on-shipping",
        "The carrier's charge bears GST alone.",
        (sold_for("33.50", goods("20.00"), shipping=[shipping("10.00", taxes=[GST])]),),
        # goods 20.00 (1.00 + 2.00) and 10.00 (0.50)
        posted(receipt("33.50", "3.50")),
    ),
    Case(
        "tax-exempt-customer",
        "A band council buys without tax.",
        (sold_for("50.00", goods("50.00", title="Mitaines perlées", sku="MITAINES"), tax_exempt=True),),
        posted(receipt("50.00", "0.00")),
    ),
    Case(
        "tax-included",
        "At the Christmas market the prices include the taxes.",
        (sold_for("22.99", goods("22.99"), taxes_included=True),),
        # 22.99 - 22.99 / 1.14975 = 2.9943 = 2.99
        posted(receipt("22.99", "2.99")),
    ),
    Case(
        "tax-excluded",
        "Two tuques, the taxes on top.",
        (sold_for("45.99", goods("20.00", 2)),),
        # 40.00; GST 2.00; QST 3.99
        posted(receipt("45.99", "5.99")),
    ),
    Case(
        "tax-at-zero-percent",
        "Maple syrup is food: taxed at nothing.",
        (
            sold_for(
                "12.00",
                goods(
                    "12.00",
                    title="Sirop d'érable 250 ml",
                    sku="SIROP-250",
                    taxes=[{"title": "GST zero-rated", "rate": "0"}],
                ),
            ),
        ),
        posted(receipt("12.00", "0.00")),
    ),
    Case(
        "tax-unmapped",
        "A buyer in Ontario pays HST, a tax that these books have never seen.",
        (
            sold_for(
                "113.00",
                goods("100.00", title="Couverture de laine", sku="COUV-LAINE", taxes=[HST]),
                billing_address=ONTARIO,
                shipping_address=ONTARIO,
            ),
        ),
        # 100.00 at 13 %
        posted(receipt("113.00", "13.00")),
        before=held("tax-unmapped"),
        steps=(
            Step(
                When.REMEDY,
                'The bookkeeper makes the tax code "HST ON" in the company and maps the store\'s tax to it.',
                books=(
                    {
                        "tax_code": {
                            "TaxCode": "HST ON",
                            "TaxRateDetails": [
                                {
                                    "TaxRateName": "HST ON 13%",
                                    "RateValue": 13,
                                    "TaxAgencyId": "1",
                                    "TaxApplicableOn": "Sales",
                                }
                            ],
                        }
                    },
                ),
                settings={"taxes": {"codes": {"HST ON": "HST ON"}}},
                mends="tax-unmapped",
            ),
        ),
    ),
    Case(
        "tax-rounded-apart",
        "Thirty postcards of 1.10, each taxed on its own line: the company alone would reckon five cents less.",
        (
            sold_for(
                "38.10",
                *(goods("1.10", title=f"Carte postale no {at}", sku=f"CP-{at:02d}") for at in range(1, 31)),
            ),
        ),
        # a line: GST 0.055 = 0.06, QST 0.109725 = 0.11; thirty times: 1.80 + 3.30. In one sum: 1.65 + 3.29
        posted(receipt("38.10", "5.10")),
    ),
)
