"""What the company does not take as it is: accounts and codes out of use, numbers taken or too long."""

from __future__ import annotations

from comptoir_sandbox.giftshop.model import Case, Step, When
from comptoir_sandbox.giftshop.parts import (
    CHEQUE,
    GST,
    goods,
    held,
    invoice,
    left_out,
    next_morning,
    order,
    paid,
    payment,
    posted,
    receipt,
    sold_for,
)

CHEQUE_ACCOUNT = "Compte épargne"

CASES = (
    Case(
        "inactive-account",
        "A buyer pays by cheque on the day on which somebody made the account of the cheques inactive.",
        (order(goods("50.00", title="Mitaines perlées", sku="MITAINES")),),
        # 50.00; GST 2.50; QST 4.9875 = 4.99
        posted(invoice("57.49", "7.49", "0.00"), payment("57.49")),
        before=posted(invoice("57.49", "7.49", "57.49")),
        steps=(
            next_morning("The buyer pays by cheque.", pay={"gateway": CHEQUE}),
            Step(
                When.MORNING,
                f'Somebody makes the account "{CHEQUE_ACCOUNT}" inactive.',
                books=({"change": "Account", "where": f"Name = '{CHEQUE_ACCOUNT}'", "set": {"Active": False}},),
            ),
            Step(
                When.STOPPED,
                f'The bookkeeper makes the account "{CHEQUE_ACCOUNT}" active again.',
                books=(
                    {
                        "change": "Account",
                        "where": f"Name like '{CHEQUE_ACCOUNT}%' and Active = false",
                        "set": {"Active": True, "Name": CHEQUE_ACCOUNT},
                    },
                ),
                mends="settings",
            ),
        ),
        stops=("payments.methods.cheque.account",),
    ),
    Case(
        "inactive-tax-code",
        "A book is sent, and its card captured, on the day on which somebody switched the code for GST alone off.",
        (
            order(
                goods("20.00", title="Livre de recettes", sku="LIVRE-RECETTES", taxes=[GST]),
                payments=[paid("21.00", kind="AUTHORIZATION")],
            ),
        ),
        # books bear GST alone: 1.00
        posted(receipt("21.00", "1.00")),
        before=left_out("status"),
        steps=(
            next_morning("The card is captured.", capture={}),
            Step(
                When.MORNING,
                'Somebody switches the tax code "GST" off in the company.',
                hidden={"path": "tax_code", "body": {"name": "GST", "active": False}},
            ),
            Step(
                When.STOPPED,
                'The bookkeeper switches the tax code "GST" on again.',
                hidden={"path": "tax_code", "body": {"name": "GST", "active": True}},
                mends="settings",
            ),
        ),
        stops=("taxes.codes.GST",),
    ),
    Case(
        "document-number-taken-by-hand",
        "The owner has entered this very sale by hand, under its number.",
        (sold_for("23.00", goods("20.00")),),
        left_out("left-out-by-hand"),
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
                "It is the same sale: comptoir skip {order}.",
                command="skip",
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
