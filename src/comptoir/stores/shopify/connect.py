"""Connecting a shop: the fields of the form, what they become, and the test of the connection."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import httpx2

from comptoir.books.problems import Message, Problem
from comptoir.engine.errors import Refused
from comptoir.engine.ports import StoreInfo
from comptoir.engine.setup.forms import REDIRECT_URI as REDIRECT
from comptoir.engine.setup.forms import SIGN_IN, FormField
from comptoir.http.oauth import Grant, Tokens, TokenSource, TokenStore
from comptoir.http.transport import RETRIES, USER_AGENT, Transport, utc_now
from comptoir.stores.shopify.auth import ClientCredentials, Door, OfflineGrant, PastedToken, is_safe, shop_domain
from comptoir.stores.shopify.client import ShopifyClient
from comptoir.stores.shopify.consent import authorize_url, check_granted, code_of
from comptoir.stores.shopify.store import READ_ORDERS, SCOPE_WARNINGS, ShopifyStore

APP, BROWSER, TOKEN = "app", "browser", "token"
"""The ways in: the merchant's own app by its secret, a consent in the browser, the token of an older app."""
PLATFORM = "shopify"
"""How those who watch the calls name it."""
REDIRECT_URI = "http://localhost:8484/callback"

_OWN_APP = (APP, BROWSER)

FIELDS = (
    FormField(
        "shop",
        Message("Shop"),
        Message("The name in NAME.myshopify.com, or the address of any page of your Shopify admin."),
    ),
    FormField("client_id", Message("Client ID"), Message("In the Dev Dashboard: your app, Settings."), ways=_OWN_APP),
    FormField("client_secret", Message("Client secret"), Message("On the same page."), secret=True, ways=_OWN_APP),
    FormField(
        "token",
        Message("Access token of an older app"),
        Message("The text that starts with shpat_."),
        secret=True,
        ways=(TOKEN,),
    ),
    FormField(
        REDIRECT,
        Message("Redirect URL"),
        Message("Where Shopify sends you back to. Your app must list exactly this address among its redirect URLs."),
        ways=(BROWSER,),
        default=REDIRECT_URI,
    ),
    FormField(
        "base_url", Message("Shop address"), Message("Where a simulator answers."), required=False, simulated=True
    ),
)

ASKED_SCOPES = tuple(SCOPE_WARNINGS)
"""What a consent asks for: the required scope and every one whose absence is worth a warning."""

_HTTPS = Message("Enter an address that begins with https://, or with http://127.0.0.1.")
_REACH = Message("Reach Comptoir by an https address, or open it on the machine that it runs on.")
_EMPTY = Message("This field is needed to connect Shopify.")
_COPY = Message("Copy it from your app's settings in Shopify's Dev Dashboard, or paste the token of an older app.")
_NO_CHOICE = Message("Comptoir knows no such sign-in.")
_CHOOSE = Message("Choose app, browser or token.")


@dataclass(frozen=True, slots=True)
class Access:
    """A filled form: the shop's domain and the way in with what it takes.

    `base_url` is for sandboxes: where the shop answers instead of https://DOMAIN (no trailing slash).
    """

    shop: str
    client_id: str = ""
    client_secret: str = field(repr=False, default="")
    token: str = field(repr=False, default="")
    base_url: str = ""
    sign_in: str = APP
    redirect_uri: str = REDIRECT_URI

    @property
    def address(self) -> str:
        """Where the shop answers."""
        return self.base_url or f"https://{self.shop}"


def read_form(values: Mapping[str, str]) -> Access | tuple[Problem, ...]:
    """What the form says, or everything that is wrong with it. Without a sign-in, a token alone says which it is."""
    given = {name: values.get(name, "").strip() for name in (SIGN_IN, *(each.name for each in FIELDS))}
    sign_in = given[SIGN_IN] or (TOKEN if given["token"] else APP)
    problems: list[Problem] = []
    shop = ""
    try:
        shop = shop_domain(given["shop"])
    except Refused as error:
        remedy = Message("Type NAME.myshopify.com, or paste the address of a page of your Shopify admin.")
        what = error.message if given["shop"] else _EMPTY
        problems.append(Problem(code="shop-name", what=what, remedy=remedy, field="shop"))
    if sign_in not in {APP, BROWSER, TOKEN}:
        problems.append(Problem(code="unknown-choice", what=_NO_CHOICE, remedy=_CHOOSE, field="sign_in"))
    needed = ("token",) if sign_in == TOKEN else ("client_id", "client_secret")
    problems += [
        Problem(code="field-missing", what=_EMPTY, remedy=_COPY, field=name) for name in needed if not given[name]
    ]
    problems += [
        _unsafe(name)
        for name in ("base_url", "redirect_uri")
        if given[name] and (name == "base_url" or sign_in == BROWSER) and not is_safe(given[name])
    ]
    if problems:
        return tuple(problems)
    return Access(
        shop,
        given["client_id"],
        given["client_secret"],
        given["token"],
        given["base_url"].rstrip("/"),
        sign_in,
        given["redirect_uri"] or REDIRECT_URI,
    )


def _unsafe(name: str) -> Problem:
    remedy = _REACH if name == REDIRECT else _HTTPS
    what = Message("Secrets may only travel to an https address or to this very machine.")
    return Problem(code="unsafe-address", what=what, remedy=remedy, field=name)


class SignIn:
    """One consent in the browser, from the page it opens to the tokens it gives."""

    def __init__(
        self,
        access: Access,
        *,
        http: httpx2.Client,
        state: str,
        clock: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`state` is what nobody can guess: it ties the callback to this sign-in."""
        self._access = access
        self._state = state
        self._clock = clock
        transport = Transport(http, user_agent=USER_AGENT, platform=PLATFORM, sleep=sleep)
        self._grant = OfflineGrant(_door(access, transport, clock))

    @property
    def url(self) -> str:
        """The page to send the person to."""
        access = self._access
        return authorize_url(
            access.address,
            client_id=access.client_id,
            scopes=ASKED_SCOPES,
            redirect_uri=access.redirect_uri,
            state=self._state,
        )

    def finish(self, query: str) -> Tokens:
        """The tokens for the callback's raw query.

        Raises Refused for a callback that is not Shopify's to this sign-in; Reconnect, RetryLater or Unexpected.
        """
        access = self._access
        code = code_of(
            query, shop=access.shop, client_secret=access.client_secret, state=self._state, now=self._clock()
        )
        return self._granted(*self._grant.redeem(code))

    def renew(self, token: str) -> Tokens:
        """Expiring tokens for one of the same app that never ends; afterwards the old one is dead."""
        return self._granted(*self._grant.exchange(token))

    def _granted(self, tokens: Tokens, scope: str) -> Tokens:
        check_granted(scope, shop=self._access.shop, required=(READ_ORDERS,))
        return tokens


def open_store(
    access: Access,
    *,
    http: httpx2.Client,
    token_store: TokenStore,
    sleep: Callable[[float], None] = time.sleep,
    retries: int = RETRIES,
) -> ShopifyStore:
    """The shop, ready to be asked; nothing is sent yet. `token_store` keeps the tokens of this connection."""
    transport = Transport(http, user_agent=USER_AGENT, platform=PLATFORM, retries=retries, sleep=sleep)
    door = _door(access, transport, utc_now)
    grants: dict[str, Grant] = {
        APP: ClientCredentials(door),
        BROWSER: OfflineGrant(door),
        TOKEN: PastedToken(access.shop, access.token),
    }
    tokens = TokenSource(token_store, grants[access.sign_in])
    client = ShopifyClient(access.shop, transport=transport, tokens=tokens, base_url=access.address, sleep=sleep)
    return ShopifyStore(client)


def _door(access: Access, transport: Transport, clock: Callable[[], datetime]) -> Door:
    return Door(access.shop, access.client_id, access.client_secret, transport, access.address, clock)


def check_connection(store: ShopifyStore) -> StoreInfo:
    """The test before a connection is saved; its identity tells two connections to one shop apart from two shops."""
    return store.describe()
