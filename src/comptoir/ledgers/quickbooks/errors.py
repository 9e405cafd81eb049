"""What QuickBooks' fault codes mean for us: a table (quickbooks-online.md §9), and the reading of answers by it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec

from comptoir.books.problems import Message
from comptoir.engine.errors import Conflict, HouseError, NeedsMapping, Reconnect, Refused, RetryLater, Unexpected
from comptoir.http.redaction import redact
from comptoir.http.transport import Answer, MalformedBody, retry_after_seconds
from comptoir.ledgers.quickbooks.wire import Fault, FaultError, parse, parse_fault

_Shape = TypeVar("_Shape")

THROTTLE_WAIT = timedelta(seconds=60)
"""Retry-After is not reliably sent (§8)."""
SUSPENDED_WAIT = timedelta(hours=1)
DETAIL_CHARACTERS = 1000

THROTTLED = "3001"
DUPLICATE_REQUEST_ID = "600"
OBJECT_NOT_FOUND = "610"
QUERY_INVALID = "4001"
_UNAUTHORIZED, _FORBIDDEN, _REQUEST_TIMEOUT, _TOO_MANY, _SERVER_FAULT = 401, 403, 408, 429, 500
SYSTEM_FAULTS = frozenset({"-1", "10000"})
LOCKED = frozenset({"130", "140", "150"})


@dataclass(frozen=True, slots=True)
class Row:
    """What happens next for a code, and what the user reads. `{detail}` is the platform's own explanation.

    `setting` is where a missing or wrong choice is made (NeedsMapping only); `wait` how long nothing is tried.
    """

    error: type[HouseError]
    template: str
    setting: str = ""
    wait: timedelta | None = None


_OURS = (
    "QuickBooks did not understand what was sent ({detail}). This is a fault of Comptoir, not of your data: please "
    "report it with the log."
)
_BUSY = "QuickBooks is busy at the moment. Nothing is lost; it will be tried again shortly."
_SIGN_IN = "QuickBooks no longer accepts this connection. Connect the company again to go on."
_NO_SUCH = (
    "Something this record points at is gone or inactive in QuickBooks ({detail}). Make it active again, or choose "
    "another one in the settings."
)
_GONE = (
    "Something this record points at is gone or inactive in QuickBooks: an account, a customer or a product. Make it "
    "active again, or choose another one in the settings."
)
_RULE = "QuickBooks refused this record: {detail}. Correct it there or in the settings, then retry."
_CLOSED = (
    "The books are closed for this date. Choose another date for late records in the settings, or open the period in "
    "QuickBooks, then retry."
)
_LINKED = "QuickBooks does not allow this record to be changed any more: {detail}. Change it in QuickBooks by hand."
_PROCESSED = (
    "The payment went through QuickBooks' own card service, and QuickBooks does not let it be changed. Refund it there "
    "by hand."
)
_VALUE = "QuickBooks does not accept a value of this record: {detail}. Correct it at the store, then retry."
_TAKEN_NAME = (
    "This name is already used by a customer, vendor or employee, or by another item, in QuickBooks. Rename one of "
    "them, or let Comptoir use the existing one."
)

TABLE: dict[str, Row] = {
    # the service itself
    "-1": Row(RetryLater, _BUSY),
    "10000": Row(RetryLater, _BUSY),
    "130": Row(RetryLater, _BUSY),
    "140": Row(RetryLater, "The company is locked in QuickBooks at the moment. It will be tried again shortly."),
    "150": Row(RetryLater, "QuickBooks is maintaining the company. It will be tried again shortly."),
    "10200": Row(RetryLater, "The company is being reset in QuickBooks. It will be tried again shortly."),
    THROTTLED: Row(
        RetryLater, "QuickBooks asks to slow down. Nothing is lost; it goes on in a minute.", wait=THROTTLE_WAIT
    ),
    "6190": Row(
        RetryLater,
        "QuickBooks accepts nothing for this company because of its subscription. Sign in to QuickBooks and settle "
        "it; Comptoir tries again every hour.",
        wait=SUSPENDED_WAIT,
    ),
    # authorization
    "100": Row(Reconnect, _SIGN_IN),
    "110": Row(Reconnect, _SIGN_IN),
    "120": Row(
        Reconnect,
        "The person who connected QuickBooks may no longer use this company. Connect it again as an administrator.",
    ),
    "3100": Row(
        Reconnect, "This connection does not give access to the company. Connect it again and choose that company."
    ),
    "3200": Row(Reconnect, _SIGN_IN),
    "3202": Row(Reconnect, _SIGN_IN),
    # choices that are missing or wrong
    "2500": Row(NeedsMapping, _NO_SUCH, setting="mappings"),
    "6010": Row(
        NeedsMapping, "An account has the wrong type: {detail}. Choose another account in the settings.", "accounts"
    ),
    "6430": Row(
        NeedsMapping, "An account has the wrong type: {detail}. Choose another account in the settings.", "accounts"
    ),
    "6100": Row(NeedsMapping, "A tax code does not fit: {detail}. Choose another one in the settings.", "taxes"),
    "6160": Row(NeedsMapping, "A tax code cannot be used: {detail}. Choose another one in the settings.", "taxes"),
    "6230": Row(NeedsMapping, "A tax code cannot be used: {detail}. Choose another one in the settings.", "taxes"),
    "6470": Row(NeedsMapping, "A tax rate does not fit: {detail}. Choose another code in the settings.", "taxes"),
    # somebody else was first
    "5010": Row(
        Conflict,
        "The record was changed in QuickBooks meanwhile, so nothing of it was overwritten. Look at the change there, "
        "then retry.",
    ),
    "6140": Row(
        Conflict,
        "This number is already used in QuickBooks. Give that document another number, or change the prefix in the "
        "settings.",
    ),
    "6240": Row(Conflict, _TAKEN_NAME),
    "630": Row(Conflict, "QuickBooks holds this record already: {detail}. Compare the two and remove one."),
    # the record
    "610": Row(Refused, _GONE),
    "620": Row(
        Refused,
        "QuickBooks could not link this payment or credit: {detail}. Look at the invoice it belongs to, then retry.",
    ),
    "700": Row(Refused, _VALUE),
    "900": Row(Refused, _VALUE),
    "800": Row(Refused, _LINKED),
    "1000": Row(Refused, _RULE),
    "1010": Row(Refused, _RULE),
    "1020": Row(Refused, _RULE),
    "2040": Row(Refused, _VALUE),
    "2050": Row(Refused, _VALUE),
    "2060": Row(Refused, _VALUE),
    "2070": Row(Refused, _VALUE),
    "2080": Row(Refused, _VALUE),
    "2090": Row(Refused, _VALUE),
    "2100": Row(Refused, _VALUE),
    "2110": Row(Refused, _VALUE),
    "2140": Row(Refused, _VALUE),
    "2150": Row(Refused, _VALUE),
    "2160": Row(Refused, _VALUE),
    "2200": Row(Refused, _VALUE),
    "2210": Row(Refused, "QuickBooks does not accept an e-mail address of this record. Correct it at the store."),
    "2220": Row(Refused, "QuickBooks does not know this currency here. Switch it on in QuickBooks, then retry."),
    "2250": Row(Refused, "The record has no lines that could be posted. Check the order at the store."),
    "2290": Row(Refused, _VALUE),
    "3000": Row(Refused, _VALUE),
    "5020": Row(
        Refused, "Your QuickBooks subscription or rights do not allow this: {detail}. Change them, or the settings."
    ),
    "5030": Row(
        Refused, "Your QuickBooks plan does not include this: {detail}. Change the plan, or choose another item type."
    ),
    "6000": Row(Refused, _RULE),
    "6060": Row(Refused, _RULE),
    "6070": Row(Refused, "An amount is not quantity times price: {detail}. Please report it with the log."),
    "6080": Row(Refused, "The customer has no name that QuickBooks accepts. Correct it at the store, then retry."),
    "6090": Row(Refused, _RULE),
    "6110": Row(Refused, _PROCESSED),
    "6120": Row(Refused, _PROCESSED),
    "6130": Row(Refused, _RULE),
    "6150": Row(Refused, _RULE),
    "6170": Row(Refused, _RULE),
    "6180": Row(Refused, _RULE),
    "6200": Row(Refused, _CLOSED),
    "6210": Row(Refused, _CLOSED),
    "6220": Row(Refused, _LINKED),
    "6250": Row(Refused, "The customer is inactive or gone in QuickBooks. Make it active again, then retry."),
    "6270": Row(
        Refused,
        "The sale is older than the start date of an inventory item ({detail}). Move the item's start date in "
        "QuickBooks, then retry.",
    ),
    "6280": Row(Refused, _LINKED),
    "6310": Row(Refused, _RULE),
    "6320": Row(Refused, _RULE),
    "6440": Row(Refused, _RULE),
    "6520": Row(Refused, _RULE),
    "6420": Row(Refused, _RULE),
    "6450": Row(Refused, _LINKED),
    "6480": Row(
        Refused, "The record is matched with a line of the bank. Undo the match in QuickBooks' bank feed, then retry."
    ),
    "6540": Row(
        Refused,
        "The record is part of a bank deposit, and QuickBooks does not let it be changed. Remove it from the deposit "
        "there, then retry; or change it by hand.",
    ),
    # faults of ours
    "500": Row(Unexpected, _OURS),
    DUPLICATE_REQUEST_ID: Row(Unexpected, _OURS),
    "1040": Row(Unexpected, _OURS),
    "1050": Row(Unexpected, _OURS),
    "2000": Row(Unexpected, _OURS),
    "2010": Row(Unexpected, _OURS),
    "2020": Row(Unexpected, _OURS),
    "2030": Row(Unexpected, _OURS),
    "2120": Row(Unexpected, _OURS),
    "2130": Row(Unexpected, _OURS),
    "2170": Row(Unexpected, _OURS),
    "2230": Row(Unexpected, _OURS),
    "2260": Row(Unexpected, _OURS),
    "2270": Row(Unexpected, _OURS),
    "2280": Row(Unexpected, _OURS),
    "2300": Row(Unexpected, _OURS),
    "2600": Row(Unexpected, _OURS),
    "4000": Row(Unexpected, _OURS),
    QUERY_INVALID: Row(Unexpected, _OURS),
    "4002": Row(Unexpected, _OURS),
    "5000": Row(Unexpected, _OURS),
    "6020": Row(Unexpected, _OURS),
    "6030": Row(Unexpected, _OURS),
    "6040": Row(Unexpected, _OURS),
    "6041": Row(Unexpected, _OURS),
    "6050": Row(Unexpected, _OURS),
    "10100": Row(Unexpected, _OURS),
}

_UNKNOWN = Row(
    Unexpected, "QuickBooks gave an answer that is not documented ({detail}). Please report it with the log."
)
_NAME_LOCK = Row(RetryLater, "QuickBooks adds one name at a time. It will be tried again shortly.")
_NO_TAX_CODE = Row(
    NeedsMapping, "A line has no tax code: {detail}. Choose a tax code for it in the settings.", setting="taxes"
)

_NO_ACCOUNT = Row(
    NeedsMapping, "An account is missing: {detail}. Choose an account for it in the settings.", setting="accounts"
)

_SPECIAL_TEXTS = (
    ("6000", re.compile(r"only add or edit one name at a time", re.IGNORECASE), _NAME_LOCK),
    ("6000", re.compile(r"make sure all your transactions have a .{1,40} (rate|code)", re.IGNORECASE), _NO_TAX_CODE),
    ("2020", re.compile(r"\w*AccountRef is missing"), _NO_ACCOUNT),
)
"""Codes that mean something of their own with a certain text (§9); items need an expense account in some countries
(§12.2)."""

_HOLDER = re.compile(r"\b(?:TxnId|Id)=(\d+)")
_PREFIX = re.compile(r"^(?:[A-Z][A-Za-z ]{2,60}? (?:Error|Id) ?: ?)")


def house_error(fault: Fault, *, request_id: str, now: datetime, status: int = 200) -> HouseError:
    """The house's error for a fault; `status` decides where the fault names no known code. `now` is aware."""
    first = fault.first
    row = _row(first, fault.type, status)
    message = Message(row.template, {"detail": _explanation(first)})
    detail = redact(f"{fault.type} {first.code}: {first.message}: {first.detail}")[:DETAIL_CHARACTERS]
    if row.error is RetryLater:
        not_before = None if row.wait is None else now + row.wait
        return RetryLater(message, not_before=not_before, detail=detail, code=first.code, request_id=request_id)
    if row.error is NeedsMapping:
        error = NeedsMapping(message, what=first.element or _kind_of_reference(first), where=row.setting, detail=detail)
        error.code, error.request_id = first.code, request_id
        return error
    if row.error is Conflict:
        holder = _HOLDER.search(first.detail)
        current = holder.group(1) if holder else ""
        return Conflict(message, current=current, detail=detail, code=first.code, request_id=request_id)
    return row.error(message, detail=detail, code=first.code, request_id=request_id)


def error_of(answer: Answer, *, now: datetime) -> HouseError:
    """The house's error for a whole answer that is not a success, whatever its body is (JSON, XML, HTML)."""
    request_id = tid(answer)
    fault = fault_of(answer)
    bare = Fault((FaultError(message=f"HTTP {answer.status}"),))
    error = house_error(fault or bare, request_id=request_id, now=now, status=answer.status)
    if fault is None:
        error.detail = f"HTTP {answer.status}: {answer.excerpt()}"
    asked = retry_after_seconds(answer, now=now)
    if isinstance(error, RetryLater) and asked:
        error.not_before = max(error.not_before or now, now + timedelta(seconds=asked))
    return error


def fault_of(answer: Answer) -> Fault | None:
    """The fault an answer carries, in JSON of either spelling or in XML; None where there is none."""
    try:
        return parse_fault(answer.json())
    except MalformedBody:
        return _xml_fault(answer.body.decode("utf-8", "replace"))


def tid(answer: Answer) -> str:
    """Intuit's own id of a call, for their support."""
    return answer.headers.get("intuit_tid", "")


_XML_FAULT = re.compile(r"<Fault(?P<attributes>[^>]*)>(?P<inner>.*?)</Fault>", re.DOTALL)
_XML_ERROR = re.compile(r"<Error(?P<attributes>[^>]*)>(?P<inner>.*?)</Error>", re.DOTALL)


def _xml_fault(text: str) -> Fault | None:
    """A fault in XML. Read by pattern: a parser for documents from the network would invite entities for nothing."""
    fault = _XML_FAULT.search(text)
    if fault is None:
        return None
    return Fault(
        errors=tuple(_xml_error(found) for found in _XML_ERROR.finditer(fault["inner"])),
        type=_attribute(fault["attributes"], "type"),
    )


def _xml_error(found: re.Match[str]) -> FaultError:
    return FaultError(
        message=_member(found["inner"], "Message"),
        detail=_member(found["inner"], "Detail"),
        code=_attribute(found["attributes"], "code"),
        element=_attribute(found["attributes"], "element"),
    )


def _attribute(text: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', text)
    return found.group(1) if found else ""


def _member(text: str, name: str) -> str:
    found = re.search(rf"<{name}>(.*?)</{name}>", text, re.DOTALL)
    return found.group(1).strip() if found else ""


def _row(error: FaultError, fault_type: str, status: int) -> Row:
    """By text for some codes, by code, then by the kind of fault and the status."""
    said = f"{error.message} {error.detail}"
    special = next((row for code, text, row in _SPECIAL_TEXTS if code == error.code and text.search(said)), None)
    if special is not None:
        return special
    kind = fault_type.lower()
    by_likeness = (
        (status == _TOO_MANY or "throttleexceeded" in error.message.lower(), THROTTLED),
        (status == _UNAUTHORIZED or kind.startswith("authentication"), "3200"),
        (status == _FORBIDDEN or kind.startswith("authoriz"), "3100"),
        (status >= _SERVER_FAULT or status == _REQUEST_TIMEOUT or kind == "systemfault", "10000"),
    )
    code = error.code if error.code in TABLE else next((alike for holds, alike in by_likeness if holds), "")
    return TABLE.get(code, _UNKNOWN)


def _kind_of_reference(error: FaultError) -> str:
    """Of "Invalid Reference Id : Accounts element id 7 not found": "Accounts 7"."""
    found = re.search(r": ?(\w+) element id (\S+)", error.detail)
    return f"{found.group(1)} {found.group(2)}" if found else ""


def _explanation(error: FaultError) -> str:
    """The part of the platform's text that tells a reader something, without the full stop that the templates write."""
    text = redact(_PREFIX.sub("", error.detail or error.message)).strip()
    return text.rstrip(". ")


ODD = Message("QuickBooks gave an answer that is not documented. Please report it with the log.")


def shaped(value: object, shape: type[_Shape]) -> _Shape:
    """`value` as `shape`. Raises Unexpected where QuickBooks sends something else than it documents."""
    try:
        return parse(value, shape)
    except msgspec.ValidationError as error:
        raise Unexpected(ODD, detail=f"{shape.__name__}: {error}") from error


def members(body: object) -> dict[str, Any]:
    """A decoded JSON object. Raises MalformedBody for anything else."""
    if not isinstance(body, dict):
        raise MalformedBody(f"not a JSON object but {type(body).__name__}")
    return body
