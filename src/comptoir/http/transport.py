"""One way to the network for every connector: reads are tried again, writes are sent once.

A write that got no answer may have been carried out; whether to send it again is the journal's business, never this
module's. Synchronous throughout; one `Transport` may be used by several threads.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import BinaryIO

import httpx2

from comptoir import __version__
from comptoir.http.bodies import read_json
from comptoir.http.redaction import redact
from comptoir.telemetry import events

USER_AGENT = f"Comptoir/{__version__}"
"""How every request names us."""
CONNECT_TIMEOUT_SECONDS = 10.0
READ_TIMEOUT_SECONDS = 150.0
"""Above the longest time-out of any platform (QuickBooks: 120 s), so that theirs is the one that ends a slow write."""
WRITE_TIMEOUT_SECONDS = 30.0
POOL_TIMEOUT_SECONDS = 30.0
KEEPALIVE_SECONDS = 4.0
"""Below the idle time-out of common servers (5 s): a write into a line that is being closed is a write in doubt."""
MAX_CONNECTIONS = 32
MAX_BODY_BYTES = 64 * 1024 * 1024
MAX_DOWNLOAD_BYTES = 16 * 1024 * 1024 * 1024
OK_STATUS = 200
SERVER_FAULT_STATUS = 500

RETRIES = 4
"""How often a read is tried again unless its caller has less patience."""
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 90.0
JITTER = 0.2
EXCERPT_CHARACTERS = 300

_REQUEST_IDS = ("intuit_tid", "x-request-id")
"""Headers by which a platform's support finds a call again."""
_CERTAINLY_NOT_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.InvalidURL,
)


@dataclass(frozen=True, slots=True)
class Request:
    """A call. `operation` is the platform's own word for it ("batch"), for logs and errors.

    `params` replace the query of `url` when there are any.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    operation: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> object:
        """The body as JSON, as `read_json` reads it. Raises MalformedBody."""
        try:
            return read_json(self.body)
        except ValueError as error:
            raise MalformedBody(f"not JSON: {self.excerpt()}") from error

    def excerpt(self) -> str:
        """The start of the body, redacted, for a log line."""
        return redact(self.body[: EXCERPT_CHARACTERS * 4].decode("utf-8", "replace"))[:EXCERPT_CHARACTERS]


class MalformedBody(ValueError):  # noqa: N818 - named for what it is
    """The body of an answer is not what its platform promises."""


class Unreachable(Exception):  # noqa: N818
    """No answer. `certainly_not_sent` says that the request cannot have been carried out.

    Refused connections, unknown hosts and an exhausted pool are certain; a time-out while reading or a line that was
    cut is not.
    """

    def __init__(self, detail: str, *, certainly_not_sent: bool) -> None:
        super().__init__(detail)
        self.detail = detail
        self.certainly_not_sent = certainly_not_sent


ShouldRetry = Callable[[Answer], float | None]
"""Seconds to wait before a read is tried again (0: choose a wait yourself), or None to hand the answer over."""


def utc_now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


def open_client(
    *,
    connect_timeout_seconds: float = CONNECT_TIMEOUT_SECONDS,
    read_timeout_seconds: float = READ_TIMEOUT_SECONDS,
    max_connections: int = MAX_CONNECTIONS,
) -> httpx2.Client:
    """A client with the house's time-outs: HTTP/1.1, keep-alive, no redirects, proxies of the environment honoured."""
    return httpx2.Client(
        http1=True,
        http2=False,
        follow_redirects=False,
        timeout=httpx2.Timeout(
            connect=connect_timeout_seconds,
            read=read_timeout_seconds,
            write=WRITE_TIMEOUT_SECONDS,
            pool=POOL_TIMEOUT_SECONDS,
        ),
        limits=httpx2.Limits(
            max_connections=max_connections,
            max_keepalive_connections=max_connections,
            keepalive_expiry=KEEPALIVE_SECONDS,
        ),
    )


class Transport:
    """Sends requests over an injected client (a real one, or a test client bound to an application)."""

    def __init__(
        self,
        client: httpx2.Client,
        *,
        user_agent: str,
        platform: str = "",
        retries: int = RETRIES,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = utc_now,
        max_body_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        """`platform` names whom the requests go to, for those who watch."""
        self._client = client
        self._user_agent = user_agent
        self._platform = platform
        self._retries = retries
        self._sleep = sleep
        self._clock = clock
        self._max_body_bytes = max_body_bytes

    def read(self, request: Request, *, should_retry: ShouldRetry = lambda _: None) -> Answer:
        """Send a request that changes nothing, again where that may help: at most 1 + `retries` attempts.

        After network errors the wait doubles; after an answer it is what `should_retry` says, or Retry-After where
        that is longer. A wait beyond LONGEST_WAIT_SECONDS is not waited here: the caller gets the answer.
        Raises Unreachable when the last attempt got no answer, MalformedBody for one that is too long to hold.
        """
        for attempt in range(self._retries):
            try:
                answer = self._send(request)
            except Unreachable:
                self._pause(_backoff_seconds(attempt))
                continue
            wanted = should_retry(answer)
            if wanted is None:
                return answer
            wait = max(wanted, self._retry_after_seconds(answer)) or _backoff_seconds(attempt)
            if wait > LONGEST_WAIT_SECONDS:
                return answer
            self._pause(wait)
        return self._send(request)

    def download(self, request: Request, into: BinaryIO) -> Answer:
        """Read a long body straight into a file, from its beginning at each attempt: at most 1 + `retries` of them.

        The answer holds the body only where its status is not 200. Raises Unreachable and MalformedBody as `read` does;
        a body that is cut short is Unreachable.
        """
        for attempt in range(self._retries):
            try:
                answer = self._download(request, into)
            except Unreachable:
                self._pause(_backoff_seconds(attempt))
                continue
            if answer.status < SERVER_FAULT_STATUS:
                return answer
            self._pause(_backoff_seconds(attempt))
        return self._download(request, into)

    def _download(self, request: Request, into: BinaryIO) -> Answer:
        into.seek(0)
        into.truncate()
        with self._answering(request) as response:
            names = {name.lower(): text for name, text in response.headers.items()}
            if response.status_code != OK_STATUS:
                return Answer(response.status_code, names, self._bounded_body(response))
            for chunk in response.iter_bytes():
                into.write(chunk)
                if into.tell() > MAX_DOWNLOAD_BYTES:
                    raise MalformedBody(f"the file is longer than {MAX_DOWNLOAD_BYTES} bytes")
        return Answer(OK_STATUS, names, b"")

    def write(self, request: Request) -> Answer:
        """Send a request that may change something: one attempt. Raises Unreachable and MalformedBody."""
        return self._send(request)

    def _send(self, request: Request) -> Answer:
        with self._answering(request) as response:
            names = {name.lower(): text for name, text in response.headers.items()}
            return Answer(response.status_code, names, self._bounded_body(response))

    @contextmanager
    def _answering(self, request: Request) -> Iterator[httpx2.Response]:
        """The answer while its body comes in; whatever the line does to it is Unreachable."""
        headers = {"user-agent": self._user_agent, **{name.lower(): text for name, text in request.headers.items()}}
        began = time.monotonic()
        answered: httpx2.Response | None = None
        try:
            with self._client.stream(
                request.method,
                request.url,
                params=dict(request.params) or None,
                headers=headers,
                content=request.body,
            ) as response:
                answered = response
                yield response
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise Unreachable(
                redact(f"{request.operation or request.method}: {type(error).__name__}: {error}"),
                certainly_not_sent=isinstance(error, _CERTAINLY_NOT_SENT),
            ) from error
        finally:
            self._tell(request, answered, time.monotonic() - began)

    def _tell(self, request: Request, answered: httpx2.Response | None, seconds: float) -> None:
        """One event a call: `status` 0 where no answer came, `ahead` by how much our clock runs before theirs."""
        names = httpx2.Headers() if answered is None else answered.headers
        events.emit(
            events.Kind.CALL,
            platform=self._platform,
            operation=(request.operation or request.method).replace(" ", "_"),
            status=0 if answered is None else answered.status_code,
            seconds=round(seconds, 3),
            request_id=next((names[name] for name in _REQUEST_IDS if name in names), ""),
            ahead=_ahead_seconds(names.get("date", ""), self._clock()),
        )

    def _bounded_body(self, response: httpx2.Response) -> bytes:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > self._max_body_bytes:
                raise MalformedBody(f"the answer is longer than {self._max_body_bytes} bytes")
        return bytes(body)

    def _retry_after_seconds(self, answer: Answer) -> float:
        """The header Retry-After, as seconds or as an HTTP date; 0 when absent or unreadable."""
        return retry_after_seconds(answer, now=self._clock())

    def _pause(self, seconds: float) -> None:
        wait = seconds * (1 + JITTER * random.random())  # noqa: S311 - spreads load, guards nothing
        self._sleep(wait)
        events.emit(events.Kind.WAITED, why="retry", platform=self._platform, seconds=round(wait, 3))


def retry_after_seconds(answer: Answer, *, now: datetime) -> float:
    """What Retry-After asks for, from `now` (aware); 0 when the header is absent, past or unreadable."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    until = _http_date(text)
    return 0.0 if until is None else max(0.0, (until - now).total_seconds())


def _ahead_seconds(date_header: str, now: datetime) -> float | None:
    """How many seconds `now` is past the answer's own date; None where it bears none that can be read."""
    theirs = _http_date(date_header)
    return None if theirs is None else round((now - theirs).total_seconds(), 1)


def _http_date(text: str) -> datetime | None:
    """A date of a header, aware; None for what is none."""
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _backoff_seconds(attempt: int) -> float:
    return min(FIRST_WAIT_SECONDS * 2.0**attempt, LONGEST_WAIT_SECONDS)
