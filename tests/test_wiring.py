"""The one place that builds concrete objects."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.conftest import Cluster
from tests.ledgers.quickbooks.conftest import MemoryStore

from comptoir.engine.errors import Unexpected
from comptoir.http.oauth import Tokens
from comptoir.ledgers.quickbooks.apps import CLOCK_SPEED, Apps
from comptoir.storage.connections import NewConnection
from comptoir.storage.runs import BY_SCHEDULE
from comptoir.storage.upkeep.home import Home
from comptoir.wiring import QUICKBOOKS, App, open_app

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
        intuit = Apps(app.http, app.rates)
        one = intuit({**FORM, CLOCK_SPEED: "40"})
        assert intuit({**FORM, CLOCK_SPEED: "40", "realm_id": "91"}) is one
        assert intuit({**FORM, "client_secret": "new", CLOCK_SPEED: "40"}) is not one
        assert intuit(FORM) is not one


def test_the_limits_of_a_company_are_in_the_database_and_its_reads_are_counted(tmp_path: Path) -> None:
    now, tokens = datetime.now(UTC), MemoryStore(Tokens("a", datetime.now(UTC), "r"))
    with open_app(tmp_path / "home") as app:
        intuit = Apps(app.http, app.rates)
        connector = intuit(FORM)
        one, other = connector.client("91", tokens), connector.client("92", tokens)
        patient = connector.client("91", tokens, patient=True)
        assert one._limits.batches.acquire() == other._limits.batches.acquire() == 0
        assert patient._limits.requests.windows[0][0] < one._limits.requests.windows[0][0]
        one._limits.pause()
        one._limits.meter(3)
        other._limits.meter(4)
        intuit({**FORM, "environment": "sandbox"}).client("91", tokens)._limits.meter(1000)
        intuit({**FORM, "environment": "production"}).client("91", tokens)._limits.meter(20)
        real, simulated = app.books.meter.standing(app.organization_id, now)
        assert (real.app, real.reads, real.allowed) == ("c", 20, 500_000)
        assert (simulated.app, simulated.reads) == ("c http://127.0.0.1:9", 7)
    with open_app(tmp_path / "home") as app:
        again, other = (Apps(app.http, app.rates)(FORM).client(realm, tokens) for realm in ("91", "92"))
        assert not again._limits.requests.try_acquire(), "a restart does not forget"
        assert other._limits.requests.try_acquire()


def test_a_connector_is_made_once_an_organization(tmp_path: Path) -> None:
    """What is metered is counted for the organization that asked."""
    with open_app(tmp_path / "home") as app:
        other = replace(app, organization_id=app.organization_id + 1)
        mine = app.connectables()[QUICKBOOKS]
        assert replace(app).connectables()[QUICKBOOKS] is mine
        assert other.connectables()[QUICKBOOKS] is not mine


def test_a_platform_that_this_release_does_not_know(tmp_path: Path) -> None:
    with open_app(tmp_path / "home") as app:
        new = NewConnection("store", "bazaar", "bazaar:1", "Bazaar", {}, {})
        record = app.books.connections.save(app.organization_id, new)
        with pytest.raises(Unexpected, match="does not know the platform bazaar"):
            app.store(record)
        assert app.ends_for_good(record) is None


def test_a_run_of_the_schedule_is_patient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    with open_app(tmp_path / "home") as app:
        record = app.books.connections.save(app.organization_id, NewConnection("store", "shopify", "s", "S", {}, {}))
        monkeypatch.setattr(App, "store", lambda _app, _record: None)
        monkeypatch.setattr(App, "ledger_record", lambda _app, _record: None)
        monkeypatch.setattr(App, "ledger", lambda _app, _record, *, patient: asked.append(patient))
        run = app.books.runs.start(app.organization_id, record.id, BY_SCHEDULE)
        app.work(record, run)
        app.work(record, replace(run, trigger="by hand"))
    assert asked == [True, False]


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


def test_the_mail_server_is_asked_whether_it_lets_us_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COMPTOIR_SMTP_URL", raising=False)
    with open_app(tmp_path / "home") as app:
        nothing = app.mail_problem()
        monkeypatch.setenv("COMPTOIR_SMTP_URL", "smtp://127.0.0.1:9?tls=off")
        monkeypatch.setenv("COMPTOIR_MAIL_FROM", "comptoir@example.com")
        down = app.mail_problem()
    assert nothing is not None
    assert "No mail server is set" in str(nothing.what)
    assert down is not None
    assert down.code == "mail-unreachable"
