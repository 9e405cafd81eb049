"""Connecting a shop: the fields of the form, what they become, and the test of the connection."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx2

from comptoir.books.problems import Message, Problem
from comptoir.engine.errors import Refused
from comptoir.engine.forms import FormField
from comptoir.engine.ports import StoreInfo
from comptoir.http.oauth import Grant, TokenSource, TokenStore
from comptoir.http.transport import USER_AGENT, Transport
from comptoir.stores.shopify.auth import ClientCredentials, PastedToken, shop_domain
from comptoir.stores.shopify.client import ShopifyClient
from comptoir.stores.shopify.store import ShopifyStore

FIELDS = (
    FormField("shop", "Shop", "The name in NAME.myshopify.com, or the address of any page of your Shopify admin."),
    FormField("client_id", "Client ID", "From your app's settings in Shopify's Dev Dashboard.", required=False),
    FormField("client_secret", "Client secret", "From the same page.", secret=True, required=False),
    FormField(
        "token",
        "Access token of an older app",
        "Instead of client ID and secret, for an app made in the shop's admin before 2026: the text that starts with "
        "shpat_.",
        secret=True,
        required=False,
    ),
    FormField("base_url", "Shop address", "For a simulator only.", required=False),
)

_EMPTY = Message("This field is needed to connect Shopify.")
_COPY = Message("Copy it from your app's settings in Shopify's Dev Dashboard, or paste the token of an older app.")
_LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Access:
    """A filled form: the shop's domain and either a client id with its secret or a pasted token.

    `base_url` is for sandboxes: where the shop answers instead of https://DOMAIN (no trailing slash).
    """

    shop: str
    client_id: str = ""
    client_secret: str = field(repr=False, default="")
    token: str = field(repr=False, default="")
    base_url: str = ""


def read_form(values: Mapping[str, str]) -> Access | tuple[Problem, ...]:
    """What the form says, or everything that is wrong with it."""
    given = {each.name: values.get(each.name, "").strip() for each in FIELDS}
    problems: list[Problem] = []
    shop = ""
    try:
        shop = shop_domain(given["shop"])
    except Refused as error:
        remedy = Message("Type NAME.myshopify.com, or paste the address of a page of your Shopify admin.")
        problems.append(Problem(code="shop-name", what=error.message, remedy=remedy, field="shop"))
    if not given["token"]:
        problems += [
            Problem(code="field-missing", what=_EMPTY, remedy=_COPY, field=name)
            for name in ("client_id", "client_secret")
            if not given[name]
        ]
    if given["base_url"] and not is_safe(given["base_url"]):
        remedy = Message("Enter an address that begins with https://, or with http://127.0.0.1.")
        what = Message("Secrets may only travel to an https address or to this very machine.")
        problems.append(Problem(code="unsafe-address", what=what, remedy=remedy, field="base_url"))
    if problems:
        return tuple(problems)
    return Access(shop, given["client_id"], given["client_secret"], given["token"], given["base_url"].rstrip("/"))


def is_safe(url: str) -> bool:
    """Whether secrets may travel to `url`: https, or this very machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL_HOSTS)


def open_store(
    access: Access,
    *,
    http: httpx2.Client,
    token_store: TokenStore,
    sleep: Callable[[float], None] = time.sleep,
) -> ShopifyStore:
    """The shop, ready to be asked; nothing is sent yet. `token_store` keeps the tokens of this connection."""
    base_url = access.base_url or f"https://{access.shop}"
    transport = Transport(http, user_agent=USER_AGENT, sleep=sleep)
    grant: Grant
    if access.token:
        grant = PastedToken(access.shop, access.token)
    else:
        grant = ClientCredentials(
            shop=access.shop,
            client_id=access.client_id,
            client_secret=access.client_secret,
            transport=transport,
            base_url=base_url,
        )
    tokens = TokenSource(token_store, grant)
    return ShopifyStore(ShopifyClient(access.shop, transport=transport, tokens=tokens, base_url=base_url, sleep=sleep))


def check_connection(store: ShopifyStore) -> StoreInfo:
    """The test before a connection is saved; its identity tells two connections to one shop apart from two shops."""
    return store.describe()
