"""What platforms deliver to their doors, as values: each connector reads its own platform's deliveries into these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from comptoir.engine.privacy import PrivacyAsk
from comptoir.engine.service.hints import Touched

UNAUTHORIZED, BAD_REQUEST = 401, 400


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came. `headers`: their names in small letters; `body`: byte for byte, for that is what is signed."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Addressed:
    """Whose a delivery says it is. `is_believed`: its signature vouches for all of it, whoever is connected here.

    Where not, each connection's own secret tells whether it is that account's.
    """

    accounts: tuple[str, ...]
    is_believed: bool


@dataclass(frozen=True, slots=True)
class NotHeeded:
    """A delivery that is not used, and the HTTP status to answer with."""

    status: int


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that a delivery tells of an account. `key`: the same where it is told again.

    `touched`: a record of a company. `ask`: what somebody wants of their data. `is_end`: the account was taken from us.
    """

    key: str
    topic: str
    touched: Touched | None = None
    ask: PrivacyAsk | None = None
    is_end: bool = False
