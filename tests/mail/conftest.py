"""A real mail server on this machine, told how to behave; certificates of an authority of its own."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from comptoir.mail.server import MailServer

USER, PASSWORD = "comptoir", "p@ss/word"
SENDER = "Comptoir <comptoir@example.com>"


@dataclass
class Room:
    """What arrived, and what the server says: `answers` to whole messages in turn, `refuse` to single addresses."""

    arrived: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    refuse_sender: str = ""
    after_data: Callable[[], None] = lambda: None
    asked: int = 0

    async def handle_MAIL(  # noqa: N802 - the server's own name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuse_sender:
            return self.refuse_sender
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.asked += 1
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            raw = envelope.content
            assert isinstance(raw, bytes)
            message = message_from_bytes(raw, policy=default)
            self.arrived.append(([str(each) for each in envelope.rcpt_tos], message))
            self.after_data()
        return answer

    def only(self) -> EmailMessage:
        """The one message that arrived."""
        ((_, message),) = self.arrived
        return message


def part(message: EmailMessage, kind: str) -> str:
    """The text of a part, as its reader sees it."""
    found = message.get_body((kind,))
    assert found is not None
    text: str = found.get_content()
    return text


@dataclass(frozen=True)
class Authority:
    """A certificate authority's file; a server named localhost (127.0.0.1), and one of another name."""

    file: Path
    server: ssl.SSLContext
    elsewhere: ssl.SSLContext


def _signed(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, signer: ec.EllipticCurvePrivateKey, extensions: list[Any]
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(signer, hashes.SHA256())


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder = tmp_path_factory.mktemp("authority")
    root, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    ca = _signed("Test", root, "Test", root, [
        (x509.BasicConstraints(ca=True, path_length=None), True), (usage, True),
        (x509.SubjectKeyIdentifier.from_public_key(root.public_key()), False),
    ])  # fmt: skip
    issuer = (x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), False)
    (folder / "ca.pem").write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        own.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )

    def server(name: str, *names: x509.GeneralName) -> ssl.SSLContext:
        leaf = _signed(name, own, "Test", root, [(x509.SubjectAlternativeName(names), False), issuer])
        file = folder / f"{name}.pem"
        file.write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(file, folder / "key.pem")
        return context

    here = server("localhost", x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1")))
    elsewhere = server("elsewhere", x509.DNSName("mail.elsewhere.example"))
    return Authority(folder / "ca.pem", here, elsewhere)


def _signs_in(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and data == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=right)


@dataclass
class Post:
    """A server at work and how it is reached."""

    room: Room
    port: int
    controller: Office

    def settings(self, security: str = "none", user: str = "", password: str = "") -> MailServer:
        return MailServer("127.0.0.1", self.port, SENDER, security, user, password, timeout_seconds=5)


class Office(Controller):
    """On a port that the system chooses."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()  # type: ignore[no-untyped-call]


StartPost = Callable[..., Post]


@pytest.fixture
def start_post() -> Iterator[StartPost]:
    """Start a mail server: plain, with STARTTLS (`tls_context`), or with TLS from the first byte (`ssl_context`)."""
    started: list[Office] = []

    def start(**options: Any) -> Post:
        room = Room()
        if "auth_required" in options:
            options = {"authenticator": _signs_in, **options}
        controller = Office(room, hostname="127.0.0.1", port=0, **options)
        controller.start()
        started.append(controller)
        return Post(room, controller.port, controller)

    yield start
    for controller in started:
        controller.stop(no_assert=True)


@pytest.fixture
def post(start_post: StartPost) -> Post:
    """A plain server on this machine."""
    return start_post()


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    import socket

    listener = socket.create_server(("127.0.0.1", 0))
    taken: list[socket.socket] = []
    stop = threading.Event()

    def accept() -> None:
        while not stop.is_set():
            try:
                taken.append(listener.accept()[0])
            except OSError:
                return

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    stop.set()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for each in taken:
        each.close()
    thread.join(5)
