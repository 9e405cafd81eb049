"""What is held goes on: decided anew at the next run, by its cause, however it was mended."""

from __future__ import annotations

from collections.abc import Collection

from comptoir.books.choices import is_by_hand
from comptoir.books.facts import SourceId
from comptoir.engine.by_hand.choosing import put_up_again
from comptoir.engine.telling.held import orders_of
from comptoir.engine.work import Books
from comptoir.storage.journal import JournalOwner


def let_go_on(books: Books, owner: JournalOwner, causes: Collection[str]) -> dict[SourceId, str]:
    """Have what these causes hold decided anew; answers the numbers of those orders by source id.

    What somebody holds back by hand stays so, unless that is one of the causes.
    """
    orders = orders_of(books, owner, causes)
    chosen = orders_of(books, owner, {each for each in causes if is_by_hand(each)})
    stay = books.choices.all(owner.connection_id).keys() - chosen.keys()
    going = {order: number for order, number in orders.items() if order not in stay}
    put_up_again(books, owner, going)
    return going
