"""A shop as a person connects it: by an app of their own, by consent in the browser, or with an older app's token."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import httpx2

from comptoir.books.problems import Message, Problem
from comptoir.engine.ports import StoreInfo
from comptoir.engine.service.deliveries import UNAUTHORIZED, Addressed, Delivery, Event, NotHeeded
from comptoir.engine.setup.connecting import Found, Invitation, read_manifest
from comptoir.engine.setup.forms import SIGN_IN, FormField, Way
from comptoir.http.oauth import HeldTokens, Tokens, TokenStore
from comptoir.http.transport import RETRIES, utc_now
from comptoir.storage.connections import STORE, NewConnection, Standing
from comptoir.stores.shopify import webhooks
from comptoir.stores.shopify.connect import (
    APP,
    ASKED_SCOPES,
    BROWSER,
    FIELDS,
    PLATFORM,
    TOKEN,
    Access,
    SignIn,
    open_store,
    read_form,
)
from comptoir.stores.shopify.consent import check_link
from comptoir.stores.shopify.store import ShopifyStore
from comptoir.stores.shopify.translate import IDENTITY_PREFIX

_SCOPES = {"scopes": ", ".join(ASKED_SCOPES)}
_MAKE = Message("Open the Dev Dashboard (dev.shopify.com/dashboard), choose Apps, then Create app.")
_RELEASE = Message("In the app, open Versions, select these scopes, and release the version: {scopes}.", _SCOPES)
_COPY = Message("Open Settings in the app: the client ID and the client secret are there.")

WAYS = (
    Way(
        APP,
        Message("An app of your own"),
        Message("For a shop of the same organisation as the app in Shopify. Nothing to sign in to, nothing that ends."),
        (_MAKE, _RELEASE, Message("On the app's Home page, choose Install app, and your shop."), _COPY),
    ),
    Way(
        BROWSER,
        Message("Sign in at the shop"),
        Message("For any app. You allow it in on a page of Shopify, and come back here."),
        (
            _MAKE,
            _RELEASE,
            Message("In the same place, add the redirect URL shown here to the app's redirect URLs, then release."),
            _COPY,
        ),
        here=False,
    ),
    Way(
        TOKEN,
        Message("The token of an older app"),
        Message("For an app that was made in the shop's own admin before 2026."),
        (
            Message("In the shop's admin, open Settings, then Apps, then Develop apps, and the app."),
            Message("Its access token was shown once, when it was made; it starts with shpat_."),
        ),
    ),
)
_LEFT_TO_DO = Message(
    "Shopify still lists the app in the shop. To take it off, open Settings, then Apps, in the shop's admin, and "
    "uninstall it there."
)


class ShopifyConnecting:
    """What the command line and the pages ask to connect a shop (`engine.setup.connecting.Selling`)."""

    manifest = read_manifest("comptoir.stores.shopify")
    summary = Message("Orders, payments and refunds of a Shopify shop. Comptoir reads; it changes nothing in the shop.")
    fields: tuple[FormField, ...] = FIELDS
    ways = WAYS

    def __init__(
        self,
        http: httpx2.Client,
        *,
        retries: int = RETRIES,
        clock: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = http
        self._retries = retries
        self._clock = clock
        self._sleep = sleep

    @property
    def signs_with(self) -> str:
        """The app's secret: `shop/redact` comes 48 hours after the app was taken off the shop (shopify.md §7)."""
        return "client_secret"

    def addressed(self, delivery: Delivery) -> Addressed | NotHeeded:
        """The shop that its header names; nothing of it is believed yet."""
        shop = webhooks.shop_of(delivery.headers)
        return Addressed((shop,), is_believed=False) if shop else NotHeeded(UNAUTHORIZED)

    def told(self, delivery: Delivery, account: str, secret: str) -> Sequence[Event] | NotHeeded:
        """One change, the end of the app in the shop, or what a person asks of their data."""
        del account  # its secret stands for it
        hint = webhooks.hint_of(delivery.headers, delivery.body, [secret] if secret else [])
        if isinstance(hint, webhooks.RefusedDelivery):
            return NotHeeded(hint.status)
        ask = webhooks.privacy_of(hint, delivery.body)
        return [Event(hint.delivery_id, hint.topic, ask=ask, is_end=hint.topic == webhooks.UNINSTALLED)]

    def check(self, values: Mapping[str, str]) -> Sequence[Problem]:
        """Everything that is wrong with the form."""
        found = read_form(values)
        return () if isinstance(found, Access) else found

    def consent(self, values: Mapping[str, str], state: str) -> str | None:
        """The shop's page, for that sign-in; none where a token without end is exchanged for one that is renewed."""
        access = access_of(values)
        return None if access.sign_in != BROWSER or access.token else self._sign_in(access, state).url

    def enter(self, values: Mapping[str, str]) -> Found:
        """The shop, with the app's secret or a token."""
        access = access_of(values)
        granted = self._sign_in(access, "").renew(access.token) if access.sign_in == BROWSER else None
        return self._found(access, granted)

    def finish(self, values: Mapping[str, str], state: str, query: str) -> Found:
        """The shop, with the code of the consent."""
        access = access_of(values)
        return self._found(access, self._sign_in(access, state).finish(query))

    def ask(self, config: Mapping[str, str], tokens: TokenStore) -> Standing:
        """The shop as it answers now."""
        return self._standing(self._describe(access_of(config), tokens))

    def lent(self, values: Mapping[str, str], config: Mapping[str, str]) -> Mapping[str, str]:
        """The secret of the same app; the token of the same shop."""
        is_same_app = _same(values, config, "client_id", "base_url") and config.get("client_id")
        is_same_shop = _same(values, config, "shop", "base_url")
        kept = (("client_secret", is_same_app), ("token", is_same_shop and values.get(SIGN_IN) == TOKEN))
        return {name: config[name] for name, fits in kept if fits and config.get(name)}

    def forget(self, config: Mapping[str, str], tokens: TokenStore) -> Message | None:
        """Nothing to call: an app leaves a shop by the hand of its people."""
        del config, tokens
        return _LEFT_TO_DO

    def invited(self, query: str, known: Sequence[Mapping[str, str]], now: datetime) -> Invitation | None:
        """The shop in whose admin somebody opened the app."""
        secrets = [each.get("client_secret", "") for each in known]
        places = [place for place, secret in enumerate(secrets) if secret]
        shop, signer = check_link(query, secrets=[secrets[place] for place in places], now=now)
        values = {"shop": shop, SIGN_IN: BROWSER}
        identity = f"{IDENTITY_PREFIX}{shop}"
        if signer is None:
            return Invitation(identity, values, None)
        lender = places[signer]
        app = {name: known[lender][name] for name in ("client_id", "base_url") if known[lender].get(name)}
        return Invitation(identity, {**values, **app}, lender)

    def ends_for_good(self, config: Mapping[str, str]) -> datetime | None:
        """Never: an offline token is renewed as long as the app is in the shop (shopify.md §2)."""
        del config
        return None

    def open(self, config: Mapping[str, str], tokens: TokenStore) -> ShopifyStore:
        """The shop of a connection."""
        return self._open(access_of(config), tokens)

    def watch(self, config: Mapping[str, str], tokens: TokenStore, address: str) -> int:
        """Subscribe; a shop whose app has no secret could not sign what it tells."""
        can_tell = config.get("client_secret") and not self.check(config)
        return self.open(config, tokens).watch(address) if can_tell else 0

    def _sign_in(self, access: Access, state: str) -> SignIn:
        return SignIn(access, http=self._http, state=state, clock=self._clock, sleep=self._sleep)

    def _describe(self, access: Access, tokens: TokenStore) -> StoreInfo:
        return self._open(access, tokens).describe()

    def _open(self, access: Access, tokens: TokenStore) -> ShopifyStore:
        return open_store(access, http=self._http, token_store=tokens, sleep=self._sleep, retries=self._retries)

    def _standing(self, info: StoreInfo) -> Standing:
        return Standing(self._clock(), info.currency, info.time_zone, notes=info.warnings)

    def _found(self, access: Access, granted: Tokens | None) -> Found:
        held = HeldTokens(granted)
        info = self._describe(access, held)
        new = NewConnection(
            role=STORE,
            platform=PLATFORM,
            identity=info.identity,
            title=info.name,
            config={
                "shop": access.shop,
                SIGN_IN: access.sign_in,
                "client_id": access.client_id,
                "redirect_uri": access.redirect_uri,
                "base_url": access.base_url,
            },
            secrets={
                "client_secret": access.client_secret,
                "token": access.token if access.sign_in == TOKEN else "",
            },
        )
        return Found(new, held.load(), self._standing(info))


def access_of(values: Mapping[str, str]) -> Access:
    """A form that was checked."""
    found = read_form(values)
    if isinstance(found, Access):
        return found
    raise ValueError("; ".join(f"{each.field}: {each.what}" for each in found))


def _same(values: Mapping[str, str], config: Mapping[str, str], *names: str) -> bool:
    return all(values.get(name, "").strip().rstrip("/") == config.get(name, "") for name in names)
