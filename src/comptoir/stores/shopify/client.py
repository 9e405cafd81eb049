"""The Admin GraphQL API 2026-10: one method a question, in Shopify's words; limits and errors handled here.

A question is a POST that changes nothing, so the transport may send it again. Costs are read from each answer
(shopify.md §3.2), never assumed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

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
from comptoir.stores.shopify.cost import Bucket
from comptoir.stores.shopify.errors import (
    RETRIED_STATUSES,
    SEARCH_WARNING,
    THROTTLED,
    UNAUTHORIZED_STATUS,
    UNREACHABLE,
    UNREADABLE,
    Circumstances,
    code_of,
    from_graphql,
    from_status,
    make,
)
from comptoir.stores.shopify.parts import Node, Open, question
from comptoir.stores.shopify.queries import document

API_VERSION = "2026-10"
OK_STATUS = 200


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


class ShopifyClient:
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

    def shop_and_scopes(self) -> Node:
        """The shop's name, domain, currency and zone, and the access scopes that the app was given."""
        return self._ask("Shop", document("shop"), {})

    def orders(self, *, first: int, after: str | None, query: str, parts: Mapping[str, bool], cost: int) -> Node:
        """A page of orders by last change: `{pageInfo, nodes}`.

        `parts` says which parts with a scope of their own to ask for (store.OPTIONAL_PARTS); `cost` is what the page
        is expected to request.
        """
        variables = {"first": first, "after": after, "query": query, **parts}
        found: Node = self._ask("Orders", document("orders"), variables, expected_cost=cost)["orders"]
        return found

    def orders_count(self, query: str) -> int | None:
        """How many orders match; None when Shopify only knows a lower bound."""
        count = self._ask("OrdersCount", document("orders_count"), {"query": query})["ordersCount"]
        return int(count["count"]) if count and count["precision"] == "EXACT" else None

    def continue_parts(self, parts: Sequence[Open]) -> None:
        """Ask for the next page of each of `parts` and add it where it belongs."""
        text, variables = question(parts)
        data = self._ask("Rest", text, variables)
        for at, part in enumerate(parts):
            owner = data[f"p{at}"]
            if owner is None:
                raise make(
                    UNREADABLE,
                    self._around(),
                    detail=f"{part.kind.root} {part.owner['id']} disappeared while its {part.kind.field} were read",
                )
            part.append(owner[part.kind.field])

    def _ask(
        self, operation: str, text: str, variables: Mapping[str, object], *, expected_cost: int | None = None
    ) -> Node:
        """The `data` of the answer; raises a HouseError for anything less."""
        body = msgspec.json.encode({"operationName": operation, "query": text, "variables": variables})
        self._wait_for_points(expected_cost)
        try:
            answer = self._with_token(operation, body)
            return self._data(answer)
        except Unreachable as error:
            raise make(UNREACHABLE, self._around(), detail=error.detail) from error
        except (MalformedBody, msgspec.ValidationError) as error:
            raise make(UNREADABLE, self._around(), detail=redact(f"{operation}: {error}")) from error

    def _wait_for_points(self, cost: int | None) -> None:
        if self.bucket is not None and cost is not None:
            seconds = self.bucket.wait_seconds(cost, now=self._monotonic())
            if seconds:
                self._sleep(seconds)

    def _with_token(self, operation: str, body: bytes) -> Answer:
        """The answer; a refused token is replaced once."""
        token = self._tokens.access_token()
        answer = self._send(operation, body, token)
        if answer.status != UNAUTHORIZED_STATUS:
            return answer
        self._tokens.invalidate(token)
        return self._send(operation, body, self._tokens.access_token())

    def _send(self, operation: str, body: bytes, token: str) -> Answer:
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
        return self._transport.read(request, should_retry=self._seconds_before_retry)

    def _seconds_before_retry(self, answer: Answer) -> float | None:
        """For the transport: how long to wait before this read is sent again; None to take the answer."""
        if answer.status in RETRIED_STATUSES:
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
        around = self._around(answer)
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
            raise from_graphql(_as_list(errors), self._around(answer, wait_seconds=seconds or 0.0))
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

    def _around(self, answer: Answer | None = None, *, wait_seconds: float = 0.0) -> Circumstances:
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
