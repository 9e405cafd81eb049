"""What the routes of the API share: their places in an address, bodies, the language of whoever asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from comptoir.engine.telling.shapes.common import Say
from comptoir.web.api.once import OnceRoute
from comptoir.web.api.trouble import say_to

LONGEST_REASON = 1000

Source = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]+$")]
"""A store's own id of an order in an address."""
Saying = Annotated[Say, Depends(say_to)]


def api_router() -> APIRouter:
    """A router whose writes heed Idempotency-Key."""
    return APIRouter(route_class=OnceRoute)


class Body(BaseModel):
    """A body: what it does not know is a mistake, not passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Reason(Body):
    """Why, in the user's own words; it is shown with the order."""

    reason: str = Field("", max_length=LONGEST_REASON)


@dataclass(frozen=True, slots=True)
class StartedShape:
    """What was asked for and begins now. `started` is False where the same store is at work already: it is followed.

    Look at the connection: its `last_run` is this run once it began.
    """

    connection: int
    trigger: str
    started: bool
