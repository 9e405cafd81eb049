"""Every fault of §9's table on demand: code, message, a detail where one is recorded or reported, status, shape."""

from __future__ import annotations

from dataclasses import dataclass

from comptoir_sandbox.quickbooks.faults import INACTIVE_DETAIL, MESSAGES, VALIDATION, FaultError

SYSTEM = "SystemFault"
AUTHENTICATION = "AuthenticationFault"
AUTHORIZATION = "AuthorizationFault"
SERVICE = "SERVICE"
GATEWAY_CODES = frozenset({"3001", "3100", "3200", "3202"})
"""Codes the gateway answers in its own shape."""


@dataclass(frozen=True)
class Row:
    """One row of the table."""

    message: str
    detail: str = ""
    status: int = 400
    kind: str = VALIDATION


_SYSTEM_TEXT = "An application error has occurred while processing your request"
_NEW: dict[str, Row] = {
    "-1": Row(_SYSTEM_TEXT, _SYSTEM_TEXT, 500, SYSTEM),
    "100": Row("Authentication failed", status=401, kind=AUTHENTICATION),
    "110": Row("OAuth authentication failed", status=401, kind=AUTHENTICATION),
    "120": Row("Authorization Failure", status=403, kind=AUTHORIZATION),
    "130": Row("Wrong cluster", status=400, kind=SYSTEM),
    "140": Row("Company is locked", status=503, kind=SYSTEM),
    "150": Row("Company is in maintenance", status=503, kind=SYSTEM),
    "600": Row("Duplicate request id"),
    "630": Row("Duplicate object"),
    "800": Row("The object cannot be deleted: others depend on it"),
    "900": Row("Parent equals child"),
    "1000": Row("The operation failed"),
    "1010": Row("The create failed"),
    "1020": Row("The update failed"),
    "2090": Row("Invalid decimal format"),
    "2100": Row("Invalid number value"),
    "2110": Row("Invalid decimal value"),
    "2160": Row("Invalid quantity"),
    "2200": Row("Invalid URL"),
    "2260": Row("Posting type is missing"),
    "2270": Row("TaxApplicableOn is missing"),
    "2280": Row("Tax amount is missing"),
    "2300": Row("Debits and credits differ"),
    "2600": Row("Conflicting elements"),
    "3000": Row("Invalid custom field"),
    "3001": Row("message=ThrottleExceeded; errorCode=003001; statusCode=429", status=429, kind=SERVICE),
    "3100": Row("ApplicationAuthorizationFailed", status=403, kind=SERVICE),
    "3200": Row("AuthenticationFailed", "Token expired: AB01", 401, "AUTHENTICATION"),
    "3202": Row("AuthenticationFailed", "A required field is empty", 401, "AUTHENTICATION"),
    "4002": Row("The query could not be processed"),
    "5000": Row("Deprecated field"),
    "6010": Row("Account type and subtype do not match"),
    "6020": Row("Upload: the length is missing"),
    "6030": Row("Upload: the file is too large"),
    "6040": Row("Upload: the metadata is missing"),
    "6041": Row("Upload: the file is missing"),
    "6050": Row("Upload: the entity type is not supported"),
    "6060": Row("Invalid opening balance date"),
    "6100": Row("Invalid tax code on a line", "Valid line TaxCodes for US should be TAX or NON. Supplied value: 3."),
    "6110": Row("A transaction of the merchant service cannot be changed"),
    "6120": Row("A transaction of the merchant service cannot be deleted"),
    "6130": Row("BillWithParent cannot be changed"),
    "6160": Row("CustomSalesTax code cannot be used"),
    "6210": Row("Account period closed with a password"),
    "6230": Row("CustomSalesTax code cannot be used"),
    "6280": Row("Cannot be made inactive while something is unbilled"),
    "6310": Row("Billable line is not valid"),
    "6320": Row("Split detail is missing"),
    "6440": Row("The quantity of a tracked item is missing"),
    "6470": Row("Tax account or rate is not valid"),
    "6480": Row("The transaction is matched with the bank"),
    "6520": Row("The quantity of a tracked item is missing"),
    "6540": Row("Deposited Transaction cannot be changed"),
    "10100": Row("The result is too large"),
    "10200": Row("The company was reset"),
}
MESSAGES.update({code: row.message for code, row in _NEW.items()})
_DETAILS = {
    "500": "Operation is not supported.",
    "610": INACTIVE_DETAIL,
    "2020": "Required parameter X is missing in the request",
    "2030": "Id should be a valid number. Supplied value:1.5",
    "2050": (
        "String length specified does not match the supported length. Min:0 Max:1,000 supported. Supplied length:1,016"
    ),
    "2500": "Invalid Reference Id : Accounts element id 7 not found",
    "5010": (
        "Stale Object Error : You and Sandbox User were working on this at the same time. Sandbox User finished before "
        "you did, so your work was not saved."
    ),
    "6000": "Business Validation Error: You must set a transaction amount.",
    "6070": "Amount is not equal to UnitPrice * Qty. Supplied value:1,861.07",
    "6140": (
        "Duplicate Document Number Error : You must specify a different number. This number has already been used. "
        "DocNumber=18696 is assigned to TxnType=Invoice with TxnId=6575"
    ),
    "6240": "The name supplied already exists. : Id=1209",
    "6270": "Transaction date is prior to start date for inventory item",
    "10000": _SYSTEM_TEXT,
}
_STATUSES = {"5020": 403, "6190": 403, "10000": 500}
CODES = frozenset(MESSAGES)


def fault_of(code: str) -> FaultError:
    """The fault with the table's status and text; KeyError for a code that is not in it."""
    row = _NEW.get(code) or Row(MESSAGES[code], _DETAILS.get(code, ""), _STATUSES.get(code, 400))
    kind = SYSTEM if code == "10000" else AUTHORIZATION if code == "5020" else row.kind
    return FaultError(code, row.detail or row.message, status=row.status, kind=kind)
