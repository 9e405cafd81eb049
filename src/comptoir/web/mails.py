"""Links by e-mail: an invitation, a new password. Plain text, sent beside the request, so that its time tells nothing.

Only where the operator named a mail server and the pages' own address: a link is never made from what a browser says
that the address is.
"""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage

from comptoir.books.problems import Message
from comptoir.mail.message import Plain, compose_plain, message_id
from comptoir.mail.server import MailServer, conversation, mail_server
from comptoir.web.language import Tongue

LOG = logging.getLogger(__name__)

RESET_SUBJECT = Message("A new password for Comptoir")
RESET = Message(
    "Somebody, probably you, asked for a new password for Comptoir. Open this link within an hour, and choose one:"
)
RESET_ELSE = Message("If it was not you, do nothing: your password stays as it is.")
INVITE_SUBJECT = Message("You are invited to Comptoir")
INVITE = Message(
    "{who} invites you to look after the books of {organization} in Comptoir. Open this link within a week:"
)
INVITE_ELSE = Message("If you do not know what this is about, do nothing.")


@dataclass(frozen=True, slots=True)
class Letter:
    """A link for one person, with the words around it."""

    to: str
    subject: Message
    before: Message
    link: str
    after: Message

    def composed(self, server: MailServer, language: str) -> EmailMessage:
        """The message, in the reader's language."""
        tongue = Tongue(language)
        words = Plain(
            subject=tongue.say(self.subject),
            text=f"{tongue.say(self.before)}\n\n{self.link}\n\n{tongue.say(self.after)}\n",
            language=language,
        )
        return compose_plain(words, server, [self.to], name=message_id(server, self.link), at=datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Postbox:
    """Whether links can be mailed from here, and the doing of it. `public_url`: how people reach the pages."""

    public_url: str

    @property
    def is_open(self) -> bool:
        """Whether a mail server and our own address are known."""
        return bool(self.public_url) and isinstance(mail_server(os.environ), MailServer)

    def link(self, path: str) -> str:
        """The whole address of a page of ours."""
        return f"{self.public_url}{path}"

    def send(self, letter: Letter, language: str) -> threading.Thread:
        """Hand the letter over, beside whoever asks; a failure is in the log."""
        thread = threading.Thread(target=_send, args=(letter, language), name="mail", daemon=True)
        thread.start()
        return thread


def _send(letter: Letter, language: str) -> None:
    server = mail_server(os.environ)
    if not isinstance(server, MailServer):
        return
    try:
        message = letter.composed(server, language)
    except ValueError as error:  # an address that no header can carry
        LOG.warning("a link could not be mailed: %s", error)
        return
    with conversation(server) as talk:
        done = talk.deliver(message, [letter.to])
    for refusal in done.refusals:
        LOG.warning("a link could not be mailed: %s", refusal.problem.what)


def reset_letter(to: str, link: str) -> Letter:
    """A link to choose a new password."""
    return Letter(to, RESET_SUBJECT, RESET, link, RESET_ELSE)


def invite_letter(to: str, link: str, who: str, organization: str) -> Letter:
    """A link to join."""
    before = Message(INVITE.template, {"who": who, "organization": organization})
    return Letter(to, INVITE_SUBJECT, before, link, INVITE_ELSE)
