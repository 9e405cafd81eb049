"""What people ask of their data, heeded: told what is kept of them, or forgotten; from the pages or the API alike."""

from __future__ import annotations

import uuid
from typing import Any

from comptoir.books.facts import SourceId
from comptoir.engine.privacy import PrivacyAsk, PrivacyKind, collected
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.privacy import PrivacyRequest
from comptoir.web.acting import Hand
from comptoir.web.guard import NotFoundError
from comptoir.web.scope import AtDesk


def question_of(desk: AtDesk, request_id: int) -> PrivacyRequest:
    """Somebody's question what is kept of them; NotFoundError where the organization has no such one."""
    found = desk.app.privacy.find(desk.app.organization_id, request_id)
    if found is None or found.kind != PrivacyKind.TELL.value:
        raise NotFoundError
    return found


def kept_of(desk: AtDesk, found: PrivacyRequest) -> Any:
    """Everything that is kept of the person who asks, as JSON has it."""
    record = desk.app.books.connections.get(found.connection_id)
    return collected(desk.app.books, record, PrivacyAsk(PrivacyKind.TELL, found.orders, found.person))


def answered(hand: Hand, found: PrivacyRequest) -> None:
    """The person was told: who it was is forgotten here."""
    with hand.app.books.database.write() as connection:
        hand.app.privacy.done(connection, found.id, len(found.orders))
    hand.note("privacy answered", str(found.id))


def forget_order(hand: Hand, record: ConnectionRecord, order: str) -> bool:
    """Forget the person of one order; False where none of this number was read from the store."""
    number = order.strip().lstrip("#")
    facts = hand.app.books.facts.find(hand.app.organization_id, number, record.id) if number.isprintable() else []
    if not facts:
        return False
    _ask(hand, record, PrivacyKind.FORGET, tuple(each.source_id for each in facts))
    hand.note("person forgotten", number)
    return True


def forget_everybody(hand: Hand, record: ConnectionRecord, confirmed: str) -> bool:
    """Forget everybody of a store, as its title given once more confirms; False where it does not."""
    if confirmed.strip() != record.title:
        return False
    _ask(hand, record, PrivacyKind.FORGET_ALL, ())
    hand.note("everybody forgotten", record.title)
    return True


def _ask(hand: Hand, record: ConnectionRecord, kind: PrivacyKind, orders: tuple[SourceId, ...]) -> None:
    """A request by hand goes the same way as a platform's."""
    with hand.app.books.database.write() as connection:
        hand.app.privacy.add(connection, record, f"by hand {uuid.uuid4()}", kind.value, orders, {})
    hand.app.act_on_privacy()
