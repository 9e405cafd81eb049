"""TABLE: what Shopify answers, as one of the six errors (shopify.md §3.1, §3.2).

A GraphQL error comes with HTTP 200 and a code; everything else is told by the HTTP status. What is in no table is
Unexpected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from comptoir.books.problems import Message
from comptoir.engine.errors import HouseError, Reconnect, Refused, RetryLater, Unexpected

MAX_COST_EXCEEDED = "MAX_COST_EXCEEDED"
THROTTLED = "THROTTLED"
UNAUTHORIZED_STATUS = 401
TOO_MANY_STATUS = 429
SERVER_FAULT_STATUS = 500
"""From here on every status is a fault of the server."""

BLOCKED_WAIT_SECONDS = 3600
"""How long to leave a shop alone that a person must open again (frozen, locked, security rejection)."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the error's class, the sentence for the user, and how long to wait when Shopify does not say."""

    error: type[HouseError]
    template: str
    wait_seconds: int = 0


_BUSY = Row(RetryLater, "Shopify is busy. Comptoir tries again by itself; nothing is lost.")
_DOWN = Row(RetryLater, "Shopify has a fault of its own just now. Comptoir tries again by itself; nothing is lost.")
_FROZEN = Row(
    RetryLater,
    "Shopify says that {shop} is paused or frozen. Open the shop's plan page in Shopify, settle what it asks for, and "
    "Comptoir goes on within the hour.",
    BLOCKED_WAIT_SECONDS,
)
_DENIED = Row(
    Reconnect,
    "The app in {shop} may not read something that Comptoir needs{needs}. In Shopify, add this access to the app, "
    "release it, install it again in the shop, then connect again.",
)
_OURS = Row(
    Unexpected,
    "Shopify did not understand a question of Comptoir's. Nothing was changed. Please update Comptoir; if it stays, "
    "report it with the details from the log.",
)
_NOT_DONE = "{shop} did not do what it was asked to. Shopify says: {said}"
_UNKNOWN_RECORD = Row(
    Refused, "Shopify no longer knows a record that it named a moment ago. Sync again; if it stays, report it."
)

GRAPHQL_CODES: Mapping[str, Row] = {
    THROTTLED: _BUSY,
    "ACCESS_DENIED": _DENIED,
    "SHOP_INACTIVE": _FROZEN,
    "INTERNAL_SERVER_ERROR": _DOWN,
    "RESOURCE_NOT_FOUND": _UNKNOWN_RECORD,
    "NOT_FOUND": _UNKNOWN_RECORD,
    MAX_COST_EXCEEDED: _OURS,
    "MAX_INPUT_SIZE_EXCEEDED": _OURS,
    "BAD_REQUEST": _OURS,
    "INVALID_VARIABLE": _OURS,
    "INVALID_FIELD_ARGUMENTS": _OURS,
    "PARSE_ERROR": _OURS,
    "argumentLiteralsIncompatible": _OURS,
    "argumentNotAccepted": _OURS,
    "missingRequiredArguments": _OURS,
    "missingRequiredInputObjectAttribute": _OURS,
    "selectionMismatch": _OURS,
    "undefinedDirective": _OURS,
    "undefinedField": _OURS,
    "undefinedType": _OURS,
    "variableNotUsed": _OURS,
}

HTTP_STATUSES: Mapping[int, Row] = {
    401: Row(
        Reconnect,
        "Shopify no longer accepts the access that was given for {shop}. Check that the app is still installed there "
        "and that its secret was not changed, then connect again.",
    ),
    402: _FROZEN,
    403: Row(
        Reconnect,
        "Shopify does not let the app into {shop}. Check that the app is installed there, then connect again.",
    ),
    404: Row(
        Reconnect,
        "Shopify has no shop at {shop}. Check the name (Settings, Domains, the one that ends in .myshopify.com), then "
        "connect again.",
    ),
    406: _OURS,
    423: _FROZEN,
    TOO_MANY_STATUS: _BUSY,
    430: Row(
        RetryLater,
        "Shopify's security turned Comptoir away from {shop} for now. Comptoir tries again in an hour; if it stays, "
        "ask Shopify's support about your server's address.",
        BLOCKED_WAIT_SECONDS,
    ),
}
"""What is in no row and below SERVER_FAULT_STATUS is undocumented."""

UNREACHABLE = Row(
    RetryLater,
    "{shop} cannot be reached just now. Comptoir tries again by itself; if it stays, check this computer's connection.",
)
UNREADABLE = Row(
    Unexpected,
    "Shopify answered with something that Comptoir cannot read. Nothing was changed. Sync again; if it stays, report "
    "it with the details from the log.",
)
SEARCH_WARNING = Row(
    Unexpected,
    "Shopify ignored a part of a search of Comptoir's, so its answer cannot be trusted and was not used. Please update "
    "Comptoir; if it stays, report it with the details from the log.",
)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known around an answer: the shop, the time (aware, UTC), the request, what Shopify asks to wait."""

    shop: str
    now: datetime
    request_id: str = ""
    wait_seconds: float = 0.0


def from_graphql(errors: Sequence[Mapping[str, object]], around: Circumstances) -> HouseError:
    """The first error that the table knows, else the first; all of them in the detail."""
    codes = [code_of(error) for error in errors]
    at = next((place for place, code in enumerate(codes) if code in GRAPHQL_CODES), 0)
    detail = "; ".join(f"{code}: {error.get('message')}" for code, error in zip(codes, errors, strict=True))
    needs = _required_access(errors[at])
    row = GRAPHQL_CODES.get(codes[at], UNREADABLE)
    return make(row, around, detail=detail, code=codes[at], needs=needs)


def from_user_errors(errors: Sequence[Mapping[str, object]], around: Circumstances) -> HouseError:
    """What a mutation was refused for, in Shopify's own words."""
    said = "; ".join(str(error.get("message")) for error in errors)
    code = str(errors[0].get("code") or "")
    return Refused(Message(_NOT_DONE, {"shop": around.shop, "said": said}), detail=str(list(errors)), code=code)


def is_passing(status: int) -> bool:
    """Whether the same read may succeed a moment later."""
    return status == TOO_MANY_STATUS or status >= SERVER_FAULT_STATUS


def from_status(status: int, around: Circumstances, *, detail: str) -> HouseError:
    """The error of an HTTP status other than 200."""
    otherwise = _DOWN if status >= SERVER_FAULT_STATUS else UNREADABLE
    return make(HTTP_STATUSES.get(status, otherwise), around, detail=f"HTTP {status}: {detail}", code=str(status))


def make(row: Row, around: Circumstances, *, detail: str, code: str = "", needs: str = "") -> HouseError:
    """The error that a row describes."""
    message = Message(row.template, {"shop": around.shop, "needs": needs})
    wait = max(around.wait_seconds, row.wait_seconds)
    if row.error is RetryLater:
        not_before = around.now + timedelta(seconds=wait) if wait else None
        return RetryLater(message, not_before=not_before, detail=detail, code=code, request_id=around.request_id)
    return row.error(message, detail=detail, code=code, request_id=around.request_id)


def code_of(error: Mapping[str, object]) -> str:
    """The code of a GraphQL error; "" where it has none."""
    extensions = error.get("extensions")
    return str(extensions.get("code", "")) if isinstance(extensions, Mapping) else ""


def _required_access(error: Mapping[str, object]) -> str:
    """The scopes that Shopify names, as an insertion into the sentence."""
    extensions = error.get("extensions")
    named = extensions.get("requiredAccess") if isinstance(extensions, Mapping) else None
    return f" (Shopify asks for: {named})" if named else ""
