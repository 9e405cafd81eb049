"""Tax codes that a set-up makes: found by name, made once by the tax service, with the company's own rates."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from tests.ledgers.quickbooks.sandboxed import Books

from comptoir.engine.errors import Conflict, HouseError, NeedsMapping, RetryLater, Unexpected
from comptoir.engine.ports import NewTaxCode, NewTaxRate
from comptoir.ledgers.quickbooks.tax_codes import make_tax_code

WANTED = NewTaxCode.of_one("VAT", Decimal("0.2"), "HMRC")
AGENCIES = [{"Id": "1", "DisplayName": "HMRC"}, {"Id": "2", "DisplayName": "Customs"}]
RATE = {"Id": "7", "Name": "VAT", "Active": True, "RateValue": 17.5, "AgencyRef": {"value": "1"}}
CODE = {
    "Id": "5",
    "Name": "VAT",
    "Active": True,
    "SalesTaxRateList": {"TaxRateDetail": [{"TaxRateRef": {"value": "7"}}]},
}
MADE = {"TaxCode": "VAT", "TaxCodeId": "12", "TaxRateDetails": [{"TaxRateId": "15"}]}


def lists(api: Any, *, codes: list[Any] | None = None, rates: list[Any] | None = None) -> None:
    for entity, rows in (("TaxCode", codes), ("TaxRate", rates), ("TaxAgency", AGENCIES)):
        api.answer({"QueryResponse": {entity: rows} if rows else {}})


def test_one_is_made_where_there_is_none_with_a_rate_of_its_own(api: Any) -> None:
    lists(api)
    api.answer(MADE)
    made = make_tax_code(api.client(), NewTaxCode.of_one("  VAT \n20 ", Decimal("0.2"), "HMRC"))
    sent = api.sent[3]
    assert sent.url.path.endswith("/taxservice/taxcode")
    assert 0 < len(sent.url.params["requestid"]) <= 50
    detail = {"TaxRateName": "VAT 20", "RateValue": "20", "TaxAgencyId": "1", "TaxApplicableOn": "Sales"}
    assert json.loads(sent.content) == {"TaxCode": "VAT 20", "TaxRateDetails": [detail]}
    assert (made.id, made.name, made.rate) == ("12", "VAT 20", Decimal("0.2"))
    assert [(each.id, each.agency) for each in made.rates] == [("15", "HMRC")]


def test_a_rate_of_the_agency_at_the_same_value_is_taken(api: Any) -> None:
    elsewhere = {**RATE, "Id": "8", "RateValue": 20, "AgencyRef": {"value": "2"}}
    lists(api, rates=[elsewhere, {**RATE, "Id": "9", "RateValue": 20, "Name": "Standard"}])
    api.answer(MADE)
    made = make_tax_code(api.client(), WANTED)
    assert json.loads(api.sent[3].content)["TaxRateDetails"] == [{"TaxRateId": "9"}]
    assert made.rates[0].name == "Standard"


GST, QST = NewTaxRate("GST", Decimal("0.05"), "HMRC"), NewTaxRate("QST", Decimal("0.09975"), "Customs")


def test_a_code_of_several_rates_takes_the_known_ones_and_makes_the_others(api: Any) -> None:
    known = [{**RATE, "Id": "8", "Name": "Levy", "RateValue": 5}, {**RATE, "Id": "9", "Name": "GST", "RateValue": 5}]
    lists(api, rates=known)
    api.answer({**MADE, "TaxRateDetails": [{"TaxRateId": "9"}, {"TaxRateId": "15"}]})
    made = make_tax_code(api.client(), NewTaxCode("GST + QST", (GST, QST)))
    new = {"TaxRateName": "QST", "RateValue": "9.975", "TaxAgencyId": "2", "TaxApplicableOn": "Sales"}
    assert json.loads(api.sent[3].content)["TaxRateDetails"] == [{"TaxRateId": "9"}, new]
    assert [(each.id, each.name, each.rate) for each in made.rates] == [
        ("9", "GST", Decimal("0.05")),
        ("15", "QST", Decimal("0.09975")),
    ]


def test_a_rate_is_only_once_in_a_code_and_names_stay_apart(api: Any) -> None:
    lists(api, rates=[{**RATE, "Id": "9", "Name": "GST", "RateValue": 5}])
    api.answer({**MADE, "TaxRateDetails": [{"TaxRateId": each} for each in ("9", "15", "16")]})
    make_tax_code(api.client(), NewTaxCode("Thrice", (GST, GST, GST)))
    told = json.loads(api.sent[3].content)["TaxRateDetails"]
    assert told[0] == {"TaxRateId": "9"}
    assert [each["TaxRateName"] for each in told[1:]] == ["GST 5%", "GST 5% 2"]


def test_an_answer_with_other_rates_than_were_asked_for_is_told(api: Any) -> None:
    lists(api)
    api.answer(MADE)
    with pytest.raises(Unexpected, match="in a way that Comptoir does not know"):
        make_tax_code(api.client(), NewTaxCode("GST + QST", (GST, QST)))


def test_the_name_of_a_code_of_other_rates_is_taken_though_their_sum_is_the_same(api: Any) -> None:
    lists(api, codes=[CODE], rates=[{**RATE, "RateValue": 14.975}])
    with pytest.raises(Conflict, match="taken by another tax code"):
        make_tax_code(api.client(), NewTaxCode("VAT", (GST, QST)))


@pytest.mark.parametrize(
    ("taken", "expected"),
    [(["VAT"], "VAT 20%"), (["vat", "VAT 20%"], "VAT 20% 2"), (["VAT", "VAT 20%", "VAT 20% 2"], "VAT 20% 3")],
)
def test_names_of_rates_are_unique(api: Any, taken: list[str], expected: str) -> None:
    lists(api, rates=[{**RATE, "Id": str(at), "Name": name} for at, name in enumerate(taken)])
    api.answer(MADE)
    make_tax_code(api.client(), WANTED)
    assert json.loads(api.sent[3].content)["TaxRateDetails"][0]["TaxRateName"] == expected


def test_the_one_of_the_name_and_rate_is_taken(api: Any) -> None:
    lists(api, codes=[{**CODE, "Name": "vat"}], rates=[{**RATE, "RateValue": 20}])
    assert make_tax_code(api.client(), WANTED).id == "5"
    assert len(api.sent) == 3, "nothing is made"


@pytest.mark.parametrize(
    "other", [{"Active": False}, {"SalesTaxRateList": None}, {}], ids=["away", "no rate", "17.5 %"]
)
def test_a_name_of_another_code_is_not_taken(api: Any, other: dict[str, Any]) -> None:
    rate = {**RATE, "RateValue": 20} if other else RATE
    lists(api, codes=[{**CODE, **other}], rates=[rate])
    with pytest.raises(Conflict, match="taken by another tax code"):
        make_tax_code(api.client(), WANTED)


def test_an_agency_that_the_company_has_not_is_told(api: Any) -> None:
    lists(api)
    with pytest.raises(NeedsMapping, match='no tax agency "Nobody"'):
        make_tax_code(api.client(), NewTaxCode.of_one("VAT", Decimal("0.2"), "Nobody"))


def test_a_lost_answer_is_looked_for_before_anything_is_made_again(api: Any) -> None:
    """Made under the same id; and once the lists show it, not at all."""
    lists(api)
    for _ in range(3):
        api.fail(httpx2.ReadError("cut"))
    with pytest.raises(RetryLater):
        make_tax_code(api.client(), WANTED)
    sent = {each.url.params["requestid"] for each in api.sent[3:]}
    assert len(sent) == 1
    lists(api, codes=[CODE], rates=[{**RATE, "RateValue": 20}])
    assert make_tax_code(api.client(), WANTED).id == "5"


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("2020", 400, HouseError),
        ("2150", 400, HouseError),
        ("2500", 400, HouseError),
        ("6000", 400, HouseError),
        ("6240", 400, Conflict),
        ("3001", 429, RetryLater),
        ("10000", 500, RetryLater),
    ],
)
def test_what_the_tax_service_refuses_is_told(api: Any, code: str, status: int, error: type[HouseError]) -> None:
    lists(api)
    fault = {"Fault": {"Error": [{"Message": "no", "Detail": "why", "code": code}], "type": "ValidationFault"}}
    for _ in range(1 if status == 400 else 3):
        api.answer(fault, status=status)
    with pytest.raises(error):
        make_tax_code(api.client(), WANTED)


def test_an_answer_without_ids_is_told(api: Any) -> None:
    lists(api)
    api.answer({"TaxCode": "VAT"})
    with pytest.raises(Unexpected):
        make_tax_code(api.client(), WANTED)


def test_the_company_keeps_one_and_a_second_code_shares_its_rate(books: Books) -> None:
    name, agency = f"Tax {books.number()}", books.ledger.read_company().tax_agencies[0]
    wanted = NewTaxCode.of_one(name, Decimal("0.0725"), agency)
    made = books.ledger.make_tax_code(wanted)
    assert books.ledger.make_tax_code(wanted).id == made.id
    second = books.ledger.make_tax_code(NewTaxCode.of_one(f"{name} too", Decimal("0.0725"), agency))
    assert second.rates[0].id == made.rates[0].id
    codes = {each.id: each for each in books.ledger.read_company().tax_codes}
    assert {codes[made.id].rate, codes[second.id].rate} == {Decimal("0.0725")}
    assert codes[made.id].rates[0].agency == agency
