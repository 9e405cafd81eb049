"""QuickBooks Online's endpoints in its own words, one method each (quickbooks-online.md §§2-5, 20).

Reads raise a house error. `batch` alone hands its answer over, since what an answer to a write means is decided by
`ledger`.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NewType, TypeVar

from comptoir.books.problems import Message
from comptoir.engine.errors import HouseError, Reconnect, RetryLater, Unexpected
from comptoir.http.oauth import TokenSource
from comptoir.http.times import aware_time
from comptoir.http.transport import Answer, MalformedBody, Request, Transport, Unreachable, utc_now
from comptoir.ledgers.quickbooks import wire
from comptoir.ledgers.quickbooks.errors import ODD, error_of, house_error, members, shaped, tid
from comptoir.ledgers.quickbooks.limits import Limits
from comptoir.ledgers.quickbooks.query import PAGE_ROWS, select


class Report(StrEnum):
    """The reports that can be asked for."""

    TRIAL_BALANCE = "TrialBalance"
    PROFIT_AND_LOSS = "ProfitAndLoss"
    GENERAL_LEDGER = "GeneralLedger"
    TAX_SUMMARY = "TaxSummary"


RealmId = NewType("RealmId", str)
"""The id of one QuickBooks company: decimal digits, kept as text."""

PRODUCTION_API = "https://quickbooks.api.intuit.com"
SANDBOX_API = "https://sandbox-quickbooks.api.intuit.com"
MINOR_VERSION = "75"
BATCH_ITEMS = 30
QUERIES_AT_ONCE = 3
"""Queries on the line together: reading ahead must not crowd out what else calls the company."""
REQUEST_ID_CHARACTERS = 36
"""Most characters of a request id that goes with a batch: 50 together with the items' ids."""

_OK = 200
_UNAUTHORIZED = 401
_TOO_MANY = 429
_SERVER_FAULT = 500
_UNREACHABLE = Message("QuickBooks could not be reached. Nothing is lost; it will be tried again shortly.")

_Shape = TypeVar("_Shape")


@dataclass(frozen=True, slots=True)
class Told:
    """What a query was answered, at a time by the service's own clock: a `QueryResponse`, or why there is none."""

    at: datetime
    outcome: dict[str, Any] | HouseError

    @property
    def rows(self) -> dict[str, Any]:
        """The `QueryResponse`; raises the error where there is none."""
        if isinstance(self.outcome, HouseError):
            raise self.outcome
        return self.outcome


class QuickBooksClient:
    """The API of one company, for any number of threads."""

    def __init__(
        self,
        transport: Transport,
        tokens: TokenSource,
        *,
        realm_id: RealmId,
        base_url: str = PRODUCTION_API,
        limits: Limits | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        if not realm_id.isdecimal():
            raise ValueError("a realm id consists of digits")
        self.realm_id = realm_id
        self.clock = clock
        self._transport = transport
        self._tokens = tokens
        self._company_url = f"{base_url.rstrip('/')}/v3/company/{realm_id}"
        self._limits = limits or Limits()

    def company_info(self) -> wire.CompanyInfo:
        """What the company says of itself."""
        return self._entity(f"companyinfo/{self.realm_id}", "CompanyInfo", wire.CompanyInfo)

    def preferences(self) -> wire.Preferences:
        """The company's settings."""
        return self._entity("preferences", "Preferences", wire.Preferences)

    def read(self, entity: str, entity_id: str) -> dict[str, Any]:
        """One record of `entity` ("Invoice") by its id, every member of it."""
        return self._entity(f"{entity.lower()}/{entity_id}", entity, dict[str, Any])

    def read_single(self, entity: str) -> dict[str, Any]:
        """The one record of an entity that has no ids ("Preferences"), every member of it."""
        return self._entity(entity.lower(), entity, dict[str, Any])

    def report(self, name: Report, since: date, until: date) -> dict[str, Any]:
        """A report over [since, until], accrual basis, as QuickBooks lays it out: all values are texts (§20)."""
        params = {"start_date": since.isoformat(), "end_date": until.isoformat(), "accounting_method": "Accrual"}
        self._limits.reports.acquire()
        return self._read(self._request("GET", f"reports/{name.value}", params=params, operation="report"))

    def exchange_rate(self, currency: str, day: date) -> Decimal:
        """What one unit of `currency` was worth in home currency on `day`, as the company has it (§12.8)."""
        params = {"sourcecurrencycode": currency, "asofdate": day.isoformat()}
        answer = self._read(self._request("GET", "exchangerate", params=params, operation="exchange rate"))
        return shaped(_member(answer, "ExchangeRate"), wire.ExchangeRate).rate

    def query(self, statement: str) -> dict[str, Any]:
        """The `QueryResponse` of one statement."""
        return _member(self._query(statement), "QueryResponse")

    def _query(self, statement: str) -> dict[str, Any]:
        headers = {"content-type": "application/text"}
        return self._read(self._request("POST", "query", headers=headers, body=statement.encode(), operation="query"))

    def rows(self, entity: str, where: str, shape: type[_Shape]) -> Iterator[_Shape]:
        """Every row of `entity` that meets `where` ("" for all), page by page, each id once.

        Paging is not a snapshot: a record that slides to a later page is not handed out twice.
        """
        seen: set[str] = set()
        start = 1
        while True:
            page = rows_of(self.query(select(entity, where, start=start)), entity)
            for row in page:
                if row.get("Id") not in seen:
                    seen.add(str(row.get("Id")))
                    yield shaped(row, shape)
            if len(page) < PAGE_ROWS:
                return
            start += PAGE_ROWS

    def query_batch(self, statements: Sequence[str], *, sparing: bool = False) -> list[dict[str, Any]]:
        """The `QueryResponse` of each statement, in their order, in few calls. Raises the first fault of any."""
        return [answer.rows for answer in self.ask(statements, sparing=sparing)]

    def ask(self, statements: Sequence[str], *, sparing: bool = False) -> list[Told]:
        """What each statement was answered, in their order.

        Together in as few batch calls as the service allows. Where none is free at once, since posting takes them
        all, or soon will (`sparing`), each is a call of its own: these do not count among the batches (§8).
        """
        answers: list[Told] = []
        for at in range(0, len(statements), BATCH_ITEMS):
            some = statements[at : at + BATCH_ITEMS]
            together = not sparing and self._limits.batches.try_acquire()
            answers += self._query_batch(some) if together else self._queries(some)
        return answers

    def _queries(self, statements: Sequence[str]) -> list[Told]:
        """Each statement by itself, a few at a time."""
        with ThreadPoolExecutor(QUERIES_AT_ONCE) as pool:
            return list(pool.map(self._query_alone, statements))

    def _query_alone(self, statement: str) -> Told:
        asked_at = self.clock()
        try:
            body = self._query(statement)
        except (RetryLater, Reconnect):
            raise
        except HouseError as error:  # of this statement alone
            return Told(asked_at, error)
        return Told(_time_of(body, asked_at), _member(body, "QueryResponse"))

    def changed_since(self, entities: Sequence[str], since: datetime) -> dict[str, Any]:
        """Change data capture over `entities` since a moment (aware): the whole answer, one call (§6)."""
        params = {"entities": ",".join(entities), "changedSince": since.isoformat(timespec="seconds")}
        body = self._read(self._request("GET", "cdc", params=params, operation="cdc"))
        for element in body.get("CDCResponse") or []:
            fault = wire.parse_fault(element)
            if fault is not None:
                raise house_error(fault, request_id="", now=self.clock())
        return body

    def batch(self, body: bytes, *, request_id: str) -> Answer:
        """Send a batch of writes, once; the answer as it came, whatever its status.

        A 401 was certainly not carried out: after a refresh the same is sent a second time under the same id.
        Raises Unreachable, MalformedBody, and what a refresh of the token raises.
        """
        if not 0 < len(request_id) <= REQUEST_ID_CHARACTERS:
            raise ValueError(f"a request id has 1 to {REQUEST_ID_CHARACTERS} characters")
        params = {"requestid": request_id}
        request = self._request("POST", "batch", headers=_JSON, params=params, body=body, operation="batch")
        self._limits.batches.acquire()
        answer = self._authorized(request, self._transport.write)
        if answer.status == _TOO_MANY:
            self._limits.pause()
        return answer

    def create(self, entity: str, fields: Mapping[str, Any], *, request_id: str) -> dict[str, Any]:
        """Make one record, every member of it in the answer. Under one request id it is made once (§7)."""
        body = json.dumps(fields, ensure_ascii=False).encode()
        request = self._request(
            "POST",
            entity.lower(),
            headers=_JSON,
            params={"requestid": request_id},
            body=body,
            operation=f"create {entity}",
        )
        return _member(self._read(request, reads=0), entity)

    def create_tax_code(self, fields: Mapping[str, Any], *, request_id: str) -> wire.MadeTaxCode:
        """Make a tax code, and rates with it, by the one service that can (§12.7)."""
        body = json.dumps(fields, ensure_ascii=False).encode()
        request = self._request(
            "POST",
            "taxservice/taxcode",
            headers=_JSON,
            params={"requestid": request_id},
            body=body,
            operation="create TaxCode",
        )
        return shaped(self._read(request, reads=0), wire.MadeTaxCode)

    def delete(self, entity: str, entity_id: str, sync_token: str) -> None:
        """Delete a transaction of this version. Repeating it is harmless: what is gone answers 610 (§3)."""
        body = json.dumps({"Id": entity_id, "SyncToken": sync_token}).encode()
        self._read(
            self._request(
                "POST",
                entity.lower(),
                headers=_JSON,
                params={"operation": "delete"},
                body=body,
                operation=f"delete {entity}",
            ),
            reads=0,
        )

    def _query_batch(self, statements: Sequence[str]) -> list[Told]:
        items = [{"bId": str(at), "Query": statement} for at, statement in enumerate(statements)]
        body = json.dumps({"BatchItemRequest": items}).encode()
        asked_at = self.clock()
        request = self._request("POST", "batch", headers=_JSON, body=body, operation="query batch")
        answer = self._read(request, reads=len(statements))
        at = _time_of(answer, asked_at)
        found = {str(item.get("bId")): item for item in answer.get("BatchItemResponse", []) if isinstance(item, dict)}
        return [Told(at, _query_item(found.get(str(place), {}), self.clock())) for place in range(len(statements))]

    def _entity(self, path: str, entity: str, shape: type[_Shape]) -> _Shape:
        return shaped(_member(self._read(self._request("GET", path, operation=entity)), entity), shape)

    def _read(self, request: Request, *, reads: int = 1) -> dict[str, Any]:
        """The body of a successful answer. Raises a house error for every other.

        `reads`: as how many metered reads it counts; a batch of queries as one each, which is the cautious reading.
        """
        try:
            answer = self._authorized(request, self._retried)
            if answer.status != _OK:
                raise error_of(answer, now=self.clock())
            body = members(answer.json())
        except Unreachable as error:
            raise RetryLater(_UNREACHABLE, detail=error.detail) from error
        except MalformedBody as error:
            raise Unexpected(ODD, detail=f"{request.operation}: {error}") from error
        fault = wire.parse_fault(body)
        if fault is not None:
            raise house_error(fault, request_id=tid(answer), now=self.clock())
        if reads:
            self._limits.meter(reads)
        return body

    def _retried(self, request: Request) -> Answer:
        return self._transport.read(request, should_retry=self._wait_before_retry)

    def _wait_before_retry(self, answer: Answer) -> float | None:
        """Server faults of reads are tried again at once, and after a throttle (429) once the minute is over."""
        if answer.status == _TOO_MANY:
            self._limits.pause()
            return self._limits.pause_seconds
        if answer.status < _SERVER_FAULT:
            return None
        self._limits.requests.acquire()
        return 0.0

    def _authorized(self, request: Request, send: Callable[[Request], Answer]) -> Answer:
        token = self._tokens.access_token()
        answer = self._send(request, token, send)
        if answer.status != _UNAUTHORIZED:
            return answer
        self._tokens.invalidate(token)
        return self._send(request, self._tokens.access_token(), send)

    def _send(self, request: Request, token: str, send: Callable[[Request], Answer]) -> Answer:
        self._limits.requests.acquire()
        headers = {**request.headers, "authorization": f"Bearer {token}"}
        return send(dataclasses.replace(request, headers=headers))

    def _request(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Request:
        return Request(
            method,
            f"{self._company_url}/{path}",
            headers={"accept": "application/json", **(headers or {})},
            params={"minorversion": MINOR_VERSION, **(params or {})},
            body=body,
            operation=operation,
        )


_JSON = {"content-type": "application/json"}


def rows_of(response: Mapping[str, Any], entity: str) -> list[dict[str, Any]]:
    """The rows of a `QueryResponse`; the key is absent when nothing was found."""
    found = response.get(entity, [])
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _time_of(body: Mapping[str, Any], otherwise: datetime) -> datetime:
    return aware_time(body.get("time")) or otherwise


def _member(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = body.get(name)
    if not isinstance(found, dict):
        raise Unexpected(ODD, detail=f"an answer without {name}")
    return found


def _query_item(item: dict[str, Any], now: datetime) -> dict[str, Any] | HouseError:
    fault = wire.parse_fault(item)
    if fault is not None:
        return house_error(fault, request_id="", now=now)
    return _member(item, "QueryResponse")
