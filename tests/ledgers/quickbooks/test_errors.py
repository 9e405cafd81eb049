from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from comptoir.engine.errors import Conflict, HouseError, NeedsMapping, Reconnect, Refused, RetryLater, Unexpected
from comptoir.http.transport import Answer, MalformedBody
from comptoir.ledgers.quickbooks.errors import TABLE, error_of, fault_of, house_error, members
from comptoir.ledgers.quickbooks.wire import Fault, FaultError, parse_fault

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
REFERENCE = Path(__file__).parents[4] / "shared" / "reference" / "quickbooks-online.md"

EXPECTED: dict[type[HouseError], str] = {
    RetryLater: "-1 10000 130 140 150 10200 3001 6190",
    Reconnect: "100 110 120 3100 3200 3202",
    NeedsMapping: "2500 6010 6430 6100 6160 6230 6470",
    Conflict: "5010 6140 6240 630",
    Refused: (
        "610 620 700 900 800 1000 1010 1020 2040 2050 2060 2070 2080 2090 2100 2110 2140 2150 2160 2200 2210 2220 "
        "2250 2290 3000 5020 5030 6000 6060 6070 6080 6090 6110 6120 6130 6150 6170 6180 6200 6210 6220 6250 6270 "
        "6280 6310 6320 6440 6520 6420 6450 6480 6540"
    ),
    Unexpected: (
        "500 600 1040 1050 2000 2010 2020 2030 2120 2130 2170 2230 2260 2270 2280 2300 2600 4000 4001 4002 5000 6020 "
        "6030 6040 6041 6050 10100"
    ),
}
REMEDY = re.compile(
    r"again shortly|goes on in a minute|tries again every hour|Connect (it|the company) again|(C|c)hoose another|"
    r"(C|c)hoose an account|Make it active|Correct it|Change (it|them|the plan)|Give that|Rename one|Compare the two|"
    r"then retry|Check the order|report it|by hand|Switch it on"
)
"""What a person can do, or that nothing needs to be done."""
ROWS = [(code, error) for error, codes in EXPECTED.items() for code in codes.split()]


def raised(code: str, detail: str = "Some Error : what is wrong.", *, status: int = 400, kind: str = "") -> HouseError:
    fault = Fault((FaultError("message", detail, code, ""),), kind)
    return house_error(fault, request_id="1-tid", now=NOW, status=status)


@pytest.mark.parametrize(("code", "expected"), ROWS, ids=[code for code, _ in ROWS])
def test_every_row_through_an_answer(code: str, expected: type[HouseError]) -> None:
    error = {"Message": "message", "Detail": "Some Error : what is wrong.", "code": code, "element": "X"}
    body = json.dumps({"Fault": {"Error": [error], "type": "ValidationFault"}}).encode()
    found = error_of(Answer(400, {"intuit_tid": "1-tid"}, body), now=NOW)
    assert type(found) is expected
    assert (found.code, found.request_id) == (code, "1-tid")
    said = str(found.message)
    assert said.endswith(".")
    assert "{" not in said
    assert REMEDY.search(said), said
    assert code in found.detail


def test_what_was_made_inactive_is_told_in_our_words_and_theirs_are_kept() -> None:
    said = "Object Not Found : Something you're trying to use has been made inactive. Check the fields."
    fault = Fault((FaultError(message="Object Not Found", detail=said, code="610"),), type="ValidationFault")
    found = house_error(fault, request_id="t", now=NOW)
    assert "Something you're trying" not in str(found.message)
    assert "Something you're trying" in found.detail


def test_the_table_holds_these_rows_and_no_other() -> None:
    assert {code for code, _ in ROWS} == set(TABLE)


SEEN: list[tuple[str, int, str, type[HouseError], str]] = [
    (
        "610",
        400,
        (
            "Object Not Found : Something you're trying to use has been made inactive. Check the fields with "
            "accounts, customers, items, vendors or employees."
        ),
        Refused,
        "Make it active again",
    ),
    (
        "2010",
        400,
        (
            'Property Name:Unrecognized field "BadJson" (class com.intuit.schema.finance.v3.Invoice), not marked '
            "as ignorable (83 known properties: "
        ),
        Unexpected,
        "fault of Comptoir",
    ),
    ("2020", 400, "Required parameter Line.DetailType is missing in the request", Unexpected, "report it"),
    ("2030", 400, "Id should be a valid number. Supplied value:1.5", Unexpected, "Supplied value:1.5"),
    (
        "2050",
        400,
        (
            "String length specified does not match the supported length. Min:0 Max:1,000 supported. Supplied "
            "length:1,016"
        ),
        Refused,
        "Max:1,000",
    ),
    ("2500", 400, "Invalid Reference Id : Accounts element id 7 not found", NeedsMapping, "Accounts element id 7"),
    (
        "5010",
        400,
        (
            "Stale Object Error : You and NAME were working on this at the same time. NAME finished before you "
            "did, so your work was not saved."
        ),
        Conflict,
        "nothing of it was overwritten",
    ),
    ("6070", 400, "Amount is not equal to UnitPrice * Qty. Supplied value:1,861.07", Refused, "1,861.07"),
    (
        "6100",
        400,
        "Valid line TaxCodes for US should be TAX or NON. Supplied value: 3.",
        NeedsMapping,
        "Choose another",
    ),
    (
        "6140",
        400,
        (
            "Duplicate Document Number Error : You must specify a different number. This number has already been "
            "used. DocNumber=18696 is assigned to TxnType=Invoice with TxnId=6575"
        ),
        Conflict,
        "Give that document another",
    ),
    ("6200", 400, "The account period has closed", Refused, "The books are closed for this date"),
    ("6240", 400, "The name supplied already exists. : Id=1209", Conflict, "Rename one of them"),
    ("6270", 400, "Transaction date is prior to start date for inventory item", Refused, "Move the item's start date"),
    ("6540", 400, "Deposited Transaction cannot be changed", Refused, "Remove it from the deposit"),
    (
        "10000",
        500,
        "An application error has occurred while processing your request",
        RetryLater,
        "tried again shortly",
    ),
    ("3200", 401, "Token expired: AB01abcdefghijklmnopqrst", Reconnect, "Connect the company again"),
]
"""Texts that were seen, as §9 of the reference gives them."""


@pytest.mark.parametrize(("code", "status", "detail", "expected", "says"), SEEN, ids=[row[0] for row in SEEN])
def test_texts_that_were_seen(code: str, status: int, detail: str, expected: type[HouseError], says: str) -> None:
    error = raised(code, detail, status=status)
    assert type(error) is expected
    assert says in str(error.message)
    assert REMEDY.search(str(error.message))


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference documents are not beside this checkout")
def test_every_code_of_the_reference_is_known() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    section = text[text.index("### Codes") : text.index("Seen texts for 6000")]
    firsts = [row.split("|")[1] for row in section.splitlines() if row.startswith("|")]
    codes = {code for cell in firsts for code in re.findall(r"\d+", cell)} - {"1"}
    assert codes <= set(TABLE)


def test_a_throttle_waits_a_minute() -> None:
    error = raised("3001", status=429, kind="SERVICE")
    assert isinstance(error, RetryLater)
    assert error.not_before == NOW + timedelta(seconds=60)


def test_a_suspended_company_waits_an_hour() -> None:
    error = raised("6190", status=403)
    assert isinstance(error, RetryLater)
    assert error.not_before == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("code", "detail", "current"),
    [
        (
            "6140",
            "Duplicate Document Number Error : DocNumber=18696 is assigned to TxnType=Invoice with TxnId=6575",
            "6575",
        ),
        ("6240", "The name supplied already exists. : Id=1209", "1209"),
        ("6240", "The name supplied already exists. : null", ""),
    ],
    ids=["number", "name", "name without id"],
)
def test_who_holds_a_name_or_number(code: str, detail: str, current: str) -> None:
    error = raised(code, detail)
    assert isinstance(error, Conflict)
    assert error.current == current


def test_an_unknown_reference_says_which() -> None:
    error = raised("2500", "Invalid Reference Id : Accounts element id 7 not found")
    assert isinstance(error, NeedsMapping)
    assert (error.what, error.where, error.code) == ("Accounts 7", "mappings", "2500")
    assert "Accounts element id 7 not found" in str(error.message)


def test_a_reference_without_a_kind() -> None:
    error = raised("6430", "Account type is wrong")
    assert isinstance(error, NeedsMapping)
    assert (error.what, error.where) == ("", "accounts")


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        (
            "Business Validation Error: You can only add or edit one name at a time. Please try again.",
            RetryLater,
        ),
        (
            "Business Validation Error: Make sure all your transactions have a GST/VAT rate before you save.",
            NeedsMapping,
        ),
        ("Business Validation Error: You must set a transaction amount.", Refused),
    ],
    ids=["name lock", "tax code", "other"],
)
def test_kinds_of_6000(detail: str, expected: type[HouseError]) -> None:
    assert type(raised("6000", detail)) is expected


def test_a_missing_account_is_a_choice() -> None:
    error = raised("2020", "Required parameter ExpenseAccountRef is missing in the request")
    assert isinstance(error, NeedsMapping)
    assert error.where == "accounts"
    assert "ExpenseAccountRef" in str(error.message)


def test_the_text_alone_changes_nothing() -> None:
    assert type(raised("6070", "You can only add or edit one name at a time.")) is Refused


def test_the_explanation_is_the_platforms_own() -> None:
    error = raised("6000", "Business Validation Error: The discount is too large.")
    assert str(error.message) == (
        "QuickBooks refused this record: The discount is too large. Correct it there or in the settings, then retry."
    )


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        (429, "", RetryLater),
        (401, "", Reconnect),
        (400, "AuthenticationFault", Reconnect),
        (403, "", Reconnect),
        (400, "AuthorizatonFault", Reconnect),
        (503, "", RetryLater),
        (408, "", RetryLater),
        (400, "SystemFault", RetryLater),
        (400, "ValidationFault", Unexpected),
    ],
)
def test_unknown_codes_go_by_status_and_kind(status: int, kind: str, expected: type[HouseError]) -> None:
    assert type(raised("77777", status=status, kind=kind)) is expected


def test_a_throttle_by_its_words() -> None:
    fault = Fault((FaultError("message=ThrottleExceeded; errorCode=003001; statusCode=429"),))
    assert isinstance(house_error(fault, request_id="", now=NOW, status=403), RetryLater)


def test_secrets_and_addresses_stay_out() -> None:
    error = raised("2210", "Email Address jo@shop.example is bad; token AB11aaaaaaaaaaaaaaaaaaaaaa")
    assert "shop.example" not in error.detail + str(error.message)
    assert "AB11" not in error.detail


XML = b"""<?xml version="1.0"?><IntuitResponse time="2026"><Fault type="AUTHENTICATION">
<Error code="3200" element=""><Message>message=AuthenticationFailed</Message><Detail>Token expired</Detail></Error>
</Fault></IntuitResponse>"""
LOWER = b'{"fault":{"error":[{"message":"m","detail":"d","code":"3100","element":null}],"type":"SERVICE"},"time":1}'


def test_a_fault_in_xml() -> None:
    found = fault_of(Answer(401, {}, XML))
    assert found == Fault((FaultError("message=AuthenticationFailed", "Token expired", "3200", ""),), "AUTHENTICATION")
    assert isinstance(error_of(Answer(401, {}, XML), now=NOW), Reconnect)


def test_a_fault_in_xml_without_members() -> None:
    assert fault_of(Answer(500, {}, b'<Fault><Error code="-1"></Error></Fault>')) == Fault((FaultError(code="-1"),))


def test_a_gateway_fault_in_lower_case() -> None:
    error = error_of(Answer(403, {}, LOWER), now=NOW)
    assert isinstance(error, Reconnect)
    assert error.code == "3100"


@pytest.mark.parametrize("status", [200, 404, 502])
def test_an_html_page(status: int) -> None:
    answer = Answer(status, {"intuit_tid": "1-x"}, b"<html><body>Bad Gateway</body></html>")
    assert fault_of(answer) is None
    error = error_of(answer, now=NOW)
    assert isinstance(error, RetryLater if status == 502 else Unexpected)
    assert "Bad Gateway" in error.detail
    assert error.request_id == "1-x"


@pytest.mark.parametrize(
    "body",
    [None, [], {"QueryResponse": {}}, {"Fault": "text"}, {"Fault": None}],
    ids=["null", "list", "no fault", "text", "null fault"],
)
def test_what_is_no_fault(body: object) -> None:
    assert parse_fault(body) is None


@pytest.mark.parametrize("errors", [None, [], ["text"]])
def test_a_fault_without_errors(errors: object) -> None:
    fault = parse_fault({"Fault": {"Error": errors, "type": "SystemFault"}})
    assert fault == Fault((), "SystemFault")
    assert fault.first == FaultError()
    assert isinstance(house_error(fault, request_id="", now=NOW), RetryLater)


def test_members_of_something_else() -> None:
    with pytest.raises(MalformedBody, match="list"):
        members([])


@pytest.mark.parametrize(("asked", "waits"), [("300", 300), ("5", 60), ("", 60)])
def test_a_throttle_is_waited_out_for_a_minute_or_as_long_as_it_says(asked: str, waits: int) -> None:
    error = error_of(Answer(429, {"retry-after": asked}, b"{}"), now=NOW)
    assert isinstance(error, RetryLater)
    assert error.not_before == NOW + timedelta(seconds=waits)


def test_maintenance_says_how_long_it_takes() -> None:
    error = error_of(Answer(503, {"retry-after": "120"}, b"<html></html>"), now=NOW)
    assert isinstance(error, RetryLater)
    assert error.not_before == NOW + timedelta(minutes=2)
