"""The cases, a module a family."""

from __future__ import annotations

from comptoir_sandbox.giftshop.cases import (
    afterwards,
    charges,
    company,
    dates,
    discounts,
    edits,
    exchanges,
    gift_cards,
    payments,
    people,
    products,
    refunds,
    sizes,
    taxes,
)

FAMILIES = {
    "Discounts": discounts.CASES,
    "Edits before posting": edits.CASES,
    "Taxes": taxes.CASES,
    "Shipping, tips and fees": charges.CASES,
    "Gift cards and store credit": gift_cards.CASES,
    "Payments": payments.CASES,
    "Refunds": refunds.CASES,
    "Exchanges": exchanges.CASES,
    "After posting": afterwards.CASES,
    "Dates and tests": dates.CASES,
    "Buyers": people.CASES,
    "Products": products.CASES,
    "Sizes and currencies": sizes.CASES,
    "The company": company.CASES,
}
"""Every case that the list of the domain names, by family."""
ALL = tuple(case for cases in FAMILIES.values() for case in cases)
