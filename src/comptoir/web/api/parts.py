"""What the routes of the API share: their places in an address, bodies, the language of whoever asks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field, model_validator

from comptoir.engine.telling.shapes.common import Say
from comptoir.web.api.once import OnceRoute
from comptoir.web.api.trouble import say_to
from comptoir.web.doing import Doing

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

    @model_validator(mode="before")
    @classmethod
    def _text(cls, values: Any) -> Any:
        """Refuse what no text holds: nothing could keep it."""
        if not is_text(values):
            raise ValueError("it holds half a character, or one that no text holds")
        return values


UNFIT = re.compile("[\x00\ud800-\udfff]")
"""An escape of JSON can name U+0000, which databases do not keep, or one half of a pair alone."""


def is_text(values: Any) -> bool:
    """Whether everything in JSON that is text can be kept as such."""
    waiting = [values]
    while waiting:
        found = waiting.pop()
        if isinstance(found, str) and UNFIT.search(found):
            return False
        if isinstance(found, dict):
            waiting += [*found, *found.values()]
        elif isinstance(found, list):
            waiting += found
    return True


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


@dataclass(frozen=True, slots=True)
class ProgressShape:
    """What a store's run does now; `total` and `seconds_left` are None while they are not known."""

    doing: str
    done: int
    total: int | None
    seconds_left: int | None


def progress_shape(doing: Doing, connection_id: int) -> ProgressShape | None:
    """What a store's run does now; None where nothing goes on in this process."""
    going = doing.progress(connection_id)
    return ProgressShape(going.what, going.done, going.total, going.seconds_left) if going is not None else None
