"""Products: without a code, with one that two items have, with one that was used before, out of use."""

from __future__ import annotations

from comptoir_sandbox.giftshop.model import Case, Json, Step, When
from comptoir_sandbox.giftshop.parts import goods, held, posted, receipt, sold_for

# 20.00 (1.00 + 2.00): 23.00


def item(name: str, sku: str, **more: object) -> Json:
    """A product that the company has."""
    return {
        "create": "Item",
        "body": {
            "Name": name,
            "Sku": sku,
            "Type": "NonInventory",
            "IncomeAccountRef": {"find": "Account", "name": "Ventes"},
            "ExpenseAccountRef": {"find": "Account", "name": "Achats"},
            **more,
        },
    }


CASES = (
    Case(
        "missing-sku",
        "A made-to-measure frame, typed in by hand without a code.",
        (sold_for("23.00", goods("20.00", title="Cadre sur mesure", sku="")),),
        posted(receipt("23.00", "3.00")),
        before=held("item-unmatched"),
        steps=(
            Step(
                When.REMEDY,
                'The bookkeeper chooses the item "Ventes" for lines that match none.',
                settings={"items": {"default_product": "Ventes"}},
                mends="item-unmatched",
            ),
        ),
    ),
    Case(
        "duplicate-sku",
        "The company has two items with one code.",
        (sold_for("23.00", goods("20.00", title="Broche feuille d'érable", sku="BROCHE-01")),),
        posted(receipt("23.00", "3.00")),
        before=held("item-ambiguous"),
        steps=(
            Step(
                When.BEFORE,
                "Somebody entered the brooch twice.",
                books=(item("Broche", "BROCHE-01"), item("Broche (ancienne)", "BROCHE-01")),
            ),
            Step(
                When.REMEDY,
                "The bookkeeper gives the older brooch a code of its own.",
                books=({"change": "Item", "where": "Name = 'Broche (ancienne)'", "set": {"Sku": "BROCHE-ANC"}},),
                mends="item-ambiguous",
            ),
        ),
    ),
    Case(
        "reused-sku",
        "The code of a candle that is sold out is given to another one.",
        (
            sold_for(
                "23.00",
                goods("20.00", title="Chandelle cèdre", sku="CHANDELLE-1"),
                created_at="2025-10-21T15:00:00-04:00",
            ),
            sold_for(
                "23.00",
                goods("20.00", title="Chandelle vanille", sku="CHANDELLE-1"),
                created_at="2025-11-12T15:00:00-05:00",
            ),
        ),
        posted(receipt("23.00", "3.00"), receipt("23.00", "3.00")),
    ),
    Case(
        "inactive-item",
        "The bookkeeper had retired the snow globe; the shop still sells it.",
        (sold_for("23.00", goods("20.00", title="Boule à neige", sku="BOULE-NEIGE")),),
        posted(receipt("23.00", "3.00")),
        before=held("item-inactive"),
        steps=(
            Step(
                When.BEFORE,
                "The snow globe is entered in the company, then made inactive.",
                books=(
                    item("Boule à neige", "BOULE-NEIGE"),
                    {"change": "Item", "where": "Name = 'Boule à neige'", "set": {"Active": False}},
                ),
            ),
            Step(
                When.REMEDY,
                "The bookkeeper makes the snow globe active again.",
                books=(
                    {
                        "change": "Item",
                        "where": "Sku = 'BOULE-NEIGE' and Active = false",
                        "set": {"Active": True, "Name": "Boule à neige"},
                    },
                ),
                mends="item-inactive",
            ),
        ),
    ),
)
