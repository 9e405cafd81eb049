"""The consent in the browser: where to send the person, and whether what comes back is Shopify's (shopify.md §2.2)."""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection, Sequence
from datetime import datetime
from urllib.parse import parse_qs, quote

from comptoir.books.problems import Message
from comptoir.engine.errors import Refused
from comptoir.stores.shopify.signatures import query_is_signed

TIMESTAMP_WINDOW_SECONDS = 90
"""How far from now the time of a callback may be; Shopify's own libraries allow as much."""
LONGEST_TIME = 12
"""Digits of a time in seconds, for thousands of years to come."""
LINK_WINDOW_SECONDS = 900
"""The same for a link that opens the app: its reader may have to sign in here first. It leads to a form only."""
SHOP_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9-_]*\.myshopify\.com")

_FORGED = (
    "This answer to the sign-in was not signed with the secret of your app. Copy the client secret again from the "
    "app's settings in the Dev Dashboard, then start again."
)
_OTHER_SHOP = (
    "You signed in at {other} instead of {shop}. Start again and choose {shop}, or connect {other} by its name."
)
_STALE = (
    "This answer to the sign-in is not from now (it says {seconds} seconds off). Set this computer's clock, then start "
    "again."
)
_OTHER_SIGN_IN = "This answer belongs to another sign-in. Start again, and use the page that it leads to."
_LINK_UNSIGNED = (
    "This link was not signed by an app that is known here. If it comes from a new app of yours, connect the shop with "
    "the app's client ID and secret instead."
)
_LINK_STALE = "This link is too old. Open the app in Shopify once more."
_LINK_WITHOUT_SHOP = "This link names no shop. Open the app in Shopify once more."
_NO_CODE = "Shopify sent no code with its answer. Start again; if it stays, report it."
_NOT_GRANTED = (
    "The app may not read orders in {shop}. Add the access scope read_orders to the app in Shopify, release it, then "
    "start again."
)


def authorize_url(base_url: str, *, client_id: str, scopes: Sequence[str], redirect_uri: str, state: str) -> str:
    """The page of the shop where a person allows the app in, for a token that works without them (offline)."""
    query = {"client_id": client_id, "scope": ",".join(scopes), "redirect_uri": redirect_uri, "state": state}
    text = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
    return f"{base_url}/admin/oauth/authorize?{text}"


def code_of(query: str, *, shop: str, client_secret: str, state: str, now: datetime) -> str:
    """The code that a callback brought (its raw query); Refused, with the remedy, for anything but Shopify's answer.

    The signature is looked at first: what is not signed says nothing of the rest.
    """
    values = {name: each[0] for name, each in parse_qs(query).items()}
    if not query_is_signed(query, client_secret):
        raise _refused(_FORGED, "hmac")
    if not hmac.compare_digest(values.get("state", "").encode(), state.encode()):
        raise _refused(_OTHER_SIGN_IN, "state")
    other = values.get("shop", "").lower()
    if not SHOP_NAME.fullmatch(other) or other != shop:
        raise _refused(_OTHER_SHOP, "shop", shop=shop, other=other)
    seconds = _seconds_from(now, values.get("timestamp", ""))
    if seconds is None or seconds > TIMESTAMP_WINDOW_SECONDS:
        raise _refused(_STALE, "timestamp", seconds="unknown" if seconds is None else str(round(seconds)))
    if not values.get("code"):
        raise _refused(_NO_CODE, "code")
    return values["code"]


def check_link(query: str, *, secrets: Sequence[str], now: datetime) -> tuple[str, int | None]:
    """The shop of a link by which Shopify opens the app (its raw query), and which secret signed it (§2.2 (1)).

    Without any secret it proves nothing, and None stands for that. Refused where none of them signed it, where it is
    too old, or names no shop.
    """
    signers = [place for place, secret in enumerate(secrets) if query_is_signed(query, secret)]
    if secrets and not signers:
        raise _refused(_LINK_UNSIGNED, "hmac")
    values = {name: each[0] for name, each in parse_qs(query).items()}
    shop, seconds = values.get("shop", "").lower(), _seconds_from(now, values.get("timestamp", ""))
    if not SHOP_NAME.fullmatch(shop):
        raise _refused(_LINK_WITHOUT_SHOP, "shop")
    if seconds is None or seconds > LINK_WINDOW_SECONDS:
        raise _refused(_LINK_STALE, "timestamp")
    return shop, signers[0] if signers else None


def _seconds_from(now: datetime, stated: str) -> float | None:
    """How far a time is from now; None where what is stated is no time."""
    is_time = stated.isdecimal() and len(stated) <= LONGEST_TIME
    return abs(now.timestamp() - int(stated)) if is_time else None


def missing_scopes(granted: str, wanted: Collection[str]) -> list[str]:
    """What of `wanted` was not granted, in its order. Shopify leaves out a read_ scope that a write_ one implies."""
    handles = {handle.strip() for handle in granted.split(",")}
    return [scope for scope in wanted if not handles & {scope, scope.replace("read_", "write_", 1)}]


def check_granted(granted: str, *, shop: str, required: Collection[str]) -> None:
    """Refused where the person did not allow what nothing works without."""
    if missing_scopes(granted, required):
        raise _refused(_NOT_GRANTED, "scope", shop=shop)


def _refused(template: str, code: str, **values: str) -> Refused:
    return Refused(Message(template, values), code=f"callback_{code}")
