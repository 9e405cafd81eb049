"""PURE: books documents to QuickBooks' JSON (quickbooks-online.md §§3, 4, 10, 12-16).

Amounts stay Decimals until `encode` writes their digits; no float is ever made.
"""

from comptoir.ledgers.quickbooks.translate.batch import encode_batch, to_wire
from comptoir.ledgers.quickbooks.translate.parts import CompanyFacts, encode, facts_of

__all__ = ["CompanyFacts", "encode", "encode_batch", "facts_of", "to_wire"]
