"""A stored object: what answers show, what the client meant, and its encoded form."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

from comptoir_sandbox.quickbooks.values import Object

ENCODER = msgspec.json.Encoder(decimal_format="number")


def decode(body: bytes) -> Any:
    """JSON with exact decimals; msgspec.DecodeError for anything else."""
    return _DECODER.decode(body)


_DECODER: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(eq=False, slots=True)
class Record:
    """One object of the company. Never changed in place: an update stores a new record."""

    kind: str
    id: str
    data: Object
    """As answered, except for what `Company.view` adds from the ledger."""
    source: Object
    """The client's own properties in force, in the client's terms: the base of a sparse update."""
    next_line: int = 1
    """The next free line id: ids are never used again (§3)."""
    sequence: int = 0
    """Order of the last change, for the default order of queries."""
    facts: Object = field(default_factory=dict)
    """What the simulator keeps for itself (applied amounts, accounts)."""
    cache: tuple[Any, msgspec.Raw] | None = None
    """The encoded form with the ledger figures it was made for."""
