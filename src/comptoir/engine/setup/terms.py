"""The terms of use of automatic synchronization, where they are accepted (C5); `docs/terms.md` says the same."""

from __future__ import annotations

from comptoir.books.problems import Message

TERMS: tuple[tuple[Message, Message], ...] = (
    (
        Message("What you switch on."),
        Message(
            "At the times of the schedule Comptoir reads your store and writes documents into your books: items and "
            "customers where they are missing, sales, payments, refunds, and updates of its own documents, as your "
            "settings say. Nobody looks at them before they are written. What was written can be seen run by run and "
            "order by order, and taken out again by an undo."
        ),
    ),
    (
        Message("What stays yours."),
        Message(
            "Your settings, your tax codes and accounts, and the books that come of them. Look at a preview first, "
            "look at the proof of the runs, and at what is held. Comptoir gives no tax or accounting advice."
        ),
    ),
    (
        Message("Who may."),
        Message(
            "You are entitled to connect this store and this company, and to let software of yours read and write "
            "there. The terms of the platforms hold beside these, with their limits on use."
        ),
    ),
    (
        Message("Where the data is."),
        Message(
            "On the machine on which you run Comptoir, and at the platforms. It is sent to nobody else. Buyers' "
            "personal data in the store's records is kept as the how-to on backups says; you answer for it to your "
            "buyers."
        ),
    ),
    (
        Message("No warranty."),
        Message("The software is provided as it is, as sections 7 and 8 of the licence say."),
    ),
    (
        Message("Ending."),
        Message(
            "Switching the schedule off ends it at once. A new version of these terms is accepted anew before a "
            "schedule is next switched on."
        ),
    ),
)
