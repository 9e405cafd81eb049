"""The same record in the buyer's money: what an order says when its presentment amounts are read as the shop's."""

from __future__ import annotations

from collections.abc import Mapping

SHOP, PRESENTMENT = "shopMoney", "presentmentMoney"


class NotStatedError(Exception):
    """An amount of the record is not stated in the buyer's money."""


def as_buyer_saw(payload: Mapping[str, object]) -> dict[str, object]:
    """The record with every money bag turned to its presentment side, and the currency code with it.

    Every amount of an order is stated in both currencies (shopify.md §4.3), and the identities hold in each of them by
    itself (§4.4), so the translation reads either side in the same way. Raises NotStatedError for a record that was
    fetched before both were asked for.
    """
    turned = {key: _turned(value) for key, value in payload.items()}
    return {**turned, "currencyCode": payload["presentmentCurrencyCode"]}


def _turned(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_turned(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    if SHOP not in value:
        return {key: _turned(each) for key, each in value.items()}
    seen = value.get(PRESENTMENT)
    if seen is None:
        raise NotStatedError
    return {SHOP: seen, PRESENTMENT: seen}
