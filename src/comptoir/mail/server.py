"""The operator's mail server: its address from the environment, one message handed over, what came of it as a value."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from comptoir.books.checks.plain import ADDRESS
from comptoir.books.problems import Message, Problem

URL_NAME = "COMPTOIR_SMTP_URL"
FROM_NAME = "COMPTOIR_MAIL_FROM"
PORTS = {"smtp": 587, "smtps": 465}
"""Submission with STARTTLS, and submission over TLS from the first byte (RFC 6409, RFC 8314)."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
TIMEOUT_SECONDS = 30
"""For each word of the conversation. RFC 5321 allows minutes; a report that waits loses nothing."""
REFUSED = "mail-refused"
"""The code of the problem of an address that the server does not take; its message has the `address`."""
OK = 250
PERMANENT = 500
"""From this code on the server says that the same would be refused again (RFC 5321, 4.2.1)."""
ANSWER_LIMIT = 300
"""Characters kept of what a server says."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """How to reach the mail server, and who sends. `security`: tls, starttls or none."""

    host: str
    port: int
    sender: str
    security: str
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_seconds: float = TIMEOUT_SECONDS


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the server said of one address, and whether it would say so again."""

    problem: Problem
    is_final: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of handing a message over.

    `failure`: nobody got it. `refused`: these addresses did not, and every other one did. `reached`: the server was
    there and spoke of this message, so that the next one may fare better.
    """

    failure: Refusal | None = None
    refused: Mapping[str, Refusal] = field(default_factory=dict)
    reached: bool = True

    @property
    def refusals(self) -> list[Refusal]:
        """Everything that went wrong."""
        return [*([self.failure] if self.failure else []), *self.refused.values()]


def mail_server(environment: Mapping[str, str]) -> MailServer | Problem:
    """The mail server that the environment names, or what is missing or wrong there. No secret is in a problem."""
    url, sender = environment.get(URL_NAME, ""), environment.get(FROM_NAME, "")
    if not url:
        return _problem(
            "mail-server",
            "No mail server is set, so no report can be sent by e-mail.",
            "Set COMPTOIR_SMTP_URL, like smtp://<user>:<password>@mail.example.com:587, and COMPTOIR_MAIL_FROM.",
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return _wrong_url("COMPTOIR_SMTP_URL cannot be read: the port is no number, or the host is not well written.")
    if parts.scheme not in PORTS:
        return _wrong_url("COMPTOIR_SMTP_URL cannot be read: it must begin with smtp:// or smtps://.")
    if not parts.hostname:
        return _wrong_url("COMPTOIR_SMTP_URL cannot be read: it names no host.")
    if not ADDRESS.fullmatch(parseaddr(sender)[1]):
        return _problem(
            "mail-from",
            'COMPTOIR_MAIL_FROM is "{sender}", which is no e-mail address.',
            "Set it to the address that the reports come from, for example Comptoir <comptoir@example.com>.",
            sender=sender,
        )
    return _checked(parts, port or PORTS[parts.scheme], sender)


def _checked(parts: SplitResult, port: int, sender: str) -> MailServer | Problem:
    options = parse_qs(parts.query)
    unknown = sorted(options.keys() - {"tls"})
    if unknown or options.get("tls", ["on"]) not in (["on"], ["off"]):
        return _wrong_url("COMPTOIR_SMTP_URL cannot be read: after the question mark it knows tls=off alone.")
    host = parts.hostname or ""
    security = "tls" if parts.scheme == "smtps" else "starttls"
    if options.get("tls") == ["off"]:
        if parts.username and host not in LOOPBACK:
            return _problem(
                "mail-server",
                "With tls=off the password for the mail server {host} would cross the network in clear.",
                "Take tls=off out of COMPTOIR_SMTP_URL, or the user name and the password.",
                host=host,
            )
        security = "none"
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return MailServer(host, port, sender, security, user, password)


def _wrong_url(what: str) -> Problem:
    return _problem(
        "mail-server",
        what,
        "Write it like smtp://<user>:<password>@mail.example.com:587 or smtps://<user>:<password>@mail.example.com; "
        "characters such as @ or / in a password are written %40 and %2F.",
    )


def sender_address(server: MailServer) -> Address:
    """The sender as a header wants it."""
    name, address = parseaddr(server.sender)
    return Address(display_name=name, addr_spec=address)


def sender_domain(server: MailServer) -> str:
    """The domain of the sender's address."""
    return parseaddr(server.sender)[1].rpartition("@")[2]


class Conversation:
    """One connection to the server for several messages; opened with the first, and anew after a fault."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._smtp: smtplib.SMTP | None = None

    def deliver(self, message: EmailMessage, recipients: Sequence[str]) -> Delivery:
        """Hand a message over for these addresses. Never raises: what goes wrong is in the answer."""
        try:
            smtp = self._open()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return Delivery(failure=_no_connection(self._server, error), reached=False)
        try:
            refused = smtp.send_message(message, sender_address(self._server).addr_spec, list(recipients))
        except smtplib.SMTPRecipientsRefused as error:
            return Delivery(refused=self._refusals(error.recipients))
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            return Delivery(failure=self._not_taken(error))
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return Delivery(failure=_no_connection(self._server, error), reached=False)
        return Delivery(refused=self._refusals(refused))

    def greet(self) -> Problem | None:
        """Whether the server lets us in: nothing is handed over. Never raises."""
        try:
            self._open()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return _no_connection(self._server, error).problem
        return None

    def close(self) -> None:
        """End the conversation; what was handed over stays so, whatever the server says to that."""
        if self._smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
            self._smtp.close()
            self._smtp = None

    def _open(self) -> smtplib.SMTP:
        if self._smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                if self._smtp.noop()[0] == OK:
                    return self._smtp
            self.close()
        server = self._server
        if server.security == "tls":
            context = ssl.create_default_context()
            self._smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout_seconds, context=context)
        else:
            self._smtp = smtplib.SMTP(server.host, server.port, timeout=server.timeout_seconds)
        if server.security == "starttls":
            self._smtp.starttls(context=ssl.create_default_context())
        if server.user:
            self._smtp.login(server.user, server.password)
        return self._smtp

    def _refusals(self, refused: Mapping[str, tuple[int, bytes]]) -> dict[str, Refusal]:
        return {
            address: Refusal(
                _problem(
                    REFUSED,
                    "The mail server does not take mail for {address}: {said}",
                    "Check the address in the settings (report.to); if it is right, ask whoever runs the mail server.",
                    address=address,
                    said=self._said(code, text),
                ),
                is_final=code >= PERMANENT,
            )
            for address, (code, text) in refused.items()
        }

    def _not_taken(self, error: smtplib.SMTPSenderRefused | smtplib.SMTPDataError) -> Refusal:
        text = error.smtp_error if isinstance(error.smtp_error, bytes) else str(error.smtp_error).encode()
        problem = _problem(
            "mail-not-taken",
            "The mail server {host} does not take the report from {sender}: {said}",
            "Check that this server may send for the address in COMPTOIR_MAIL_FROM, or ask whoever runs it.",
            host=self._server.host,
            sender=sender_address(self._server).addr_spec,
            said=self._said(error.smtp_code, text),
        )
        return Refusal(problem, is_final=isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= PERMANENT)

    def _said(self, code: int, text: bytes) -> str:
        """A server's answer on one line, without our own password should it repeat it."""
        said = " ".join(f"{code} {text.decode('utf-8', 'replace')}".split())
        if self._server.password:
            said = said.replace(self._server.password, "***")
        return said[:ANSWER_LIMIT]


@contextlib.contextmanager
def conversation(server: MailServer) -> Iterator[Conversation]:
    """A conversation for the block."""
    opened = Conversation(server)
    try:
        yield opened
    finally:
        opened.close()


def _no_connection(server: MailServer, error: Exception) -> Refusal:
    """Why no message can be handed over at all; the operator may mend it meanwhile, so nothing of it is final."""
    place = {"host": f"{server.host}:{server.port}"}
    if isinstance(error, smtplib.SMTPAuthenticationError):
        problem = _problem(
            "mail-sign-in",
            "The mail server {host} does not accept the user name or the password.",
            "Correct them in COMPTOIR_SMTP_URL; some providers ask for a password made for one app alone.",
            **place,
        )
    elif isinstance(error, ssl.SSLCertVerificationError):
        problem = _problem(
            "mail-certificate",
            "The certificate of the mail server {host} cannot be trusted: {detail}.",
            "Use the host name that the certificate is for; for a certificate of your own, name its authority in "
            "SSL_CERT_FILE.",
            detail=error.verify_message.rstrip("."),
            **place,
        )
    elif isinstance(error, smtplib.SMTPNotSupportedError):
        problem = _problem(
            "mail-tls",
            "The mail server {host} does not offer what is asked of it: {detail}.",
            "Use the port on which it offers TLS and sign-in (587, or 465 with smtps://); for a server on this machine "
            "without TLS add ?tls=off.",
            detail=str(error).rstrip("."),
            **place,
        )
    else:
        problem = _problem(
            "mail-unreachable",
            "The mail server {host} cannot be reached: {detail}.",
            "Check the host and the port in COMPTOIR_SMTP_URL, and that this machine may reach them.",
            detail=_reason(error),
            **place,
        )
    return Refusal(problem, is_final=False)


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "no answer in time"
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        return " ".join(f"{error.smtp_code} {text}".split())[:ANSWER_LIMIT].rstrip(".")
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split())[:ANSWER_LIMIT] or type(error).__name__


def _problem(code: str, what: str, remedy: str, **values: str) -> Problem:
    return Problem(code, Message(what, values), Message(remedy, values), cause=code)
