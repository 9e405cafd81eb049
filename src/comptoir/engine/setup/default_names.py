"""What items and customers are called that are made for what is no product, until somebody calls them otherwise."""

from __future__ import annotations

from collections.abc import Mapping

from comptoir.books.settings import Language

NAMES: Mapping[Language, Mapping[str, str]] = {
    Language.ENGLISH: {
        "shipping": "Shipping",
        "rounding": "Rounding",
        "refund_difference": "Refund difference",
        "discount": "Discount",
        "tip": "Tip",
        "duty": "Import duties",
        "handling": "Handling",
        "wrap": "Gift wrapping",
        "fee": "Fees",
        "deposit": "Deposits and eco fees",
        "gift_card": "Gift card",
        "store_credit": "Store credit",
    },
    Language.FRENCH: {
        "shipping": "Livraison",
        "rounding": "Arrondi",
        "refund_difference": "Écart de remboursement",
        "discount": "Rabais",
        "tip": "Pourboire",
        "duty": "Droits de douane",
        "handling": "Manutention",
        "wrap": "Emballage-cadeau",
        "fee": "Frais",
        "deposit": "Consignes et écofrais",
        "gift_card": "Carte-cadeau",
        "store_credit": "Crédit en magasin",
    },
}
"""What items are called that are made for what is no product. They are names in the books, and no text of ours."""
ONLINE_CUSTOMER: Mapping[Language, str] = {Language.ENGLISH: "{store} customer", Language.FRENCH: "Client {store}"}
