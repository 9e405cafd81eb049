from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx2
import pytest

from comptoir.engine.errors import RetryLater
from comptoir.ledgers.quickbooks.export import LISTS, TAX_LISTS
from comptoir.ledgers.quickbooks.ledger import QuickBooksLedger

INFO = {"CompanyName": "Shop Ltd", "Country": "GB", "CompanyAddr": {"Line1": "1 High St"}}


class Company:
    """Answers by what is asked: settings by address, lists by statement."""

    def __init__(self, preferences: dict[str, Any], rows: dict[str, list[dict[str, Any]]]) -> None:
        self.preferences = preferences
        self.rows = rows
        self.refused: dict[str, str] = {}
        self.statements: list[str] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        place = request.url.path.split("/", 4)[4]
        if place == "preferences":
            return httpx2.Response(200, json={"Preferences": self.preferences})
        if place.startswith("companyinfo/"):
            return httpx2.Response(200, json={"CompanyInfo": INFO})
        statement = request.content.decode().split(" ORDERBY")[0].removeprefix("SELECT * FROM ")
        self.statements.append(statement)
        if statement in self.refused:
            error = {"Message": "m", "Detail": "d", "code": self.refused[statement]}
            return httpx2.Response(400, json={"Fault": {"Error": [error], "type": "ValidationFault"}})
        entity = statement.split()[0]
        found = self.rows.get(statement, [])
        return httpx2.Response(200, json={"QueryResponse": {entity: found} if found else {}})


def export(api: Any, company: Company, calls: int) -> dict[str, Any]:
    api.script += [company] * calls
    return QuickBooksLedger(api.client()).export_company()


CALLS = 2 + len(LISTS) + 1 + 2 * len(TAX_LISTS)


def test_everything_as_it_was_answered(api: Any) -> None:
    account = {"Id": "35", "Name": "Current", "CurrentBalance": 12.5, "Active": False, "MetaData": {"CreateTime": "t"}}
    company = Company(
        {"CurrencyPrefs": {"MultiCurrencyEnabled": True}},
        {
            "Account WHERE Active IN (true, false)": [account],
            "TaxAgency": [{"Id": "1", "DisplayName": "HMRC"}],
            "TaxCode": [{"Id": "TAX", "Name": "TAX"}, {"Id": "2"}],
            "TaxCode WHERE Active = false": [{"Id": "2"}, {"Id": "9", "Active": False}],
            "CompanyCurrency WHERE Active IN (true, false)": [{"Id": "1", "Code": "EUR"}],
        },
    )
    exported = export(api, company, CALLS + 1)
    assert set(exported) == {
        "CompanyInfo", "Preferences", *LISTS, "TaxAgency", *TAX_LISTS, "CompanyCurrency",
    }  # fmt: skip
    assert exported["CompanyInfo"] == INFO
    assert exported["Preferences"] == company.preferences
    assert exported["Account"] == [account]
    assert isinstance(exported["Account"][0]["CurrentBalance"], Decimal)
    assert [row["Id"] for row in exported["TaxCode"]] == ["TAX", "2", "9"]
    assert exported["TaxAgency"] == [{"Id": "1", "DisplayName": "HMRC"}]
    assert exported["CompanyCurrency"] == [{"Id": "1", "Code": "EUR"}]
    assert exported["Vendor"] == []


def test_currencies_are_asked_for_only_where_there_are_several(api: Any) -> None:
    company = Company({}, {})
    assert export(api, company, CALLS)["CompanyCurrency"] == []
    assert not any(statement.startswith("CompanyCurrency") for statement in company.statements)


def test_a_tax_list_that_cannot_be_asked_by_activity_is_taken_as_it_comes(api: Any) -> None:
    company = Company({}, {"TaxRate": [{"Id": "3"}]})
    company.refused["TaxRate WHERE Active = false"] = "4001"
    assert export(api, company, CALLS)["TaxRate"] == [{"Id": "3"}]


def test_any_other_fault_is_told(api: Any) -> None:
    company = Company({}, {})
    company.refused["TaxCode WHERE Active = false"] = "10000"
    with pytest.raises(RetryLater):
        export(api, company, 2 + len(LISTS) + 1 + 2)
