"""Discounts of every kind. Taxes are reckoned on what is left, line by line, half a cent up."""

from __future__ import annotations

from comptoir_sandbox.giftshop.model import Case
from comptoir_sandbox.giftshop.parts import goods, posted, receipt, shipping, sold_for

CASES = (
    Case(
        "line-discount",
        "Two tuques, four dollars off that line.",
        (sold_for("41.39", goods("20.00", 2), discounts=[{"title": "Défaut léger", "amount": "4.00", "lines": [0]}]),),
        # 40.00 - 4.00 = 36.00; GST 1.80; QST 3.591 = 3.59
        posted(receipt("41.39", "5.39")),
    ),
    Case(
        "order-discount",
        "Ten dollars off the whole order of two lines.",
        (
            sold_for(
                "45.99",
                goods("30.00"),
                goods("20.00", title="Bas de laine", sku="BAS-LAINE"),
                discounts=[{"title": "Client fidèle", "amount": "10.00"}],
            ),
        ),
        # 6.00 off the first, 4.00 off the second: 24.00 (1.20 + 2.394 = 2.39) and 16.00 (0.80 + 1.596 = 1.60)
        posted(receipt("45.99", "5.99")),
    ),
    Case(
        "code-discount",
        "The code DIX takes ten percent off.",
        (
            sold_for(
                "31.04",
                goods("10.00", 3, title="Carte sérigraphiée", sku="CARTE-SERIE"),
                discounts=[{"title": "DIX", "percentage": "10", "kind": "code"}],
            ),
        ),
        # 30.00 - 3.00 = 27.00; GST 1.35; QST 2.69325 = 2.69
        posted(receipt("31.04", "4.04")),
    ),
    Case(
        "shipping-discount",
        "Four dollars off the shipping.",
        (
            sold_for(
                "29.90",
                goods("20.00"),
                shipping=[shipping("10.00")],
                discounts=[{"title": "Livraison réduite", "amount": "4.00", "on_shipping": True, "lines": [0]}],
            ),
        ),
        # 20.00 (1.00 + 2.00) and 6.00 of shipping (0.30 + 0.5985 = 0.60)
        posted(receipt("29.90", "3.90")),
    ),
    Case(
        "free-item",
        "A magnet for nothing with a tuque.",
        (
            sold_for(
                "23.00",
                goods("20.00"),
                goods("3.00", title="Aimant du mont Royal", sku="AIMANT-MR"),
                discounts=[{"title": "Cadeau", "percentage": "100", "lines": [1]}],
            ),
        ),
        # 20.00 (1.00 + 1.995 = 2.00); the magnet 3.00 - 3.00, without tax
        posted(receipt("23.00", "3.00")),
    ),
)
