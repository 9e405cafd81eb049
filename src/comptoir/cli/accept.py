"""`comptoir accept ORDER`: what somebody changed or deleted in the books is right as it is."""

from __future__ import annotations

import json

from comptoir.books.problems import Message
from comptoir.cli.choices import OrderArgument, facts_of
from comptoir.cli.common import HomeOption, JsonOption, StoreOption, chosen_store, console, say
from comptoir.cli.documents import title
from comptoir.cli.errors import CommandError, reported
from comptoir.cli.speech import labelled, text
from comptoir.engine.by_hand.accepting import to_accept
from comptoir.engine.by_hand.choosing import postings_of
from comptoir.engine.road import accept_the_books
from comptoir.engine.sync import errand
from comptoir.engine.telling.shapes.documents import documents_told
from comptoir.storage.runs import ACCEPT
from comptoir.wiring import open_app


@reported
def accept(order: OrderArgument, store: StoreOption = "", home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Keep an order's documents as the books have them, where somebody changed or deleted them there.

    To have the store's version instead, delete the document in the books, and then: comptoir retry ORDER
    """
    with open_app(home, may_share=True) as app_:
        record = chosen_store(app_, store)
        found = facts_of(app_, record, order)
        number = found[0].number
        if not to_accept(app_.books, app_.owner(record), number):
            raise CommandError(
                Message(
                    "Nothing of order {number} was changed or deleted in the books, as far as is known.",
                    {"number": number},
                )
            )
        with errand(app_.books, record, ACCEPT, app_.work) as work:
            strayed = accept_the_books(work, number, alone=app_.alone)
        ids = {row.id for row in strayed}
        rows = postings_of(app_.books, app_.owner(record), {fact.source_id for fact in found})
        kept = [row for row in rows if row.id in ids]
    console.print(text("Order {number} is kept as the books have it:", number=number))
    for row in kept:
        say("  •", title(row) if row.ledger_id else labelled(title(row), text("stays out of the books")))
    if as_json:
        print(json.dumps({"order": number, "kept": documents_told(kept)}))
