"""The one place that builds concrete objects."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import Cluster

from comptoir.storage.home import Home
from comptoir.wiring import CLOCK_SPEED, open_app

FORM = {
    "client_id": "c",
    "client_secret": "s",
    "redirect_uri": "http://127.0.0.1:8497/callback",
    "environment": "simulator",
    "discovery_url": "http://127.0.0.1:9/d",
    "api_url": "http://127.0.0.1:9",
}


def test_whoever_calls_a_company_shares_its_limits(tmp_path: Path) -> None:
    """Two readings one after the other are told apart by nobody at Intuit."""
    with open_app(tmp_path / "home") as app:
        one = app.intuit_app({**FORM, CLOCK_SPEED: "40"})
        assert app.intuit_app({**FORM, CLOCK_SPEED: "40", "realm_id": "91"}) is one
        assert app.intuit_app({**FORM, "client_secret": "new", CLOCK_SPEED: "40"}) is not one
        assert app.intuit_app(FORM) is not one


def test_an_installation_on_a_server_is_open_to_many(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = cluster.empty()
    monkeypatch.setenv("COMPTOIR_DATABASE_URL", url)
    with open_app(tmp_path / "one") as one, open_app(tmp_path / "one") as other:
        assert (one.alone, other.alone) == (False, False)
        assert one.organization_id == other.organization_id
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == ["secret.key"]
    with open_app(Home.local(tmp_path / "two")) as local:
        assert local.alone
    cluster.drop(url)
