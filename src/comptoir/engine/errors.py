"""The six errors, named by what happens next.

```
HouseError
├── RetryLater     the platform is busy or out of reach: the engine tries again
├── Reconnect      the authorization ended: a person signs in again
├── NeedsMapping   a choice is missing in the settings
├── Refused        the platform says no to this record
├── Conflict       the record changed, or its name or number is taken
└── Unexpected     an undocumented answer, or a fault of ours
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from comptoir.books.problems import Message, ToldError

if TYPE_CHECKING:
    from datetime import datetime


class HouseError(ToldError):
    """An error that the engine knows how to go on from.

    `message` is for the user; `detail` for the log (no secrets); `code` and `request_id` are the platform's own.
    """

    next_step: ClassVar[str]

    def __init__(self, message: Message, *, detail: str = "", code: str = "", request_id: str = "") -> None:
        super().__init__(message)
        self.detail = detail
        self.code = code
        self.request_id = request_id


class RetryLater(HouseError):  # noqa: N818 - named by what happens next, as all six are
    """Busy, limited or out of reach. `not_before` where the platform says when (aware, UTC)."""

    next_step = "retry_later"

    def __init__(
        self,
        message: Message,
        *,
        not_before: datetime | None = None,
        detail: str = "",
        code: str = "",
        request_id: str = "",
    ) -> None:
        super().__init__(message, detail=detail, code=code, request_id=request_id)
        self.not_before = not_before


class Reconnect(HouseError):  # noqa: N818
    """The authorization was refused, revoked or ended."""

    next_step = "reconnect"


class NeedsMapping(HouseError):  # noqa: N818
    """A choice is missing. `what` names it, `where` says in which setting."""

    next_step = "needs_mapping"

    def __init__(self, message: Message, *, what: str, where: str, detail: str = "") -> None:
        super().__init__(message, detail=detail)
        self.what = what
        self.where = where


class Refused(HouseError):  # noqa: N818
    """The platform refused this record for a stated reason; sending it again unchanged would fail again."""

    next_step = "refused"


class Conflict(HouseError):  # noqa: N818
    """A stale version, or a name or number that is taken. `current` is the holder's id where it is told."""

    next_step = "conflict"

    def __init__(
        self,
        message: Message,
        *,
        current: str = "",
        detail: str = "",
        code: str = "",
        request_id: str = "",
    ) -> None:
        super().__init__(message, detail=detail, code=code, request_id=request_id)
        self.current = current


class Unexpected(HouseError):  # noqa: N818
    """An answer that no reference describes, or a fault of ours."""

    next_step = "unexpected"
