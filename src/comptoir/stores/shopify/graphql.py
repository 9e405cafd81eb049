"""Asking Shopify's Admin GraphQL API 2026-10: tokens, costs and errors, whatever the question (shopify.md §3).

A question is a POST that changes nothing, so the transport may send it again; a change is sent once. Costs are read
from each answer, never assumed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, BinaryIO, Protocol

import msgspec

from comptoir.http.redaction import redact
from comptoir.http.transport import (
    Answer,
    MalformedBody,
    Request,
    Transport,
    Unreachable,
    retry_after_seconds,
    utc_now,
)
from comptoir.stores.shopify.auth import is_safe
from comptoir.stores.shopify.cost import Bucket
from comptoir.stores.shopify.errors import (
    SEARCH_WARNING,
    THROTTLED,
    UNAUTHORIZED_STATUS,
    UNREACHABLE,
    UNREADABLE,
    Circumstances,
    code_of,
    from_graphql,
    from_status,
    from_user_errors,
    is_passing,
    make,
)
from comptoir.stores.shopify.parts import Node

API_VERSION = "2026-10"
OK_STATUS = 200
Send = Callable[[Request], Answer]
"""How a request goes out: as a question, or once as a change."""


class AccessTokens(Protocol):
    """Where the access token comes from: http.oauth.TokenSource."""

    def access_token(self) -> str:
        """A token with life left in it."""
        ...

    def invalidate(self, token: str) -> None:
        """Shopify refused `token`."""
        ...


class ThrottleStatus(msgspec.Struct, frozen=True, rename="camel"):
    """The bucket as an answer tells it, in points."""

    maximum_available: Decimal
    currently_available: Decimal
    restore_rate: Decimal


class Cost(msgspec.Struct, frozen=True, rename="camel"):
    """What a question cost, in points; a refused one may tell less."""

    requested_query_cost: Decimal = Decimal(0)
    throttle_status: ThrottleStatus | None = None


class GraphQLClient:
    """Asks one shop. `requested_cost` and `bucket` are what the last answer told of the limits.

    `calls` counts the questions (not their repetitions); `served_version` is the version that the last answer came
    from. Not for several threads at once: a connection is read by one fetch at a time.
    """

    def __init__(
        self,
        shop: str,
        *,
        transport: Transport,
        tokens: AccessTokens,
        base_url: str = "",
        clock: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.shop = shop
        self.calls = 0
        self.requested_cost = 0
        self.bucket: Bucket | None = None
        self.served_version = API_VERSION
        self._transport = transport
        self._tokens = tokens
        self._url = f"{base_url or f'https://{shop}'}/admin/api/{API_VERSION}/graphql.json"
        self._clock = clock
        self._monotonic = monotonic
        self._sleep = sleep

    def ask(
        self, operation: str, text: str, variables: Mapping[str, object], *, expected_cost: int | None = None
    ) -> Node:
        """The `data` of the answer; raises a HouseError for anything less."""
        self._wait_for_points(expected_cost)
        return self._exchange(operation, text, variables, partial(self._transport.read, should_retry=self._retry_in))

    def change(self, operation: str, text: str, variables: Mapping[str, object]) -> Node:
        """What a mutation answers, sent once; Refused with the reason of its `userErrors` (shopify.md §3.1)."""
        data = self._exchange(operation, text, variables, self._transport.write)
        (payload,) = data.values()
        if not isinstance(payload, dict):
            raise make(UNREADABLE, self.around(), detail=f"{operation}: no payload")
        if payload.get("userErrors"):
            raise from_user_errors(payload["userErrors"], self.around())
        return payload

    def now(self) -> datetime:
        """The time, aware."""
        return self._clock()

    def pause(self, seconds: float) -> None:
        """Wait before asking again."""
        self._sleep(seconds)

    def download(self, url: str, into: BinaryIO) -> bool:
        """Write a result file of Shopify's into `into`; False where there is none any more. No token goes with it.

        The address is signed and may lead to another host; it must be https, or this very machine. Raises RetryLater
        or Unexpected.
        """
        if not is_safe(url):
            raise make(UNREADABLE, self.around(), detail="the address of a result file is neither https nor local")
        try:
            answer = self._transport.download(Request("GET", url, operation="result file"), into)
        except Unreachable as error:
            raise make(UNREACHABLE, self.around(), detail=error.detail) from error
        except MalformedBody as error:
            raise make(UNREADABLE, self.around(), detail=f"result file: {error}") from error
        if answer.status == OK_STATUS:
            return True
        if is_passing(answer.status):
            raise from_status(answer.status, self.around(answer), detail="result file")
        return False

    def _exchange(self, operation: str, text: str, variables: Mapping[str, object], send: Send) -> Node:
        body = msgspec.json.encode({"operationName": operation, "query": text, "variables": variables})
        try:
            answer = self._with_token(operation, body, send)
            return self._data(answer)
        except Unreachable as error:
            raise make(UNREACHABLE, self.around(), detail=error.detail) from error
        except (MalformedBody, msgspec.ValidationError) as error:
            raise make(UNREADABLE, self.around(), detail=redact(f"{operation}: {error}")) from error

    def _wait_for_points(self, cost: int | None) -> None:
        if self.bucket is not None and cost is not None:
            seconds = self.bucket.wait_seconds(cost, now=self._monotonic())
            if seconds:
                self._sleep(seconds)

    def _with_token(self, operation: str, body: bytes, send: Send) -> Answer:
        """The answer; a refused token is replaced once."""
        token = self._tokens.access_token()
        answer = self._send(operation, body, token, send)
        if answer.status != UNAUTHORIZED_STATUS:
            return answer
        self._tokens.invalidate(token)
        return self._send(operation, body, self._tokens.access_token(), send)

    def _send(self, operation: str, body: bytes, token: str, send: Send) -> Answer:
        self.calls += 1
        request = Request(
            method="POST",
            url=self._url,
            headers={
                "content-type": "application/json",
                "accept": "application/json",
                "x-shopify-access-token": token,
            },
            body=body,
            operation=operation,
        )
        return send(request)

    def _retry_in(self, answer: Answer) -> float | None:
        """For the transport: how long to wait before this read is sent again; None to take the answer."""
        if is_passing(answer.status):
            return 0.0
        if answer.status != OK_STATUS or b'"THROTTLED"' not in answer.body:
            return None
        try:
            envelope = answer.json()
        except MalformedBody:
            return None
        return self._throttled_seconds(envelope)

    def _throttled_seconds(self, envelope: object) -> float | None:
        """How long a throttled answer asks to wait; None for any other."""
        if not isinstance(envelope, dict) or THROTTLED not in _codes(envelope):
            return None
        self._note_cost(envelope)
        if self.bucket is None:
            return 0.0
        return self.bucket.wait_seconds(self.requested_cost, now=self._monotonic())

    def _data(self, answer: Answer) -> Node:
        around = self.around(answer)
        if answer.status != OK_STATUS:
            raise from_status(answer.status, around, detail=answer.excerpt())
        envelope = answer.json()
        if not isinstance(envelope, dict):
            raise MalformedBody("the answer is not an object")
        self.served_version = answer.headers.get("x-shopify-api-version", API_VERSION)
        self._note_cost(envelope)
        errors = envelope.get("errors")
        if errors:
            seconds = self._throttled_seconds(envelope)
            raise from_graphql(_as_list(errors), self.around(answer, wait_seconds=seconds or 0.0))
        warnings = [found for search in _searches(envelope) for found in search.get("warnings") or ()]
        if warnings:
            raise make(SEARCH_WARNING, around, detail=redact(str(warnings)), code=str(warnings[0].get("code", "")))
        data = envelope.get("data")
        if not isinstance(data, dict):
            raise MalformedBody("the answer holds neither data nor errors")
        return data

    def _note_cost(self, envelope: Mapping[str, Any]) -> None:
        told = (envelope.get("extensions") or {}).get("cost")
        if not told:
            return
        cost = msgspec.convert(told, Cost)
        status = cost.throttle_status
        self.requested_cost = int(cost.requested_query_cost)
        if status is not None and status.restore_rate > 0:
            self.bucket = Bucket(
                available=status.currently_available,
                maximum=status.maximum_available,
                restore_per_second=status.restore_rate,
                at=self._monotonic(),
            )

    def around(self, answer: Answer | None = None, *, wait_seconds: float = 0.0) -> Circumstances:
        """What is known around an answer, for its error."""
        now = self._clock()
        asked = retry_after_seconds(answer, now=now) if answer else 0.0
        request_id = answer.headers.get("x-request-id", "") if answer else ""
        return Circumstances(shop=self.shop, now=now, request_id=request_id, wait_seconds=max(asked, wait_seconds))


def _as_list(errors: object) -> list[Mapping[str, object]]:
    """The errors of an answer; some faults come as one text instead of a list."""
    found: list[Mapping[str, object]] = []
    if isinstance(errors, list):
        found = [error for error in errors if isinstance(error, dict)]
    return found or [{"message": errors}]


def _codes(envelope: Mapping[str, Any]) -> set[str]:
    return {code_of(error) for error in _as_list(envelope.get("errors"))}


def _searches(envelope: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = (envelope.get("extensions") or {}).get("search") or ()
    return found
