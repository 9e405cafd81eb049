"""Accounts that a set-up makes: found by name, made once, and never taken from another use."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
from tests.ledgers.quickbooks.sandboxed import Books

from comptoir.books.company import AccountType
from comptoir.engine.errors import Conflict, RetryLater
from comptoir.ledgers.quickbooks.accounts import make_account

PREFERENCES = {"Preferences": {"CurrencyPrefs": {"HomeCurrency": {"value": "GBP"}}}}


def row(**changes: Any) -> dict[str, Any]:
    kept = {"Id": "91", "Name": "Card clearing", "FullyQualifiedName": "Card clearing", "AccountType": "Bank"}
    return {**kept, "Active": True, **changes}


def test_one_is_made_where_there_is_none(api: Any) -> None:
    api.answer(PREFERENCES)
    api.answer({"QueryResponse": {}})
    api.answer({"Account": row()})
    made = make_account(api.client(), ' Card: "clearing" ', AccountType.BANK)
    assert (made.id, made.name, made.type, made.currency) == ("91", "Card clearing", AccountType.BANK, "GBP")
    asked, sent = api.sent[1], api.sent[2]
    assert "Name IN ('Card clearing') AND Active IN (true, false)" in asked.content.decode()
    assert sent.url.path.endswith("/account")
    assert json.loads(sent.content) == {"Name": "Card clearing", "AccountType": "Bank", "AccountSubType": "Checking"}
    assert 0 < len(sent.url.params["requestid"]) <= 50


def test_a_lost_answer_is_asked_for_again_under_the_same_id(api: Any) -> None:
    api.answer(PREFERENCES)
    api.answer({"QueryResponse": {}})
    api.fail(httpx2.ReadError("cut"))
    api.answer({"Account": row()})
    make_account(api.client(), "Card clearing", AccountType.BANK)
    assert api.sent[2].url.params["requestid"] == api.sent[3].url.params["requestid"]


def test_the_one_of_the_name_is_taken(api: Any) -> None:
    api.answer(PREFERENCES)
    api.answer({"QueryResponse": {"Account": [row(Id="7", FullyQualifiedName="Bank:Card clearing"), row()]}})
    assert make_account(api.client(), "card CLEARING", AccountType.BANK).id == "91"
    assert len(api.sent) == 2, "nothing is made"


@pytest.mark.parametrize("other", [{"AccountType": "Income"}, {"Active": False}])
def test_a_name_of_another_use_is_not_taken(api: Any, other: dict[str, Any]) -> None:
    api.answer(PREFERENCES)
    api.answer({"QueryResponse": {"Account": [row(**other)]}})
    with pytest.raises(Conflict, match="taken by another account"):
        make_account(api.client(), "Card clearing", AccountType.BANK)


def test_a_company_out_of_reach_is_told(api: Any) -> None:
    api.answer(PREFERENCES)
    api.answer({"QueryResponse": {}})
    for _ in range(3):
        api.fail(httpx2.ConnectError("down"))
    with pytest.raises(RetryLater):
        make_account(api.client(), "Card clearing", AccountType.BANK)


@pytest.mark.parametrize(
    "kind",
    [
        AccountType.BANK,
        AccountType.INCOME,
        AccountType.COST_OF_GOODS_SOLD,
        AccountType.OTHER_CURRENT_ASSET,
        AccountType.OTHER_CURRENT_LIABILITY,
    ],
)
def test_the_company_takes_every_kind_and_keeps_one(books: Books, kind: AccountType) -> None:
    name = f"Set-up {books.number()}"
    made = books.ledger.make_account(name, kind)
    assert books.ledger.make_account(name, kind) == made
    found = [each for each in books.ledger.read_company().accounts if each.name == name]
    assert found == [made]
    assert made.type is kind
