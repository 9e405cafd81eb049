"""The transport without a socket: the same answers, delays and cuts as over one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from comptoir_sandbox.control.answers import CutResponse
from comptoir_sandbox.in_process import InProcess


async def echo(request: Request) -> Response:
    body = (await request.body()).decode()
    return JSONResponse({"body": body, "query": dict(request.query_params), "host": request.headers["host"]})


async def cut(_request: Request) -> Response:
    return CutResponse()


@pytest.fixture
def client() -> Iterator[httpx2.Client]:
    app = Starlette(routes=[Route("/echo", echo, methods=["POST"]), Route("/cut", cut)])
    with httpx2.Client(transport=InProcess(app), base_url="http://sandbox.invalid") as made:
        yield made


def test_a_request_arrives_whole(client: httpx2.Client) -> None:
    answer = client.post("/echo", params={"q": "a b&c"}, content="é".encode())
    assert answer.json() == {"body": "é", "query": {"q": "a b&c"}, "host": "sandbox.invalid"}
    assert answer.headers["content-type"] == "application/json"


def test_a_cut_is_a_protocol_error_and_the_next_request_goes_on(client: httpx2.Client) -> None:
    with pytest.raises(httpx2.RemoteProtocolError):
        client.get("/cut")
    assert client.get("/nothing").status_code == 404


def test_several_threads_may_ask_at_once(client: httpx2.Client) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: client.post("/echo", content=str(n)).json()["body"], range(40)))
    assert answers == [str(n) for n in range(40)]


def test_closing_twice_is_no_error() -> None:
    transport = InProcess(Starlette())
    transport.close()
    transport.close()
