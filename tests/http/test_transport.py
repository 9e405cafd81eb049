from __future__ import annotations

import io
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx2
import pytest

from comptoir.http.transport import (
    LONGEST_WAIT_SECONDS,
    Answer,
    MalformedBody,
    Request,
    Transport,
    Unreachable,
    open_client,
    retry_after_seconds,
)
from comptoir.telemetry import events
from comptoir.telemetry.events import Event, Kind

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
Handler = Callable[[httpx2.Request], httpx2.Response]
GET = Request("GET", "https://api.example/things", operation="things")


class Rig:
    """A transport over a scripted list of answers (or errors); keeps what was sent and how long it slept."""

    def __init__(self, *script: httpx2.Response | Exception, retries: int = 4, max_body_bytes: int = 1000) -> None:
        self._script = iter(script)
        self.sent: list[httpx2.Request] = []
        self.slept: list[float] = []
        client = httpx2.Client(transport=httpx2.MockTransport(self._next))
        self.transport = Transport(
            client,
            user_agent="comptoir/test",
            retries=retries,
            sleep=self.slept.append,
            clock=lambda: NOW,
            max_body_bytes=max_body_bytes,
        )

    def _next(self, request: httpx2.Request) -> httpx2.Response:
        self.sent.append(request)
        step = next(self._script)
        if isinstance(step, Exception):
            raise step
        return step


def on_503(answer: Answer) -> float | None:
    return 0.0 if answer.status == 503 else None


def test_request_carries_headers_params_and_body() -> None:
    rig = Rig(httpx2.Response(200, headers={"X-Odd": "Yes"}, content=b"hello"))
    answer = rig.transport.write(
        Request("POST", "https://api.example/a", {"Accept": "text/x"}, {"q": "a&b"}, b"body", "a")
    )
    assert answer == Answer(200, answer.headers, b"hello")
    assert answer.headers["x-odd"] == "Yes"
    (sent,) = rig.sent
    assert str(sent.url) == "https://api.example/a?q=a%26b"
    assert sent.headers["accept"] == "text/x"
    assert sent.headers["user-agent"] == "comptoir/test"
    assert sent.content == b"body"


def test_url_keeps_its_query_without_params() -> None:
    rig = Rig(httpx2.Response(200))
    rig.transport.write(Request("GET", "https://api.example/a?x=1"))
    assert str(rig.sent[0].url) == "https://api.example/a?x=1"


@pytest.mark.parametrize(
    "failure", [httpx2.ConnectError("refused"), httpx2.ReadTimeout("slow")], ids=["refused", "slow"]
)
def test_read_is_tried_again_after_network_errors_with_growing_waits(failure: Exception) -> None:
    rig = Rig(failure, failure, failure, httpx2.Response(200))
    assert rig.transport.read(GET).status == 200
    assert len(rig.slept) == 3
    assert 0.5 <= rig.slept[0] <= 0.6
    assert 2.0 <= rig.slept[2] <= 2.4


def test_read_gives_up_after_its_retries() -> None:
    rig = Rig(*(httpx2.ReadTimeout("slow") for _ in range(3)), retries=2)
    with pytest.raises(Unreachable, match="things: ReadTimeout"):
        rig.transport.read(GET)
    assert len(rig.sent) == 3


def test_read_without_retries_asks_once() -> None:
    rig = Rig(httpx2.Response(503), retries=0)
    assert rig.transport.read(GET, should_retry=on_503).status == 503
    assert len(rig.sent) == 1


def test_read_hands_over_the_last_answer() -> None:
    rig = Rig(*(httpx2.Response(503) for _ in range(3)), retries=2)
    assert rig.transport.read(GET, should_retry=on_503).status == 503
    assert len(rig.sent) == 3


@pytest.mark.parametrize(
    ("wanted", "header", "least"),
    [(7.0, None, 7.0), (0.0, "9", 9.0), (3.0, "9", 9.0), (9.0, "3", 9.0), (0.0, None, 0.5)],
    ids=["asked", "header", "header is longer", "asked is longer", "own backoff"],
)
def test_wait_before_a_retry(wanted: float, header: str | None, least: float) -> None:
    headers = {} if header is None else {"Retry-After": header}
    rig = Rig(httpx2.Response(429, headers=headers), httpx2.Response(200))
    answer = rig.transport.read(GET, should_retry=lambda it: wanted if it.status == 429 else None)
    assert answer.status == 200
    assert least <= rig.slept[0] <= least * 1.2 + 1e-9


def test_a_very_long_wait_is_left_to_the_caller() -> None:
    rig = Rig(httpx2.Response(429, headers={"Retry-After": str(int(LONGEST_WAIT_SECONDS) + 1)}))
    assert rig.transport.read(GET, should_retry=lambda _: 0.0).status == 429
    assert rig.slept == []


@pytest.mark.parametrize(
    "failure",
    [
        httpx2.ReadTimeout("slow"),
        httpx2.RemoteProtocolError("cut"),
        httpx2.WriteError("cut"),
        httpx2.DecodingError("gzip"),
    ],
    ids=lambda it: type(it).__name__,
)
def test_write_in_doubt_is_sent_once(failure: Exception) -> None:
    rig = Rig(failure)
    with pytest.raises(Unreachable) as caught:
        rig.transport.write(GET)
    assert caught.value.certainly_not_sent is False
    assert len(rig.sent) == 1


@pytest.mark.parametrize(
    "failure",
    [
        httpx2.ConnectError("refused"),
        httpx2.ConnectTimeout("slow"),
        httpx2.PoolTimeout("full"),
        httpx2.ProxyError("no"),
    ],
    ids=lambda it: type(it).__name__,
)
def test_write_that_never_left(failure: Exception) -> None:
    with pytest.raises(Unreachable) as caught:
        Rig(failure).transport.write(GET)
    assert caught.value.certainly_not_sent is True


@pytest.mark.parametrize("status", [429, 500, 503])
def test_write_hands_over_any_answer(status: int) -> None:
    rig = Rig(httpx2.Response(status))
    assert rig.transport.write(GET).status == status
    assert rig.slept == []


def test_an_address_that_is_none_was_never_sent() -> None:
    transport = Transport(open_client(), user_agent="x")
    with pytest.raises(Unreachable) as caught:
        transport.write(Request("GET", "ftp://api.example/"))
    assert caught.value.certainly_not_sent is True


def test_errors_carry_no_secrets() -> None:
    with pytest.raises(Unreachable) as caught:
        Rig(httpx2.ReadError("https://x/?access_token=s3cret failed")).transport.write(GET)
    assert "s3cret" not in str(caught.value)


def test_a_body_without_end_is_cut_off() -> None:
    rig = Rig(httpx2.Response(200, content=b"x" * 1001))
    with pytest.raises(MalformedBody, match="longer than 1000 bytes"):
        rig.transport.read(GET)


# Downloads


def cut_stream() -> Iterator[bytes]:
    yield b"half of it"
    raise httpx2.ReadError("cut")


def test_a_long_body_goes_into_a_file() -> None:
    into = io.BytesIO(b"old and longer than the new content")
    rig = Rig(httpx2.Response(200, headers={"X-Odd": "Yes"}, content=b"x" * 5000))
    answer = rig.transport.download(GET, into)
    assert (answer.status, answer.body, answer.headers["x-odd"]) == (200, b"", "Yes")
    assert into.getvalue() == b"x" * 5000


def test_a_download_that_is_cut_begins_anew() -> None:
    into = io.BytesIO()
    rig = Rig(httpx2.Response(200, content=cut_stream()), httpx2.Response(503), httpx2.Response(200, content=b"whole"))
    assert rig.transport.download(GET, into).status == 200
    assert into.getvalue() == b"whole"
    assert len(rig.slept) == 2


def test_a_download_gives_up_after_its_retries() -> None:
    rig = Rig(*(httpx2.ReadError("cut") for _ in range(3)), retries=2)
    with pytest.raises(Unreachable):
        rig.transport.download(GET, io.BytesIO())
    assert len(rig.sent) == 3
    rig = Rig(httpx2.Response(500), httpx2.Response(502), retries=1)
    assert rig.transport.download(GET, io.BytesIO()).status == 502


def test_what_is_no_file_is_an_answer() -> None:
    into = io.BytesIO()
    answer = Rig(httpx2.Response(404, content=b"<Error/>")).transport.download(GET, into)
    assert (answer.status, answer.body, into.getvalue()) == (404, b"<Error/>", b"")


def test_a_file_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comptoir.http.transport.MAX_DOWNLOAD_BYTES", 10)
    with pytest.raises(MalformedBody, match="longer than 10 bytes"):
        Rig(httpx2.Response(200, content=b"x" * 11)).transport.download(GET, io.BytesIO())


def test_json_numbers_are_exact() -> None:
    answer = Answer(200, {}, b'{"a": 0.10, "b": 12345678901234567890.123456789, "c": 5}')
    assert answer.json() == {"a": Decimal("0.10"), "b": Decimal("12345678901234567890.123456789"), "c": 5}


@pytest.mark.parametrize(
    "body",
    [b"<html>", b"", b'{"a": NaN}', b"\xff\xfe\xff", b"[" * 100_000],
    ids=["html", "empty", "nan", "bytes", "deep"],
)
def test_a_body_that_is_no_json(body: bytes) -> None:
    with pytest.raises(MalformedBody, match="not JSON"):
        Answer(200, {}, body).json()


def test_excerpt_is_short_and_redacted() -> None:
    answer = Answer(200, {}, b"owner jo@shop.example " + b"x" * 5000)
    assert "shop.example" not in answer.excerpt()
    assert len(answer.excerpt()) == 300


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30.0),
        ((NOW + timedelta(seconds=45)).strftime("%a, %d %b %Y %H:%M:%S GMT"), 45.0),
        ((NOW + timedelta(seconds=45)).strftime("%a, %d %b %Y %H:%M:%S -0000"), 45.0),
        ((NOW - timedelta(seconds=45)).strftime("%a, %d %b %Y %H:%M:%S GMT"), 0.0),
        ("soon", 0.0),
        ("", 0.0),
    ],
    ids=["seconds", "date", "date without zone", "past", "unreadable", "absent"],
)
def test_retry_after(header: str, seconds: float) -> None:
    assert retry_after_seconds(Answer(429, {"retry-after": header}, b""), now=NOW) == seconds


@pytest.fixture
def refused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def cutting_port() -> Iterator[int]:
    """A listener that takes the request and hangs up without a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.recv(65536)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_real_refused_connection_was_not_sent(refused_port: int) -> None:
    with open_client() as client, pytest.raises(Unreachable) as caught:
        Transport(client, user_agent="x").write(Request("POST", f"http://127.0.0.1:{refused_port}/", body=b"x"))
    assert caught.value.certainly_not_sent is True


def test_real_cut_line_is_in_doubt(cutting_port: int) -> None:
    with open_client() as client, pytest.raises(Unreachable) as caught:
        Transport(client, user_agent="x").write(Request("POST", f"http://127.0.0.1:{cutting_port}/", body=b"x"))
    assert caught.value.certainly_not_sent is False


def test_each_call_is_told() -> None:
    answers = (
        httpx2.Response(200, headers={"Intuit_Tid": "1-abc", "Date": "Sun, 01 Mar 2026 11:58:00 GMT"}),
        httpx2.Response(503, headers={"X-Request-Id": "r-2", "Date": "yesterday"}),
        httpx2.ConnectError("refused"),
    )
    heard: list[Event] = []
    rig = Rig(*answers, retries=0)
    with events.listening(heard.append):
        rig.transport.read(GET)
        rig.transport.write(Request("POST", "https://api.example/", operation="query batch"))
        with pytest.raises(Unreachable):
            rig.transport.read(GET)
    told = [dict(each.values) for each in heard if each.kind is Kind.CALL]
    assert all(isinstance(each.pop("seconds"), float) for each in told)
    assert told == [
        {"platform": "", "operation": "things", "status": 200, "request_id": "1-abc", "ahead": 120.0},
        {"platform": "", "operation": "query_batch", "status": 503, "request_id": "r-2", "ahead": None},
        {"platform": "", "operation": "things", "status": 0, "request_id": "", "ahead": None},
    ]


def test_waits_before_repetitions_are_told() -> None:
    heard: list[Event] = []
    rig = Rig(httpx2.Response(503), httpx2.Response(200))
    with events.listening(heard.append):
        rig.transport.read(GET, should_retry=on_503)
    (wait,) = [each.values for each in heard if each.kind is Kind.WAITED]
    assert (wait["why"], wait["seconds"]) == ("retry", round(rig.slept[0], 3))
