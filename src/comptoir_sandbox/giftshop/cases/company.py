"""What the company does not take as it is: accounts and codes out of use, numbers taken or too long."""

from __future__ import annotations

from comptoir_sandbox.giftshop.model import Case, Step, When
from comptoir_sandbox.giftshop.parts import goods, held, posted, receipt, sold_for

CASES = (
    Case(
        "document-number-taken-by-hand",
        "The owner has entered this very sale by hand, under its number.",
        (sold_for("23.00", goods("20.00")),),
        posted(receipt("23.00", "3.00")),
        before=held("number-taken"),
        steps=(
            Step(
                When.BEFORE,
                "The owner enters order {order} herself, as MTL-{order}.",
                books=(
                    {"create": "Customer", "body": {"DisplayName": "Vente au comptoir"}},
                    {
                        "create": "SalesReceipt",
                        "body": {
                            "DocNumber": "MTL-{order}",
                            "TxnDate": "2025-11-10",
                            "PrivateNote": "Saisi à la main",
                            "CustomerRef": {"find": "Customer", "name": "Vente au comptoir"},
                            "DepositToAccountRef": {"find": "Account", "name": "Petite caisse"},
                            "Line": [
                                {
                                    "Amount": 20,
                                    "DetailType": "SalesItemLineDetail",
                                    "SalesItemLineDetail": {
                                        "ItemRef": {"find": "Item", "name": "Ventes"},
                                        "TaxCodeRef": {"find": "TaxCode", "name": "GST/QST QC - 9.975"},
                                    },
                                }
                            ],
                        },
                    },
                ),
            ),
            Step(
                When.REMEDY,
                "It is the same sale, so the owner deletes what she entered by hand.",
                books=({"delete": "SalesReceipt", "where": "DocNumber = 'MTL-{order}'"},),
                mends="number-taken",
            ),
        ),
    ),
    Case(
        "long-number",
        "The market stall numbers its orders with nineteen characters: the hyphens go, the rest stays.",
        (sold_for("23.00", goods("20.00"), name="#2025-11-POP-UP-0042"),),
        posted(receipt("23.00", "3.00", number="MTL-202511POPUP0042")),
    ),
    Case(
        "number-too-long",
        "A partner's number of eighteen characters, and no hyphens to drop.",
        (sold_for("23.00", goods("20.00"), name="#PARTENAIRE00000178"),),
        # "MTL-" and eighteen are 22, one too many; "MT-" and eighteen are 21
        posted(receipt("23.00", "3.00", number="MT-PARTENAIRE00000178")),
        before=held("number-too-long"),
        steps=(
            Step(
                When.REMEDY,
                'The bookkeeper shortens the prefix from "MTL-" to "MT-".',
                settings={"orders": {"prefix": "MT-"}},
                mends="number-too-long",
            ),
        ),
    ),
)
