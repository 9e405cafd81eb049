from __future__ import annotations

from typing import Any

import pytest

from comptoir.ledgers.quickbooks.connect import (
    FIELDS,
    Connector,
    check_connection,
    check_form,
    settings_of,
)
from comptoir.ledgers.quickbooks.limits import BATCH_WINDOWS, PATIENT_WINDOWS, Limits

FORM = {"client_id": " id ", "client_secret": "s3cret", "redirect_uri": "http://127.0.0.1:8000/callback"}
SIMULATED = FORM | {
    "environment": "simulator",
    "discovery_url": "http://127.0.0.1:9/d",
    "api_url": "http://127.0.0.1:9",
}
GRANTED = {"access_token": "a", "refresh_token": "r", "expires_in": 3600}
FOUND = {
    "authorization_endpoint": "http://127.0.0.1:9/a",
    "token_endpoint": "http://127.0.0.1:9/t",
    "revocation_endpoint": "http://127.0.0.1:9/r",
}


@pytest.mark.parametrize(
    ("environment", "api"),
    [
        ("", "https://quickbooks.api.intuit.com"),
        ("production", "https://quickbooks.api.intuit.com"),
        ("sandbox", "https://sandbox-quickbooks.api.intuit.com"),
    ],
)
def test_published_environments(environment: str, api: str) -> None:
    settings = settings_of(FORM | {"environment": environment})
    assert (settings.client_id, settings.api_url, settings.discovery_url) == ("id", api, "")
    assert "s3cret" not in repr(settings)


def test_a_simulator_has_its_own_addresses() -> None:
    settings = settings_of(SIMULATED)
    assert (settings.discovery_url, settings.api_url) == ("http://127.0.0.1:9/d", "http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"client_id": " ", "client_secret": ""}, ["client_id", "client_secret"]),
        ({"environment": "moon"}, ["environment"]),
        ({"environment": "simulator"}, ["discovery_url", "api_url"]),
        (SIMULATED | {"api_url": "http://far.example"}, ["api_url"]),
    ],
    ids=["missing", "choice", "simulator without addresses", "unsafe"],
)
def test_what_stands_in_the_way(changes: dict[str, str], fields: list[str]) -> None:
    problems = check_form(FORM | changes)
    assert [problem.field for problem in problems] == fields
    assert all(str(problem.remedy) for problem in problems)
    with pytest.raises(ValueError, match=fields[0]):
        settings_of(FORM | changes)


def test_the_form_hides_its_secret() -> None:
    assert [it.name for it in FIELDS if it.secret] == ["client_secret", "refresh_token"]


def test_the_way_through_a_simulator(api: Any) -> None:
    connector = Connector(settings_of(SIMULATED), api.transport, clock=api.client().clock)
    api.answer(FOUND)
    assert connector.authorize_url("st").startswith("http://127.0.0.1:9/a?client_id=id&")
    api.answer(GRANTED)
    tokens, identity = connector.finish("code", "123")
    assert (tokens.access_token, identity) == ("a", "quickbooks:123")
    api.store.tokens = tokens
    api.answer({"Preferences": {}})
    connector.client("123", api.store).preferences()
    assert str(api.sent[-1].url) == "http://127.0.0.1:9/v3/company/123/preferences?minorversion=75"
    api.answer(b"")
    connector.revoke(tokens)
    assert len(api.sent) == 4, "the discovery document is read once"


def test_the_published_endpoints_need_no_discovery(api: Any) -> None:
    connector = Connector(settings_of(FORM), api.transport)
    assert connector.authorize_url("st").startswith("https://appcenter.intuit.com/connect/oauth2?")
    assert api.sent == []


def test_a_connected_ledger_refreshes_by_itself(api: Any) -> None:
    connector = Connector(settings_of(FORM), api.transport, clock=api.client().clock)
    api.gateway_fault("3200", 401)
    api.answer(GRANTED)
    api.answer({"QueryResponse": {}})
    ledger = connector.ledger("123", api.store)
    assert list(ledger.read_items()) == []
    assert api.store.tokens.refresh_token == "r"
    assert ledger.identity == "quickbooks:123"


@pytest.mark.parametrize("realm", ["", "12a", "../1"])
def test_a_realm_is_a_number(api: Any, realm: str) -> None:
    with pytest.raises(ValueError, match="digits"):
        Connector(settings_of(FORM), api.transport).finish("code", realm)


@pytest.mark.parametrize(
    ("info", "prefs", "said"),
    [
        ({}, {"TaxPrefs": {"UsingSalesTax": True}}, []),
        ({}, {}, ["Sales tax is switched off"]),
        (
            {},
            {"TaxPrefs": {"UsingSalesTax": True}, "SalesFormsPrefs": {"AutoApplyCredit": True}},
            ["attaches credits"],
        ),
        (
            {"NameValue": [{"Name": "SubscriptionStatus", "Value": "TRIAL"}]},
            {"TaxPrefs": {"UsingSalesTax": True}},
            ["trial period"],
        ),
        (
            {"NameValue": [{"Name": "SubscriptionStatus", "Value": "EXPIRED"}]},
            {"TaxPrefs": {"UsingSalesTax": True}},
            ["as EXPIRED"],
        ),
        ({"NameValue": [{"Name": "SubscriptionStatus", "Value": "PAID"}]}, {"TaxPrefs": {"UsingSalesTax": True}}, []),
    ],
    ids=["good", "no sales tax", "auto apply", "trial", "expired", "paid"],
)
def test_the_test_of_a_connection(api: Any, info: Any, prefs: Any, said: list[str]) -> None:
    api.answer({"CompanyInfo": {"CompanyName": "Shop", "Country": "GB", **info}})
    api.answer({"Preferences": {"CurrencyPrefs": {"HomeCurrency": {"value": "GBP"}}, **prefs}})
    report = check_connection(api.client())
    assert (report.identity, report.name, report.currency, report.country) == (
        "quickbooks:9341453",
        "Shop",
        "GBP",
        "GB",
    )
    assert len(report.warnings) == len(said)
    assert all(words in str(warning) for words, warning in zip(said, report.warnings, strict=True))


def test_a_real_company_has_one_set_of_limits(api: Any) -> None:
    connector = Connector(settings_of(FORM), api.transport)
    one, two, other = (connector.client(realm, api.store) for realm in ("1", "1", "2"))
    assert one._limits.batches.windows == BATCH_WINDOWS
    assert one._limits is two._limits
    assert connector.client("1", api.store, patient=True)._limits.requests.windows == PATIENT_WINDOWS
    assert one._limits is not other._limits


def test_a_simulator_is_not_limited_and_limits_may_be_given(api: Any) -> None:
    assert Connector(settings_of(SIMULATED), api.transport).client("1", api.store)._limits.batches.windows == ()
    given = {("1", False): Limits(), ("1", True): Limits()}
    connector = Connector(settings_of(FORM), api.transport, limits=lambda *key: given[key])
    assert connector.client("1", api.store)._limits is given["1", False]
    assert connector.client("1", api.store, patient=True)._limits is given["1", True]


TOKEN_FORM = FORM | {"sign_in": "token", "realm_id": "123", "refresh_token": "r"}


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, []),
        ({"redirect_uri": ""}, []),
        ({"realm_id": "", "refresh_token": " "}, ["realm_id", "refresh_token"]),
        ({"realm_id": "12a"}, ["realm_id"]),
        ({"sign_in": "magic"}, ["sign_in"]),
    ],
    ids=["good", "no redirect", "missing", "no digits", "no such way"],
)
def test_a_form_with_a_refresh_token(changes: dict[str, str], fields: list[str]) -> None:
    assert [problem.field for problem in check_form(TOKEN_FORM | changes)] == fields


def test_a_refresh_token_is_not_needed_once_it_was_used() -> None:
    assert settings_of(FORM | {"sign_in": "token", "realm_id": "123"}).client_id == "id"


def test_tokens_for_a_refresh_token_from_elsewhere(api: Any) -> None:
    api.answer(GRANTED)
    tokens = Connector(settings_of(FORM), api.transport, clock=api.client().clock).renew("from elsewhere")
    assert (tokens.access_token, tokens.refresh_token) == ("a", "r")
    assert b"refresh_token=from+elsewhere" in api.sent[-1].content
