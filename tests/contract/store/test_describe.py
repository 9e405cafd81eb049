"""What a store says of itself."""

from __future__ import annotations

import pytest
from tests.contract.store.conftest import OpenShop
from tests.contract.store.harness import ShopSetup, StoreHarness


@pytest.mark.parametrize(
    "setup",
    [
        ShopSetup(currency="GBP", zone="Europe/London"),
        ShopSetup(currency="CAD", zone="America/Toronto", prices_include_tax=True),
        ShopSetup(currency="JPY", zone="Asia/Tokyo"),
    ],
    ids=lambda setup: setup.currency,
)
def test_currency_and_zone_are_the_shops(open_shop: OpenShop, setup: ShopSetup) -> None:
    info = open_shop(setup).store().describe()
    assert (info.currency, info.time_zone) == (setup.currency, setup.zone)
    assert info.name


def test_the_identity_lasts_and_is_known_before_anything_is_asked(shop: StoreHarness) -> None:
    first, again = shop.store(), shop.store()
    assert first.identity.startswith(f"{shop.slug}:")
    assert first.identity == again.identity == again.describe().identity


def test_a_shop_that_lacks_nothing_has_no_warning(shop: StoreHarness) -> None:
    assert shop.store().describe().warnings == ()


def test_a_store_knows_its_translator_and_its_personal_keys(shop: StoreHarness) -> None:
    store = shop.store()
    assert store.translator_version >= 1
    assert store.personal_keys
