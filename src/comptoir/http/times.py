"""PURE: times in answers and notices."""

from __future__ import annotations

from datetime import datetime


def aware_time(text: object) -> datetime | None:
    """The time that `text` tells in ISO 8601; None where it is absent, unreadable or without an offset."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
