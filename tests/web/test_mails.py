"""Links by e-mail, through a real mail server on this machine."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from starlette.testclient import TestClient
from tests.ports import free_port
from tests.web.conftest import Browser, Place, text_of

from comptoir.web.access.accounts import ASKED_LIMIT
from comptoir.web.app import create_app
from comptoir.web.mails import Postbox, invite_letter

URL = "https://books.example"


class Inbox:
    """Keeps what it is handed."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], bytes]] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 - the library's name
        self.mails.append((envelope.rcpt_tos, envelope.content))
        return "250 OK"

    def texts(self) -> list[str]:
        parsed = (message_from_bytes(content, policy=policy.default) for _, content in self.mails)
        return [f"{each['subject']}\n{each.get_content()}" for each in parsed]


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    kept = Inbox()
    port = free_port()
    server = Controller(kept, hostname="127.0.0.1", port=port)
    server.start()
    monkeypatch.setenv("COMPTOIR_SMTP_URL", f"smtp://127.0.0.1:{port}?tls=off")
    monkeypatch.setenv("COMPTOIR_MAIL_FROM", "Comptoir <books@example.com>")
    yield kept
    server.stop()


@pytest.fixture
def mailing(place: Place) -> Place:
    return replace(place, web=create_app(place.app, public_url=f"{URL}/"))


def sent() -> None:
    for thread in threading.enumerate():
        if thread.name == "mail":
            thread.join(30)


def test_a_new_password_by_mail(mailing: Place, inbox: Inbox) -> None:
    browser = mailing.browser()
    assert "Send the link" in browser.get("/forgotten").text
    answer = browser.post("/forgotten", email=" Viewer@example.com ")
    sent()
    assert "is on its way" in text_of(answer)
    (text,) = inbox.texts()
    assert inbox.mails[0][0] == ["viewer@example.com"]
    assert text.startswith("A new password for Comptoir\n")
    link = re.search(rf"{URL}(/reset/[\w-]+)", text)
    assert link is not None
    assert browser.post(link[1], password="a whole new password").status_code == 303


def test_an_unknown_address_gets_the_same_answer_and_no_mail(mailing: Place, inbox: Inbox) -> None:
    known = text_of(mailing.browser().post_anew("/forgotten", email="viewer@example.com"))
    unknown = text_of(mailing.browser().post_anew("/forgotten", email="nobody@example.com"))
    sent()
    assert known == unknown
    assert len(inbox.mails) == 1


def test_nobody_is_flooded_with_links(mailing: Place, inbox: Inbox) -> None:
    for _ in range(ASKED_LIMIT):
        mailing.browser().post_anew("/forgotten", email="viewer@example.com")
    assert "Too many attempts" in text_of(mailing.browser().post_anew("/forgotten", email="viewer@example.com"))
    sent()
    assert len(inbox.mails) == ASKED_LIMIT


def test_what_a_browser_calls_us_is_in_no_link(mailing: Place, inbox: Inbox) -> None:
    evil = Browser(TestClient(mailing.web, base_url="https://evil.example", follow_redirects=False))
    evil.post_anew("/forgotten", email="viewer@example.com")
    sent()
    (text,) = inbox.texts()
    assert "evil" not in text


def test_an_invitation_by_mail_in_the_inviters_language(mailing: Place, inbox: Inbox) -> None:
    browser = mailing.browser("owner@example.com")
    browser.post("/account/profile", name="Ada", language="fr", theme="auto")
    page = browser.post("/settings/invitations", email="new@example.com", role="viewer")
    sent()
    link = re.search(rf"{URL}/join/[\w-]+", page.text)
    assert link is not None
    (text,) = inbox.texts()
    assert link[0] in text
    assert "Ada" in text
    assert "invites you" not in text


def test_without_a_mail_server_or_an_address_the_command_is_named(place: Place, inbox: Inbox) -> None:
    browser = place.browser()
    assert "comptoir user reset" in browser.get("/forgotten").text, "no address of our own"
    assert browser.post("/forgotten", email="viewer@example.com").status_code == 404
    assert inbox.mails == []


def test_a_mail_server_that_is_away_is_in_the_log_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("COMPTOIR_SMTP_URL", "smtp://127.0.0.1:9?tls=off")
    monkeypatch.setenv("COMPTOIR_MAIL_FROM", "books@example.com")
    box = Postbox(URL)
    box.send(invite_letter("new@example.com", f"{URL}/join/secret", "Ada", "Shop"), "en").join(30)
    assert "a link could not be mailed" in caplog.text
    assert "secret" not in caplog.text
    box.send(invite_letter("not an address", f"{URL}/join/x", "Ada", "Shop"), "en").join(30)
    assert caplog.text.count("a link could not be mailed") == 2
    monkeypatch.delenv("COMPTOIR_SMTP_URL")
    box.send(invite_letter("new@example.com", f"{URL}/join/x", "Ada", "Shop"), "en").join(30)
    assert not box.is_open
