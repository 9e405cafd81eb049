"""The mail server: its address from the environment, and every way in which it does not take a message."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from tests.mail.conftest import PASSWORD, SENDER, USER, Authority, Post, StartPost, part

from comptoir.books.problems import Problem
from comptoir.books.settings import Language
from comptoir.language import words_in
from comptoir.mail.letter import trial
from comptoir.mail.message import compose, message_id
from comptoir.mail.server import Conversation, Delivery, MailServer, conversation, mail_server

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TO = "books@example.com"
WRONG_PASSWORD = "guess-again"

# The environment


def from_url(url: str, sender: str = SENDER) -> MailServer | Problem:
    return mail_server({"COMPTOIR_SMTP_URL": url, "COMPTOIR_MAIL_FROM": sender})


def at(server: MailServer | Problem) -> tuple[str, int, str, str, str]:
    assert isinstance(server, MailServer)
    return server.host, server.port, server.security, server.user, server.password


URLS = [
    pytest.param("smtp://mail.example.com", ("mail.example.com", 587, "starttls", "", ""), id="submission"),
    pytest.param("smtps://mail.example.com", ("mail.example.com", 465, "tls", "", ""), id="tls from the first byte"),
    pytest.param("smtp://me:" + "p%40ss%2F@h.example:25", ("h.example", 25, "starttls", "me", "p@ss/"), id="all of it"),
    pytest.param("smtp://localhost:25?tls=off", ("localhost", 25, "none", "", ""), id="no tls"),
    pytest.param(
        "smtp://a:" + "b@127.0.0.1:25?tls=off", ("127.0.0.1", 25, "none", "a", "b"), id="no tls, this machine"
    ),
    pytest.param("smtp://relay.lan?tls=off", ("relay.lan", 587, "none", "", ""), id="no tls, no password"),
]


@pytest.mark.parametrize(("url", "expected"), URLS)
def test_the_url(url: str, expected: tuple[str, int, str, str, str]) -> None:
    assert at(from_url(url)) == expected


WRONG = [
    pytest.param("", SENDER, "No mail server is set", "Set COMPTOIR_SMTP_URL", id="none"),
    pytest.param("mail.example.com:587", SENDER, "begin with smtp://", "Write it like", id="no scheme"),
    pytest.param("http://mail.example.com", SENDER, "begin with smtp://", "Write it like", id="another scheme"),
    pytest.param("smtp://", SENDER, "names no host", "Write it like", id="no host"),
    pytest.param("smtp://h:port", SENDER, "the port is no number", "Write it like", id="no port"),
    pytest.param("smtp://[h", SENDER, "the host is not well written", "Write it like", id="half an address"),
    pytest.param("smtp://h?tls=maybe", SENDER, "tls=off alone", "Write it like", id="another word for tls"),
    pytest.param("smtp://h?ssl=off", SENDER, "tls=off alone", "Write it like", id="another option"),
    pytest.param("smtp://a:" + "b@h?tls=off", SENDER, "cross the network in clear", "Take tls=off out", id="in clear"),
    pytest.param("smtp://h", "", "no e-mail address", "Comptoir <comptoir@example.com>", id="no sender"),
    pytest.param("smtp://h", "comptoir", "no e-mail address", "Set it to the address", id="a sender that is none"),
]


@pytest.mark.parametrize(("url", "sender", "what", "remedy"), WRONG)
def test_what_is_wrong_is_named_with_its_remedy(url: str, sender: str, what: str, remedy: str) -> None:
    found = from_url(url, sender)
    assert isinstance(found, Problem)
    assert what in str(found.what)
    assert remedy in str(found.remedy)


def test_the_password_is_in_no_problem_and_in_no_text_of_the_server() -> None:
    secret = "s3cret-of-the-server"
    for url in (f"smtp://me:{secret}@h:port", f"http://me:{secret}@h", f"smtp://me:{secret}@h?tls=off"):
        found = from_url(url)
        assert isinstance(found, Problem)
        assert secret not in f"{found} {found.what} {found.remedy}"
    assert secret not in repr(from_url(f"smtp://me:{secret}@h"))


# Messages


def hello(server: MailServer, *to: str) -> EmailMessage:
    letter = trial(words_in(Language.ENGLISH))
    return compose(letter, server, to or (TO,), name=message_id(server, "hello"), at=NOW)


def deliver(server: MailServer, *to: str) -> Delivery:
    with conversation(server) as talk:
        return talk.deliver(hello(server, *to), to or (TO,))


def failure(delivery: Delivery) -> Problem:
    assert delivery.failure is not None
    assert not delivery.failure.is_final
    assert not delivery.reached
    return delivery.failure.problem


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority


def test_a_message_arrives_whole(post: Post) -> None:
    assert deliver(post.settings(), TO, "boss@example.com") == Delivery()
    ((recipients, message),) = post.room.arrived
    assert recipients == [TO, "boss@example.com"]
    assert message["To"] == "books@example.com, boss@example.com"
    assert message["From"] == "Comptoir <comptoir@example.com>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == NOW
    assert message["Message-ID"].endswith("@example.com>")
    assert message.get_content_type() == "multipart/alternative"
    for kind in ("plain", "html"):
        assert "This is a test." in part(message, kind)


def test_signed_in_over_starttls(start_post: StartPost, trusted: Authority) -> None:
    post = start_post(tls_context=trusted.server, require_starttls=True, auth_required=True)
    assert deliver(post.settings("starttls", USER, PASSWORD)) == Delivery()
    assert len(post.room.arrived) == 1


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")  # it has TLS already
def test_signed_in_over_tls_from_the_first_byte(start_post: StartPost, trusted: Authority) -> None:
    post = start_post(ssl_context=trusted.server, auth_required=True, auth_require_tls=False)
    assert deliver(post.settings("tls", USER, PASSWORD)) == Delivery()
    assert len(post.room.arrived) == 1


def test_a_wrong_password(start_post: StartPost, trusted: Authority) -> None:
    post = start_post(tls_context=trusted.server, auth_required=True)
    problem = failure(deliver(post.settings("starttls", USER, WRONG_PASSWORD)))
    assert "does not accept the user name or the password" in str(problem.what)
    assert WRONG_PASSWORD not in repr(problem)


def test_a_certificate_that_nobody_trusts(start_post: StartPost, authority: Authority) -> None:
    post = start_post(tls_context=authority.server)
    problem = failure(deliver(post.settings("starttls")))
    assert problem.code == "mail-certificate"
    assert "unable to get local issuer certificate" in str(problem.what)
    assert "SSL_CERT_FILE" in str(problem.remedy)
    assert not post.room.arrived


def test_a_certificate_of_another_host(start_post: StartPost, trusted: Authority) -> None:
    post = start_post(tls_context=trusted.elsewhere)
    problem = failure(deliver(post.settings("starttls")))
    assert problem.code == "mail-certificate"
    assert "IP address mismatch" in str(problem.what)
    assert not post.room.arrived


def test_a_server_without_tls_gets_no_word_in_clear(post: Post) -> None:
    problem = failure(deliver(post.settings("starttls")))
    assert problem.code == "mail-tls"
    assert "STARTTLS" in str(problem.what)
    assert "?tls=off" in str(problem.remedy)
    assert not post.room.arrived


def test_a_server_that_offers_no_sign_in(post: Post) -> None:
    problem = failure(deliver(post.settings("none", USER, PASSWORD)))
    assert problem.code == "mail-tls"
    assert "AUTH" in str(problem.what)


def test_tls_spoken_to_a_server_that_does_not(post: Post) -> None:
    assert failure(deliver(post.settings("tls"))).code == "mail-unreachable"


def test_a_server_that_is_down() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    problem = failure(deliver(MailServer("127.0.0.1", port, SENDER, "none")))
    assert str(problem.what) == f"The mail server 127.0.0.1:{port} cannot be reached: Connection refused."


def test_a_host_that_is_not_there() -> None:
    problem = failure(deliver(MailServer("mail.invalid", 25, SENDER, "none", timeout_seconds=5)))
    assert "mail.invalid:25 cannot be reached" in str(problem.what)


def test_a_server_that_never_answers(silent: int) -> None:
    problem = failure(deliver(MailServer("127.0.0.1", silent, SENDER, "none", timeout_seconds=0.3)))
    assert "no answer in time" in str(problem.what)


def test_a_server_that_wants_no_guests() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:

        def turn_away() -> None:
            with listener.accept()[0] as guest:
                guest.sendall(b"554 5.3.2 Closed\r\n for the day\r\n")
                guest.recv(100)

        turned_away = pool.submit(turn_away)
        problem = failure(
            deliver(MailServer("127.0.0.1", listener.getsockname()[1], SENDER, "none", timeout_seconds=5))
        )
        turned_away.result()
    assert "cannot be reached: 554 5.3.2 Closed." in str(problem.what)


@pytest.mark.parametrize(("answer", "is_final"), [("451 Try again later", False), ("554 Looks like spam", True)])
def test_a_message_that_is_not_taken(post: Post, answer: str, is_final: bool) -> None:
    post.room.answers = [answer]
    delivery = deliver(post.settings())
    assert delivery.failure is not None
    assert (delivery.failure.is_final, delivery.reached) == (is_final, True)
    assert answer in str(delivery.failure.problem.what)


def test_a_sender_that_is_not_taken_may_be_mended(post: Post) -> None:
    post.room.refuse_sender = "553 Not yours"
    delivery = deliver(post.settings())
    assert delivery.failure is not None
    assert not delivery.failure.is_final
    assert "from comptoir@example.com: 553 Not yours" in str(delivery.failure.problem.what)


def test_one_address_that_is_refused_keeps_nothing_from_the_others(post: Post) -> None:
    post.room.refuse = {"gone@example.com": "550 No such user", "full@example.com": "452 Mailbox full"}
    delivery = deliver(post.settings(), TO, "gone@example.com", "full@example.com")
    assert delivery.failure is None
    assert {address: each.is_final for address, each in delivery.refused.items()} == {
        "gone@example.com": True,
        "full@example.com": False,
    }
    said = str(delivery.refused["gone@example.com"].problem.what)
    assert said == "The mail server does not take mail for gone@example.com: 550 No such user"
    assert [recipients for recipients, _ in post.room.arrived] == [[TO]]


def test_every_address_is_refused(post: Post) -> None:
    post.room.refuse = {TO: "550 No such user"}
    delivery = deliver(post.settings())
    assert list(delivery.refused) == [TO]
    assert not post.room.arrived


def test_a_server_that_repeats_the_password_is_not_repeated(start_post: StartPost, trusted: Authority) -> None:
    post = start_post(tls_context=trusted.server, auth_required=True)
    post.room.answers = [f"554 {PASSWORD} is your password"]
    delivery = deliver(post.settings("starttls", USER, PASSWORD))
    assert delivery.failure is not None
    assert "554 *** is your password" in str(delivery.failure.problem.what)


# A conversation


@pytest.fixture
def talk(post: Post) -> Iterator[Conversation]:
    with conversation(post.settings()) as opened:
        yield opened


def test_a_conversation_goes_on_after_a_refusal(post: Post, talk: Conversation) -> None:
    post.room.answers = ["451 Later", "250 OK"]
    server = post.settings()
    assert talk.deliver(hello(server), [TO]).failure is not None
    assert talk.deliver(hello(server), [TO]) == Delivery()


def test_a_connection_that_was_cut_is_opened_anew(post: Post, talk: Conversation) -> None:
    server = post.settings()
    assert talk.deliver(hello(server), [TO]) == Delivery()
    assert talk._smtp is not None
    assert talk._smtp.sock is not None
    talk._smtp.sock.shutdown(socket.SHUT_RDWR)
    assert talk.deliver(hello(server), [TO]) == Delivery()
    assert len(post.room.arrived) == 2


def test_a_connection_that_the_server_wants_to_end_is_opened_anew(post: Post, talk: Conversation) -> None:
    server = post.settings()
    post.room.answers = ["421 Closing"]
    first = talk.deliver(hello(server), [TO])
    assert first.failure is not None
    assert not first.failure.is_final
    assert talk.deliver(hello(server), [TO]) == Delivery()


def test_a_server_that_says_goodbye_badly_has_taken_the_message_all_the_same(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def quit_badly(*_args: object) -> str:
        return "500 What?"

    monkeypatch.setattr(type(post.room), "handle_QUIT", quit_badly, raising=False)
    assert deliver(post.settings()) == Delivery()


# A look


def test_a_look_hands_nothing_over(post: Post, start_post: StartPost, trusted: Authority) -> None:
    with conversation(post.settings()) as talk:
        assert talk.greet() is None
    assert post.room.arrived == []
    locked = start_post(tls_context=trusted.server, require_starttls=True, auth_required=True)
    with conversation(locked.settings("starttls", USER, WRONG_PASSWORD)) as talk:
        problem = talk.greet()
    assert problem is not None
    assert problem.code == "mail-sign-in"
