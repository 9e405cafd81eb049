"""PURE: what stands before the numbers of a store's documents, so that no other store of the company has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import NamedTuple

from comptoir.books.checks.contradictions import Numbering, prefixes_of
from comptoir.books.company import fold
from comptoir.books.settings import Settings

LETTERS = 3
"""Of the store's name: enough to know it by, and short beside a number."""


class Prefixes(NamedTuple):
    """One for sales, one for refunds."""

    sales: str
    refunds: str


def suggested_prefixes(store_name: str, others: Sequence[Numbering]) -> Prefixes:
    """Three letters of the store's name and a hyphen, others or a figure where a neighbour has those.

    A name without letters gives no prefix to sales, while no neighbour goes without one.
    """
    return next(each for each in _possible(store_name) if not _are_taken(each, others))


def with_suggested_prefixes(settings: Settings, store_name: str, others: Sequence[Numbering]) -> Settings:
    """The settings with the prefixes that are suggested to this store."""
    own = suggested_prefixes(store_name, others)
    orders, refunds = replace(settings.orders, prefix=own.sales), replace(settings.refunds, prefix=own.refunds)
    return replace(settings, orders=orders, refunds=refunds)


def with_free_prefixes(settings: Settings, store_name: str, others: Sequence[Numbering]) -> Settings:
    """The settings, which were another store's: with their prefixes where no neighbour has them."""
    if not _are_taken(prefixes_of(settings).values(), others):
        return settings
    return with_suggested_prefixes(settings, store_name, others)


def _are_taken(prefixes: Iterable[str], others: Sequence[Numbering]) -> bool:
    taken = {fold(prefix) for each in others for prefix in each.prefixes}
    return not taken.isdisjoint(map(fold, prefixes))


def _possible(store_name: str) -> Iterator[Prefixes]:
    letters = "".join(each for each in store_name.upper() if each.isascii() and each.isalpha())
    first, rest = letters[:LETTERS], letters[LETTERS:]
    yield _pair(first)
    yield from (_pair(f"{first[:-1]}{each}") for each in rest)
    yield from (_pair(f"{first}{number}") for number in count(2))


def _pair(start: str) -> Prefixes:
    return Prefixes(f"{start}-", f"{start}R-") if start else Prefixes("", "R-")
