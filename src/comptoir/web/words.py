"""What pages call things: the engine's words, and a colour for each state. Everything here is a message or a class."""

from __future__ import annotations

from collections.abc import Mapping

from comptoir.books.documents import Kind
from comptoir.books.problems import Message
from comptoir.engine.by_hand.fate import Fate
from comptoir.engine.by_hand.taking_out import What
from comptoir.engine.setup.remedies import Place, remedy_in_plain_words, remedy_of
from comptoir.engine.telling.condition import Condition
from comptoir.engine.telling.overview import Health
from comptoir.engine.telling.report import RULE_WORDS
from comptoir.engine.telling.words import (
    KINDS,
    ONE_AND_MANY,
    RULES,
    RUN_WORDS,
    STATE_WORDS,
    STEPS,
    document_name,
    event_words,
)
from comptoir.storage.people.users import Role
from comptoir.storage.postings import State
from comptoir.storage.runs import RunState

FATES: Mapping[Fate, tuple[Message, str]] = {
    Fate.POSTED: (Message("In the books"), "badge-success"),
    Fate.HELD: (Message("Needs you"), "badge-warning"),
    Fate.ON_THEIR_WAY: (Message("On its way"), "badge-info"),
    Fate.LEFT_OUT: (Message("Left out"), "badge-neutral"),
    Fate.TAKEN_OUT: (Message("Taken out"), "badge-neutral"),
}
CHANGED = (Message("Changed in the books"), "badge-error")

HEALTHS: Mapping[Health, tuple[Message, str]] = {
    Health.NO_COMPANY: (Message("No company connected"), "badge-warning"),
    Health.NO_SETTINGS: (Message("Settings missing"), "badge-warning"),
    Health.NEVER_RUN: (Message("Ready for its first sync"), "badge-info"),
    Health.RUNNING: (Message("At work"), "badge-info"),
    Health.FAILED: (Message("The last sync stopped"), "badge-error"),
    Health.DIFFERS: (Message("Something differs"), "badge-error"),
    Health.HELD: (Message("Something to fix"), "badge-warning"),
    Health.WELL: (Message("All is well"), "badge-success"),
}

CONDITIONS: Mapping[Condition, tuple[Message, str]] = {
    Condition.WORKS: (Message("Works"), "badge-success"),
    Condition.UNTESTED: (Message("Not tested yet"), "badge-info"),
    Condition.STOPPED: (Message("Does not answer"), "badge-warning"),
    Condition.SIGNED_OUT: (Message("Sign-in ended"), "badge-error"),
    Condition.DISCONNECTED: (Message("Disconnected"), "badge-neutral"),
}

RUN_STATES: Mapping[RunState, tuple[Message, str]] = {
    RunState.RUNNING: (RUN_WORDS[RunState.RUNNING], "badge-info"),
    RunState.FINISHED: (RUN_WORDS[RunState.FINISHED], "badge-success"),
    RunState.FAILED: (RUN_WORDS[RunState.FAILED], "badge-error"),
}

TRIGGERS: Mapping[str, Message] = {
    "by hand": Message("By hand"),
    "retry": Message("Retry"),
    "undo": Message("Undo"),
    "repost": Message("Posted again"),
    "proof": Message("Proved again"),
    "accept": Message("Kept as the books have it"),
    "preview": Message("Preview"),
    "rehearsal": Message("Rehearsal"),
    "schedule": Message("By the schedule"),
    "look": Message("Read for the set-up"),
    "try out": Message("Dry run of the set-up"),
}

ROLES: Mapping[Role, tuple[Message, Message]] = {
    Role.OWNER: (Message("Owner"), Message("Does everything, and decides who belongs here.")),
    Role.ACCOUNTANT: (Message("Accountant"), Message("Syncs, fixes and undoes; invites nobody.")),
    Role.VIEWER: (Message("Viewer"), Message("Looks at everything and changes nothing.")),
}

THEMES: Mapping[str, Message] = {
    "auto": Message("As my device"),
    "day": Message("Light"),
    "night": Message("Dark"),
}

PLACES: Mapping[Place, Message] = {
    Place.SETTINGS: Message("In your settings"),
    Place.STORE: Message("In the store"),
    Place.COMPANY: Message("In the company"),
    Place.BY_HAND: Message("By hand"),
    Place.HERE: Message("Up to you"),
    Place.TIME: Message("Nothing to do"),
}
"""Where a problem is mended."""

CHECKS: Mapping[str, Message] = {
    "data directory": Message("Data directory"),
    "disk": Message("Disk"),
    "key file": Message("Key file"),
    "database": Message("Database"),
    "connection": Message("Connection"),
    "sign-in": Message("Sign-in"),
    "reads": Message("Monthly allowance"),
    "clock": Message("Clock"),
    "mail": Message("E-mail"),
    "schedule": Message("Automatic synchronization"),
    "runs": Message("Runs"),
    "held": Message("Held records"),
    "documents": Message("Documents"),
    "books": Message("The books"),
    "settings": Message("Settings"),
    "orders": Message("Newest orders"),
    "products": Message("Products"),
    "planned documents": Message("Planned documents"),
}
"""What the doctor looks at."""

TRIED: Mapping[str, tuple[Message, Message]] = {
    "SalesReceipt": (Message("sales receipt"), Message("sales receipts")),
    "Invoice": (Message("invoice"), Message("invoices")),
    "Payment": (Message("payment"), Message("payments")),
    "CreditMemo": (Message("credit memo"), Message("credit memos")),
    "RefundReceipt": (Message("refund receipt"), Message("refund receipts")),
    "Purchase": (Message("expense"), Message("expenses")),
    "CreditApplied": (Message("credit applied"), Message("credits applied")),
    "JournalEntry": (Message("journal entry"), Message("journal entries")),
    "Customer": (Message("new customer"), Message("new customers")),
    "Item": (Message("new item"), Message("new items")),
    "Amendment": (Message("sale to write anew"), Message("sales to write anew")),
    "Void": (Message("invoice to void"), Message("invoices to void")),
}
"""What a dry run would post, by its forms: one, and several."""

STATES: Mapping[State, str] = {
    State.HELD: "badge-warning",
    State.POSTED: "badge-success",
    State.ADOPTED: "badge-success",
    State.CHANGED: "badge-error",
    State.GONE: "badge-error",
}

ACTIONS: Mapping[str, Message] = {
    "installation taken": Message("Took the installation"),
    "profile changed": Message("Changed the profile"),
    "password changed": Message("Changed the password"),
    "password link made": Message("Asked for a new password"),
    "two-factor codes on": Message("Turned two-factor codes on"),
    "two-factor codes off": Message("Turned two-factor codes off"),
    "recovery code used": Message("Signed in with a recovery code"),
    "recovery codes made": Message("Made new recovery codes"),
    "invited": Message("Invited"),
    "invitation taken back": Message("Took an invitation back"),
    "joined": Message("Joined"),
    "role changed": Message("Changed a role"),
    "removed": Message("Removed a member"),
    "organization made": Message("Made the organization"),
    "demo begun": Message("Began a demo"),
    "demo removed": Message("Removed a demo"),
    "organization renamed": Message("Renamed the organization"),
    "settings": Message("Changed the settings"),
    "connected": Message("Made a connection"),
    "sign-in begun": Message("Began a sign-in that somebody finishes"),
    "signed in again": Message("Renewed a sign-in"),
    "disconnected": Message("Ended a connection"),
    "company chosen": Message("Chose the company"),
    "sync": Message("Started a sync"),
    "proved": Message("Proved a store anew"),
    "retry": Message("Retried"),
    "hold": Message("Held back"),
    "skip": Message("Left out"),
    "accept": Message("Kept as the books have it"),
    "undo": Message("Undid"),
    "repost": Message("Posted again"),
    "looked for the set-up": Message("Read a store for its set-up"),
    "set-up filled in": Message("Began a set-up with other settings"),
    "set-up saved": Message("Filled in a step of the set-up"),
    "set-up thrown away": Message("Threw a set-up away"),
    "set-up tried out": Message("Tried a set-up out"),
    "settings in force": Message("Put settings in force"),
    "switched on": Message("Switched automatic synchronization on"),
    "account made": Message("Made an account in the books"),
    "tax code made": Message("Made a tax code in the books"),
    "privacy asked": Message("Asked about a person's data"),
    "privacy answered": Message("Told a person what is kept of them"),
    "person forgotten": Message("Forgot the person of an order"),
    "everybody forgotten": Message("Forgot everybody of a store"),
    "app taken off": Message("Took the app off the store"),
    "token made": Message("Made a token for a program"),
    "token ended": Message("Ended a token of a program"),
    "switched off": Message("Switched automatic synchronization off"),
}


def device_name(said: str) -> str:
    """What a browser is, in short, from what it says of itself; a long story is worth nothing to its reader."""
    browser = next((name for mark, name in BROWSERS if mark in said), "")
    system = next((name for mark, name in SYSTEMS if mark in said), "")
    return " · ".join(filter(None, (browser, system))) or said[:40]


BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac", "Mac"),
    ("Linux", "Linux"),
)


def action_words(action: str) -> Message:
    """A change of the trail; its short name for one that has no words."""
    return ACTIONS.get(action) or Message("{action}", {"action": action})


def counted(kinds: Mapping[Kind, int]) -> list[tuple[int, Message]]:
    """How many of each kind, with the word for so many."""
    return [(kinds[kind], words[kinds[kind] > 1]) for kind, words in ONE_AND_MANY.items() if kinds.get(kind)]


def rule_words(rule: str) -> Message:
    """A rule that leaves records out; its short name for one that has no words."""
    return RULE_WORDS.get(rule) or Message("{rule}", {"rule": rule})


WHATS: Mapping[What, Message] = {
    What.ORDER: Message("An order"),
    What.RUN: Message("Everything that a run posted"),
    What.DAY: Message("Everything dated by a day"),
    What.TAX: Message("Everything with a tax of the store"),
    What.METHOD: Message("All money of a payment method of the store"),
    What.TAX_CODE: Message("Everything with a tax code of the company"),
    What.ACCOUNT: Message("Everything with an account of the company"),
    What.ITEM: Message("Everything with a product or service of the company"),
    What.CUSTOMER: Message("Everything of a customer of the company"),
}
"""What may be taken out of the books."""

WORDS = {
    "whats": WHATS,
    "fates": FATES,
    "changed": CHANGED,
    "healths": HEALTHS,
    "steps": STEPS,
    "conditions": CONDITIONS,
    "run_states": RUN_STATES,
    "triggers": TRIGGERS,
    "roles": ROLES,
    "themes": THEMES,
    "kinds": KINDS,
    "states": STATES,
    "state": STATE_WORDS,
    "rule": rule_words,
    "rules": RULES,
    "document": document_name,
    "action": action_words,
    "event": event_words,
    "device": device_name,
    "counted": counted,
    "remedy": remedy_in_plain_words,
    "remedy_of": remedy_of,
    "places": PLACES,
    "checks": CHECKS,
    "tried": TRIED,
}
"""For templates."""
