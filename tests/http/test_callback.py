from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import httpx2
import pytest

from comptoir.http.callback import CallbackError, from_address, is_here, listening

STATE = "a-state-that-nobody-guesses"


@pytest.fixture
def redirect_uri() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/callback"


def visit(address: str) -> httpx2.Response:
    return httpx2.get(address, timeout=30)


def test_the_redirect_is_received_once_it_comes(redirect_uri: str) -> None:
    with listening(redirect_uri, STATE) as callback:
        visitor = threading.Thread(target=visit, args=(f"{redirect_uri}?code=c%2Fd&realmId=91&state={STATE}",))
        visitor.start()
        redirect = callback.wait(30)
        visitor.join()
    assert redirect.query == f"code=c%2Fd&realmId=91&state={STATE}"
    assert redirect.values == {"code": "c/d", "realmId": "91", "state": STATE}


def test_the_page_tells_the_person_to_go_back(redirect_uri: str) -> None:
    with listening(redirect_uri, STATE):
        answer = visit(f"{redirect_uri}?code=c&state={STATE}")
    assert answer.status_code == 200
    assert "You can close this window" in answer.text
    assert "c&" not in answer.text


@pytest.mark.parametrize(
    "tail", ["?code=c&state=another", "?code=c", "", f"/other?code=c&state={STATE}", f"?code=c&state={STATE}%C3%A9"]
)
def test_a_forged_redirect_is_refused_and_waiting_goes_on(redirect_uri: str, tail: str) -> None:
    with listening(redirect_uri, STATE) as callback:
        answer = visit(redirect_uri + tail)
        assert answer.status_code == 400
        with pytest.raises(CallbackError, match="not finished in time"):
            callback.wait(0)
        assert visit(f"{redirect_uri}?code=c&state={STATE}").status_code == 200
        assert callback.wait(30).values["code"] == "c"


def test_a_refusal_is_said(redirect_uri: str) -> None:
    with listening(redirect_uri, STATE) as callback:
        visit(f"{redirect_uri}?error=access_denied&state={STATE}")
        with pytest.raises(CallbackError, match="Access was refused"):
            callback.wait(30)


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_taken_port_is_said_with_the_remedy(taken: int) -> None:
    uri = f"http://127.0.0.1:{taken}/callback"
    with pytest.raises(CallbackError, match="Stop the program that uses the port") as raised, listening(uri, STATE):
        pass
    assert uri in str(raised.value)


def test_the_port_is_free_afterwards(redirect_uri: str) -> None:
    for _ in range(2):
        with listening(redirect_uri, STATE):
            pass


@pytest.mark.parametrize("raised", [KeyboardInterrupt, ValueError])
def test_whatever_ends_the_wait_frees_the_port(redirect_uri: str, raised: type[BaseException]) -> None:
    with pytest.raises(raised), listening(redirect_uri, STATE):
        raise raised
    with listening(redirect_uri, STATE):
        pass


@pytest.mark.parametrize(
    ("uri", "here"),
    [
        ("http://localhost:8484/callback", True),
        ("http://127.0.0.1/callback", True),
        ("https://localhost:8484/callback", False),
        ("https://books.example.com/callback", False),
        ("http://books.example.com/callback", False),
    ],
)
def test_only_plain_http_on_this_machine_can_be_listened_on(uri: str, here: bool) -> None:
    assert is_here(uri) is here


def test_a_pasted_address_is_read() -> None:
    pasted = f"  https://books.example.com/callback?code=c&realmId=91&state={STATE} \n"
    assert from_address(pasted, STATE).values == {"code": "c", "realmId": "91", "state": STATE}


@pytest.mark.parametrize("pasted", ["", "nonsense", "https://x.example/?code=c&state=another"])
def test_another_pasted_address_is_refused(pasted: str) -> None:
    with pytest.raises(CallbackError, match="copy the whole address"):
        from_address(pasted, STATE)


def test_a_pasted_refusal_is_said() -> None:
    with pytest.raises(CallbackError, match="Access was refused"):
        from_address(f"https://x.example/?error=access_denied&state={STATE}", STATE)
