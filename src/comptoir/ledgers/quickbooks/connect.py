"""Connecting a QuickBooks company: the form's fields, the consent, and the test of the connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from comptoir.books.company import CompanyIdentity
from comptoir.books.problems import Message, Problem
from comptoir.engine.setup.forms import REDIRECT_URI, SIGN_IN, Choice, FormField
from comptoir.http.oauth import Tokens, TokenSource, TokenStore
from comptoir.http.transport import Transport, utc_now
from comptoir.ledgers.quickbooks.auth import (
    App,
    Endpoints,
    IntuitAuth,
    discover,
    is_safe,
)
from comptoir.ledgers.quickbooks.client import PRODUCTION_API, SANDBOX_API, QuickBooksClient, RealmId
from comptoir.ledgers.quickbooks.company import applies_by_itself, identity_of
from comptoir.ledgers.quickbooks.ledger import APP_URL, SANDBOX_APP_URL, QuickBooksLedger
from comptoir.ledgers.quickbooks.limits import Limits, standard_limits

PRODUCTION, SANDBOX, SIMULATOR = "production", "sandbox", "simulator"
PAGES = {PRODUCTION: APP_URL, SANDBOX: SANDBOX_APP_URL}
"""Where QuickBooks shows its companies to people; a simulator shows nothing."""
BROWSER, TOKEN = "browser", "token"
"""The ways in: a consent at Intuit in the browser, or a refresh token that came from one elsewhere."""

FIELDS = (
    FormField(
        "environment",
        Message("Which company"),
        Message("Development keys open test companies only, and production keys real ones only."),
        choices=(
            Choice(PRODUCTION, Message("A real company, with production keys")),
            Choice(SANDBOX, Message("One of Intuit's test companies, with development keys")),
            Choice(SIMULATOR, Message("A simulator"), simulated=True),
        ),
        default=PRODUCTION,
    ),
    FormField(
        "client_id",
        Message("Client ID"),
        Message("At developer.intuit.com: App dashboard, your app, Keys and credentials."),
    ),
    FormField("client_secret", Message("Client secret"), Message("On the same page."), secret=True),
    FormField(
        REDIRECT_URI,
        Message("Redirect URI"),
        Message("Where Intuit sends you back to. Your app must list exactly this address among its redirect URIs."),
        ways=(BROWSER,),
    ),
    FormField(
        "realm_id",
        Message("Company ID (realm ID)"),
        Message("Digits only. Intuit shows it beside the token."),
        ways=(TOKEN,),
    ),
    FormField(
        "refresh_token",
        Message("Refresh token"),
        Message("It is used once, now, and replaced: nothing else may go on using it."),
        secret=True,
        ways=(TOKEN,),
    ),
    FormField(
        "discovery_url",
        Message("Discovery document"),
        Message("Where a simulator tells its addresses."),
        required=False,
        simulated=True,
    ),
    FormField("api_url", Message("API address"), Message("Where a simulator answers."), required=False, simulated=True),
)

_MISSING = Message("This field is needed to connect QuickBooks.")
_FILL = Message("Fill it in.")
_NO_CHOICE = Message("This environment does not exist.")
_CHOOSE = Message("Choose production, sandbox or simulator.")
_NO_WAY = Message("Comptoir knows no such sign-in.")
_CHOOSE_WAY = Message("Choose browser or token.")
UNSAFE = Message("Secrets may only travel to an https address or to this very machine.")
_CORRECT = Message("Enter an address that begins with https://, or with http://127.0.0.1.")
_NO_DIGITS = Message("A company ID consists of digits.")
_COPY_ID = Message("Copy it from where Intuit shows it, beside the token.")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the form says, complete. Without a discovery document the published endpoints are used."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    environment: str = PRODUCTION
    discovery_url: str = ""
    api_url: str = PRODUCTION_API

    @property
    def metered_app(self) -> str:
        """Whose allowance of reads is used up here; "" where none is, as with Intuit's own test companies.

        Reads are metered for an app, whoever's company it reads (quickbooks-online.md §8). A simulator's are its own.
        """
        if self.environment == SANDBOX:
            return ""
        return self.client_id if self.environment == PRODUCTION else f"{self.client_id} {self.api_url}"


def check_form(values: Mapping[str, str]) -> list[Problem]:
    """Everything that stands in the way of connecting."""
    way = values.get(SIGN_IN, "").strip() or BROWSER
    problems = check_app(values)
    if way not in {BROWSER, TOKEN}:
        problems.append(Problem("unknown-choice", _NO_WAY, _CHOOSE_WAY, field=SIGN_IN))
    problems += _missing(values, [it for it in FIELDS if way in it.ways])
    realm_id = values.get("realm_id", "").strip()
    if way == TOKEN and realm_id and not realm_id.isdecimal():
        problems.append(Problem("not-digits", _NO_DIGITS, _COPY_ID, field="realm_id"))
    return problems


def check_app(values: Mapping[str, str]) -> list[Problem]:
    """Everything that stands in the way of `settings_of`."""
    environment = values.get("environment", "").strip() or PRODUCTION
    addresses = {"discovery_url", "api_url"} if environment == SIMULATOR else set()
    asked = [it for it in FIELDS if not it.ways and (it.required or it.name in addresses)]
    problems = _missing(values, asked)
    if environment not in {PRODUCTION, SANDBOX, SIMULATOR}:
        problems.append(Problem("unknown-choice", _NO_CHOICE, _CHOOSE, field="environment"))
    problems += [
        Problem("unsafe-address", UNSAFE, _CORRECT, field=name)
        for name in sorted(addresses)
        if values.get(name, "").strip() and not is_safe(values[name].strip())
    ]
    return problems


def _missing(values: Mapping[str, str], asked: Sequence[FormField]) -> list[Problem]:
    return [
        Problem("field-missing", _MISSING, _FILL, field=it.name)
        for it in asked
        if not it.default and not values.get(it.name, "").strip()
    ]


def settings_of(values: Mapping[str, str]) -> Settings:
    """The form's values with the environment's addresses. Raises ValueError while `check_app` finds problems."""
    problems = check_app(values)
    if problems:
        raise ValueError("; ".join(f"{problem.field}: {problem.what}" for problem in problems))
    clean = {name: text.strip() for name, text in values.items()}
    environment = clean.get("environment") or PRODUCTION
    discovery_url, api_url = {
        PRODUCTION: ("", PRODUCTION_API),
        SANDBOX: ("", SANDBOX_API),
        SIMULATOR: (clean.get("discovery_url", ""), clean.get("api_url", "")),
    }[environment]
    return Settings(
        client_id=clean["client_id"],
        client_secret=clean["client_secret"],
        redirect_uri=clean.get(REDIRECT_URI, ""),
        environment=environment,
        discovery_url=discovery_url,
        api_url=api_url,
    )


@dataclass(frozen=True, slots=True)
class CompanyReport:
    """What the test of a connection found."""

    identity: CompanyIdentity
    name: str
    currency: str
    country: str
    warnings: tuple[Message, ...] = ()


_AUTO_APPLY = Message(
    "QuickBooks attaches credits or payments to open invoices by itself in this company. Turn “Automatically apply "
    "credits” off in QuickBooks (Account and settings, Advanced), or a credit may settle another order's invoice."
)
_NO_SALES_TAX = Message(
    "Sales tax is switched off in this company: orders with tax will be held. Set up sales tax in QuickBooks if your "
    "shop charges it."
)
_SUBSCRIPTION = Message(
    "QuickBooks gives the subscription of this company as {status}. Posting stops when it ends: settle it in "
    "QuickBooks."
)
_TRIAL = Message(
    "This company is in QuickBooks' trial period. Posting stops when that ends, unless a plan is chosen in QuickBooks "
    "before."
)
_GOOD_SUBSCRIPTIONS = frozenset({"", "PAID", "SUBSCRIBED"})


LimitsOf = Callable[[str, bool], Limits]
"""The limits of a company by its realm id, for patient callers or for others."""


def _no_limits(_realm_id: str, _patient: bool) -> Limits:
    return Limits()


def _own_limits(_realm_id: str, patient: bool) -> Limits:
    return standard_limits(patient=patient)


class Connector:
    """One operator's app: consent, tokens, and the ledgers that they open.

    `limits` are asked for once a company and kind of caller. Without them a real company gets the standard ones; a
    simulator gets none. A `patient` caller is one whose work no person waits for.
    """

    def __init__(
        self,
        settings: Settings,
        transport: Transport,
        *,
        limits: LimitsOf | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._settings = settings
        self._transport = transport
        is_limited = settings.environment != SIMULATOR
        self._limits = limits or (
            lambda _realm_id, patient: standard_limits(patient=patient) if is_limited else Limits()
        )
        self._clock = clock
        self._auth: IntuitAuth | None = None
        self._limits_of: dict[tuple[str, bool], Limits] = {}

    def authorize_url(self, state: str) -> str:
        """Where to send the user. Raises RetryLater or Unexpected when the discovery document is out of reach."""
        return self._authorization().authorize_url(state)

    def finish(self, code: str, realm_id: str) -> tuple[Tokens, CompanyIdentity]:
        """What the callback brought, exchanged. The caller has compared `state` and saves the tokens."""
        if not realm_id.isdecimal():
            raise ValueError("a realm id consists of digits")
        return self._authorization().exchange(code), identity_of(realm_id)

    def renew(self, refresh_token: str) -> Tokens:
        """The tokens that a refresh token from elsewhere gives; its value may be another afterwards."""
        return self._authorization().refresh(Tokens("", self._clock(), refresh_token))

    def revoke(self, tokens: Tokens) -> None:
        """End the connection at Intuit."""
        self._authorization().revoke(tokens)

    def client(self, realm_id: str, store: TokenStore, *, patient: bool = False) -> QuickBooksClient:
        """The API of a connected company. No network is used until its first call."""
        return QuickBooksClient(
            self._transport,
            TokenSource(store, _LateGrant(self._authorization), clock=self._clock),
            realm_id=RealmId(realm_id),
            base_url=self._settings.api_url,
            limits=self._limits_for(realm_id, patient=patient),
            clock=self._clock,
        )

    def ledger(self, realm_id: str, store: TokenStore, *, patient: bool = False) -> QuickBooksLedger:
        """A connected company, for the engine."""
        pages = PAGES.get(self._settings.environment, "")
        return QuickBooksLedger(self.client(realm_id, store, patient=patient), pages=pages)

    def _limits_for(self, realm_id: str, *, patient: bool) -> Limits:
        key = realm_id, patient
        if key not in self._limits_of:
            self._limits_of[key] = self._limits(realm_id, patient)
        return self._limits_of[key]

    def _authorization(self) -> IntuitAuth:
        if self._auth is None:
            settings = self._settings
            endpoints = discover(self._transport, settings.discovery_url) if settings.discovery_url else Endpoints()
            app = App(settings.client_id, settings.client_secret, settings.redirect_uri)
            self._auth = IntuitAuth(self._transport, app, endpoints, clock=self._clock)
        return self._auth


class _LateGrant:
    """A grant whose endpoints are discovered at its first refresh."""

    def __init__(self, authorization: Callable[[], IntuitAuth]) -> None:
        self._authorization = authorization

    def refresh(self, tokens: Tokens | None) -> Tokens:
        return self._authorization().refresh(tokens)


def check_connection(client: QuickBooksClient) -> CompanyReport:
    """Whether the company answers, and what its owner should know. Raises a house error."""
    info, preferences = client.company_info(), client.preferences()
    status = next((it.value for it in info.name_value if it.name == "SubscriptionStatus"), "")
    found = (
        (applies_by_itself(preferences), _AUTO_APPLY),
        (not preferences.tax_prefs.using_sales_tax, _NO_SALES_TAX),
        (status == "TRIAL", _TRIAL),
        (status not in {"TRIAL", *_GOOD_SUBSCRIPTIONS}, Message(_SUBSCRIPTION.template, {"status": status})),
    )
    return CompanyReport(
        identity=identity_of(client.realm_id),
        name=info.company_name,
        currency=preferences.currency_prefs.home_currency.value,
        country=info.country,
        warnings=tuple(message for holds, message in found if holds),
    )
