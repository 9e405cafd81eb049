"""A letter as the e-mail that carries it: plain text and HTML, both complete, and the headers that machines read."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING

from comptoir.mail.letter import Letter
from comptoir.mail.plain_text import as_text
from comptoir.mail.server import MailServer, sender_address, sender_domain

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True, slots=True)
class Plain:
    """What a message says in plain text, and in which language ("fr")."""

    subject: str
    text: str
    language: str


def as_html(letter: Letter) -> str:
    """The letter as a page: every text in it escaped, nothing loaded from elsewhere."""
    return _environment().get_template("report.html.j2").render(letter=letter)


def message_id(server: MailServer, *parts: object) -> str:
    """The name of a message: the same parts make the same name, by which a mail program knows a copy."""
    digest = hashlib.blake2b("\n".join(map(str, parts)).encode(), digest_size=16).hexdigest()
    return f"<{digest}@{sender_domain(server)}>"


def compose(letter: Letter, server: MailServer, to: Sequence[str], *, name: str, at: datetime) -> EmailMessage:
    """The message, ready to hand over; `name` is its Message-ID."""
    words = Plain(letter.subject, as_text(letter), letter.language)
    message = compose_plain(words, server, to, name=name, at=at)
    message.add_alternative(as_html(letter), subtype="html", cte="quoted-printable")
    return message


def compose_plain(words: Plain, server: MailServer, to: Sequence[str], *, name: str, at: datetime) -> EmailMessage:
    """A message of plain text alone. ValueError for an address that no header can carry."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = words.subject
    message["From"] = sender_address(server)
    message["To"] = [Address(addr_spec=address) for address in to]
    message["Date"] = at
    message["Message-ID"] = name
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday reply comes back
    message["Content-Language"] = words.language
    message.set_content(words.text, cte="quoted-printable")
    return message


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape  # noqa: PLC0415 - most runs send none

    return Environment(
        loader=PackageLoader("comptoir.mail"),
        autoescape=select_autoescape(enabled_extensions=("html", "html.j2")),
        undefined=StrictUndefined,
    )
