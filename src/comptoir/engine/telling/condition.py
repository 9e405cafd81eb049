"""How a connection stands, from what its latest test found; runs note there when a sign-in has ended."""

from __future__ import annotations

from enum import StrEnum

from comptoir.storage.connections import ConnectionRecord


class Condition(StrEnum):
    """What may be said of a connection."""

    WORKS = "works"
    UNTESTED = "untested"
    STOPPED = "stopped"
    SIGNED_OUT = "signed out"
    DISCONNECTED = "disconnected"


def condition_of(record: ConnectionRecord) -> Condition:
    """The first of these that is so."""
    standing = record.standing
    if record.disconnected_at is not None:
        return Condition.DISCONNECTED
    if standing is None:
        return Condition.UNTESTED
    if standing.signed_out:
        return Condition.SIGNED_OUT
    return Condition.WORKS if standing.stop is None else Condition.STOPPED
