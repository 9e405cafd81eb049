"""What the settings name in the company's lists: an item for what is no product, the one customer for everybody.

The name is part of the key, so that the settings as they are now decide: named otherwise it is another record, named
as before the same again, and what was posted keeps to the one that it has.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from comptoir.books.company import fold
from comptoir.books.context import Context, Link
from comptoir.books.documents import LedgerId, PostingKey
from comptoir.books.facts import SourceId

NAME_IN_KEY = 100
"""Characters of a name that its key holds: all of a name that a ledger accepts."""


def key_of_name(plain: PostingKey, spellings: Collection[str], context: Context) -> PostingKey:
    """The key of the record that the settings name; the first of its `spellings` is the name itself.

    Postings from before names were part of keys bear the `plain` one: it stays what it is for the name it was given,
    and is passed over for any other.
    """
    name, *_ = wanted = [fold(each) for each in spellings]
    link = context.linked.get(plain)
    if link is not None and fold(link.name) in wanted:
        return plain
    return replace(plain, source_id=SourceId(f"{plain.source_id}:{name[:NAME_IN_KEY]}"))


def is_passed_over(link: Link, named: Collection[LedgerId]) -> bool:
    """Whether the company's active records of the name (`named`) are others than the one that was made for it."""
    return link.record is not None and bool(named) and link.record not in named
