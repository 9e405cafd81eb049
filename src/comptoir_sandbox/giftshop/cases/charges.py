"""What an order bears beside goods: shipping, tips, duties, fees, deposits, the rounding of cash."""

from __future__ import annotations

from comptoir_sandbox.giftshop.model import Case
from comptoir_sandbox.giftshop.parts import BOTH, CASH, goods, order, paid, posted, receipt, shipping, sold_for

VERMONT = {
    "first_name": "Ellen",
    "last_name": "Marsh",
    "address1": "12 Church Street",
    "city": "Burlington",
    "province": "Vermont",
    "province_code": "VT",
    "zip": "05401",
    "country": "United States",
    "country_code": "US",
}

CASES = (
    Case(
        "several-shipping-lines",
        "Two parcels, two shipping lines.",
        (sold_for("37.95", goods("20.00"), shipping=[shipping("5.00"), shipping("8.00", "Coursier à vélo")]),),
        # 20.00 (1.00 + 2.00), 5.00 (0.25 + 0.49875 = 0.50), 8.00 (0.40 + 0.798 = 0.80)
        posted(receipt("37.95", "4.95")),
    ),
    Case(
        "tip",
        "A coffee cup at the counter, two dollars for the people behind it.",
        (
            sold_for(
                "13.50",
                goods("10.00", title="Tasse Plateau", sku="TASSE-PLATEAU"),
                {"title": "Tip", "quantity": 1, "unit_price": "2.00", "is_tip": True, "requires_shipping": False},
            ),
        ),
        # 10.00 (0.50 + 0.9975 = 1.00) + 2.00
        posted(receipt("13.50", "1.50")),
    ),
    Case(
        "duty",
        "A parcel to Vermont, its customs duty paid here.",
        (
            sold_for(
                "86.40",
                goods(
                    "80.00",
                    title="Couverture de bébé",
                    sku="COUV-BEBE",
                    taxes=[],
                    duties=[{"amount": "6.40", "harmonized_system_code": "630120"}],
                ),
                billing_address=VERMONT,
                shipping_address=VERMONT,
            ),
        ),
        posted(receipt("86.40", "0.00")),
    ),
    Case(
        "additional-fee",
        "Three dollars for paying on delivery, taxed.",
        (
            sold_for(
                "26.45", goods("20.00"), fees=[{"name": "Paiement à la livraison", "price": "3.00", "taxes": BOTH}]
            ),
        ),
        # 20.00 (1.00 + 2.00), 3.00 (0.15 + 0.29925 = 0.30)
        posted(receipt("26.45", "3.45")),
    ),
    Case(
        "eco-fee",
        "A lamp with the eco fee of the province.",
        (
            sold_for(
                "46.50",
                goods("40.00", title="Lampe castor", sku="LAMPE-CASTOR"),
                fees=[{"name": "Écofrais", "price": "0.45", "taxes": BOTH}],
            ),
        ),
        # 40.00 (2.00 + 3.99), 0.45 (0.0225 = 0.02, 0.0448875 = 0.04)
        posted(receipt("46.50", "6.05")),
    ),
    Case(
        "cash-rounding",
        "45.99 paid in cash: there are no cents, so 46.00 it is.",
        (order(goods("20.00", 2), payments=[paid("46.00", CASH, rounding="0.01")], source_name="pos"),),
        # 40.00 + 5.99 + 0.01
        posted(receipt("46.00", "5.99")),
    ),
)
