"""A company as a person connects it: by consent at Intuit, or with a refresh token that came from one elsewhere."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from comptoir.books.problems import Message, Problem
from comptoir.engine.errors import Refused
from comptoir.engine.service.deliveries import BAD_REQUEST, UNAUTHORIZED, Addressed, Delivery, Event, NotHeeded
from comptoir.engine.service.hints import Touched
from comptoir.engine.setup.connecting import Found, Invitation, read_manifest
from comptoir.engine.setup.forms import REDIRECT_URI, SIGN_IN, FormField, Way
from comptoir.http.oauth import HeldTokens, Tokens, TokenStore
from comptoir.http.transport import MalformedBody, utc_now
from comptoir.ledgers.quickbooks import webhooks
from comptoir.ledgers.quickbooks.auth import GRANT_LIFE, is_safe
from comptoir.ledgers.quickbooks.company import identity_of
from comptoir.ledgers.quickbooks.connect import (
    BROWSER,
    FIELDS,
    PRODUCTION,
    TOKEN,
    UNSAFE,
    CompanyReport,
    Connector,
    check_connection,
    check_form,
)
from comptoir.ledgers.quickbooks.ledger import QuickBooksLedger
from comptoir.ledgers.quickbooks.translate import encode
from comptoir.storage.connections import LEDGER, NewConnection, Standing

AUTHORIZED_AT = "authorized_at"
"""When a person signed in: ISO 8601, aware."""
SECRETS = frozenset({"client_secret"})
PASSING = frozenset({each.name for each in FIELDS if each.secret}) - SECRETS
"""Secrets of the form that are spent by connecting."""
SAME_APP = ("client_id", "environment", "discovery_url", "api_url")

_OPEN_APP = Message("Sign in at developer.intuit.com, open My Hub, then App dashboard, and your app.")
_MAKE = Message(
    "No app yet? Make one there for QuickBooks Online, with the accounting scope. Before it gives out production "
    "keys, Intuit has you fill in a questionnaire."
)
_KEYS = Message("Open Keys and credentials, choose Development or Production, and copy the client ID and the secret.")

WAYS = (
    Way(
        BROWSER,
        Message("Sign in at Intuit"),
        Message("You allow it on a page of Intuit and come back here. Your password stays there."),
        (
            _OPEN_APP,
            _MAKE,
            Message(
                "Open Settings, then Redirect URIs, choose Development or Production, and add the redirect URI shown "
                "here. It is compared letter by letter."
            ),
            _KEYS,
        ),
        here=False,
    ),
    Way(
        TOKEN,
        Message("Paste a refresh token"),
        Message(
            "For a real company where this installation has no https address of its own: Intuit sends nobody back to "
            "any other. You get the token from a page of Intuit's."
        ),
        (
            _OPEN_APP,
            _KEYS,
            Message("Open the OAuth 2.0 Playground there, choose the app and the accounting scope, and sign in."),
            Message("Copy the realm ID, choose Get tokens, and copy the refresh token. Use neither anywhere else."),
        ),
    ),
)
_NO_COMPANY = Message("The sign-in did not say which company you chose. Start again and choose a company.")
_NO_WAY_BACK = Message("Intuit sends people of real companies back to https addresses with a host name only.")
_GO_ROUND = Message(
    "Reach Comptoir by such an address, register another redirect URI of yours, or connect with a refresh token."
)


class QuickBooksConnecting:
    """What the command line and the pages ask to connect a company (`engine.setup.connecting.Accounting`)."""

    manifest = read_manifest("comptoir.ledgers.quickbooks")
    summary = Message(
        "A company in QuickBooks Online that sales, payments and refunds are posted to. You sign in at Intuit."
    )
    fields: tuple[FormField, ...] = FIELDS
    ways = WAYS

    def __init__(
        self,
        app_of: Callable[[Mapping[str, str]], Connector],
        *,
        clock: Callable[[], datetime] = utc_now,
        verifier: Callable[[], str] = str,
    ) -> None:
        """`app_of` gives the operator's Intuit app that a checked form describes, `verifier` its verifier token."""
        self._app_of = app_of
        self._clock = clock
        self._verifier = verifier

    @property
    def signs_with(self) -> str:
        """Nothing of the connection's: deliveries are signed with the operator's own verifier token."""
        return ""

    def addressed(self, delivery: Delivery) -> Addressed | NotHeeded:
        """The companies that a notification names, once its signature is that of the operator's app."""
        signature = delivery.headers.get(webhooks.SIGNATURE_HEADER, "")
        if not webhooks.is_signed(delivery.body, signature, self._verifier()):
            return NotHeeded(UNAUTHORIZED)
        try:
            hints = webhooks.read_notification(delivery.body).hints
        except MalformedBody:
            return NotHeeded(BAD_REQUEST)
        return Addressed(tuple(sorted({identity_of(each.realm_id) for each in hints})), is_believed=True)

    def told(self, delivery: Delivery, account: str, secret: str) -> Sequence[Event]:
        """The records of the company to which something happened; the whole delivery was checked already."""
        del secret
        hints = webhooks.read_notification(delivery.body).hints
        return [
            Event(each.event_id, each.entity, Touched(each.entity, each.id, each.at))
            for each in hints
            if identity_of(each.realm_id) == account
        ]

    def check(self, values: Mapping[str, str]) -> Sequence[Problem]:
        """Everything that is wrong with the form."""
        problems = check_form(values)
        back = values.get(REDIRECT_URI, "").strip()
        if back and values.get(SIGN_IN) != TOKEN:
            is_real = (values.get("environment", "").strip() or PRODUCTION) == PRODUCTION
            problems += _on_the_way_back(back, is_real=is_real)
        return problems

    def consent(self, values: Mapping[str, str], state: str) -> str | None:
        """Intuit's page; none with a refresh token."""
        return None if values.get(SIGN_IN) == TOKEN else self._app_of(values).authorize_url(state)

    def enter(self, values: Mapping[str, str]) -> Found:
        """The company of a refresh token, which is used at once: from here on only its successor counts."""
        return self._found(
            values, values["realm_id"].strip(), self._app_of(values).renew(values["refresh_token"].strip())
        )

    def finish(self, values: Mapping[str, str], state: str, query: str) -> Found:
        """The company that was chosen at Intuit. Its answer is not signed: the state is all that ties it to us."""
        del state
        answer = {name: each[0] for name, each in parse_qs(query).items()}
        realm_id, code = answer.get("realmId", ""), answer.get("code", "")
        if not realm_id.isdecimal() or not code:
            raise Refused(_NO_COMPANY, code="no-company")
        tokens, _ = self._app_of(values).finish(code, realm_id)
        return self._found({**values, AUTHORIZED_AT: self._clock().isoformat(timespec="seconds")}, realm_id, tokens)

    def ask(self, config: Mapping[str, str], tokens: TokenStore) -> Standing:
        """The company as it answers now."""
        return self._standing(check_connection(self._app_of(config).client(config["realm_id"], tokens)))

    def lent(self, values: Mapping[str, str], config: Mapping[str, str]) -> Mapping[str, str]:
        """The secret of the same app."""
        is_same = all(values.get(name, "").strip() == config.get(name, "") for name in SAME_APP)
        return {name: config[name] for name in SECRETS if is_same and config.get(name)}

    def forget(self, config: Mapping[str, str], tokens: TokenStore) -> Message | None:
        """Revoke the grant at Intuit."""
        held = tokens.load()
        if held is not None:
            self._app_of(config).revoke(held)
        return None

    def invited(self, query: str, known: Sequence[Mapping[str, str]], now: datetime) -> Invitation | None:
        """Intuit's launch link says no more than that somebody clicked it."""
        del query, known, now
        return None

    def ends_for_good(self, config: Mapping[str, str]) -> datetime | None:
        """Five years after a person signed in (quickbooks-online.md §2)."""
        began = config.get(AUTHORIZED_AT)
        return datetime.fromisoformat(began) + GRANT_LIFE if began else None

    def open(self, config: Mapping[str, str], tokens: TokenStore, *, patient: bool) -> QuickBooksLedger:
        """The company of a connection."""
        return self._app_of(config).ledger(config["realm_id"], tokens, patient=patient)

    def company_file(self, config: Mapping[str, str], tokens: TokenStore) -> bytes:
        """Its preferences and lists."""
        return encode(self.open(config, tokens, patient=False).export_company())

    def _standing(self, report: CompanyReport) -> Standing:
        return Standing(self._clock(), report.currency, country=report.country, notes=report.warnings)

    def _found(self, values: Mapping[str, str], realm_id: str, tokens: Tokens) -> Found:
        held = HeldTokens(tokens)
        report = check_connection(self._app_of(values).client(realm_id, held))
        config = {name: value for name, value in values.items() if name not in SECRETS | PASSING}
        new = NewConnection(
            role=LEDGER,
            platform=self.manifest.slug,
            identity=report.identity,
            title=report.name,
            config={**config, "realm_id": realm_id},
            secrets={name: values[name] for name in SECRETS},
        )
        return Found(new, held.load(), self._standing(report))


def _on_the_way_back(address: str, *, is_real: bool) -> list[Problem]:
    """Why Intuit sends nobody back to `address` (quickbooks-online.md §1), if so. `is_real`: not a test company."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if is_real and (parts.scheme != "https" or host == "localhost" or _is_ip(host)):
        return [Problem("no-way-back", _NO_WAY_BACK, _GO_ROUND, field=REDIRECT_URI)]
    if not is_safe(address):
        return [Problem("unsafe-address", UNSAFE, _GO_ROUND, field=REDIRECT_URI)]
    return []


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
