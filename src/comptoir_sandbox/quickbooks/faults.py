"""Faults of the service: one exception class, its codes and texts (§9)."""

from __future__ import annotations

from typing import Any

VALIDATION = "ValidationFault"

MESSAGES = {
    "500": "Unsupported Operation",
    "610": "Object Not Found",
    "620": "Transaction cannot be linked",
    "700": "Invalid parent",
    "1040": "Batch size exceeded",
    "1050": "Content type not supported",
    "2000": "Unknown object name",
    "2010": "Request has invalid or unsupported property",
    "2020": "Required param missing, need to supply the required value for the API",
    "2030": "Invalid ID",
    "2040": "Invalid characters in the request",
    "2050": "String length is not within the supported range",
    "2060": "Invalid date format",
    "2070": "Invalid date value",
    "2080": "Invalid number format",
    "2120": "Invalid type",
    "2130": "Invalid request id format",
    "2140": "Invalid amount",
    "2150": "Invalid percent",
    "2170": "Invalid enumeration value",
    "2210": "Invalid e-mail address",
    "2220": "Invalid currency",
    "2230": "Invalid boolean value",
    "2250": "Missing lines",
    "2290": "Negative amount on a line",
    "2500": "Invalid Reference Id",
    "4000": "Error parsing query",
    "4001": "Invalid query",
    "5010": "Stale Object Error",
    "5020": "Permission Denied Error",
    "5030": "Feature Not Supported Error",
    "6000": "A business validation error has occurred while processing your request",
    "6070": "Amount calculation incorrect in the request",
    "6080": "No name provided",
    "6090": "Discount line lacks an amount or a percent",
    "6140": "Duplicate Document Number Error",
    "6150": "A parent is required",
    "6170": "Tax detail is not allowed when no tax applies",
    "6180": "Nesting limit exceeded",
    "6190": "Invalid company status",
    "6200": "Account period closed, cannot update through the service",
    "6220": "Cannot be made inactive while it has a balance",
    "6240": "Duplicate Name Exists Error",
    "6250": "Customer is inactive or missing",
    "6270": "Transaction date is before the inventory start date",
    "6420": "An e-mail address is required",
    "6430": "Invalid account type used",
    "6450": "The transaction cannot be voided",
    "10000": "An application error has occurred while processing your request",
}

INACTIVE_DETAIL = (
    "Object Not Found : Something you're trying to use has been made inactive. "
    "Check the fields with accounts, customers, items, vendors or employees."
)
NAME_LOCK_DETAIL = "You can only add or edit one name at a time. Please try again."


class FaultError(Exception):
    """A request or batch item refused with a service fault."""

    def __init__(
        self, code: str, detail: str, *, element: str | None = None, status: int = 400, kind: str = VALIDATION
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.element = element
        self.status = status
        self.kind = kind

    def body(self) -> dict[str, Any]:
        """The member `Fault` of the answer."""
        error = {"Message": MESSAGES[self.code], "Detail": self.detail, "code": self.code}
        if self.element is not None:
            error["element"] = self.element
        return {"Error": [error], "type": self.kind}


def missing(parameter: str) -> FaultError:
    """2020: a required parameter is absent."""
    return FaultError("2020", f"Required parameter {parameter} is missing in the request", element=parameter)


def business(text: str, *, element: str | None = None) -> FaultError:
    """6000: a business rule refuses."""
    return FaultError("6000", f"Business Validation Error: {text}", element=element)


def invalid_reference(group: str, identity: str, *, element: str | None = None) -> FaultError:
    """2500: the reference names nothing. `group` is the service's word: Accounts, Names, Items, Klasses, ..."""
    return FaultError("2500", f"Invalid Reference Id : {group} element id {identity} not found", element=element)


def inactive() -> FaultError:
    """610: the object is unknown, deleted or inactive."""
    return FaultError("610", INACTIVE_DETAIL)


def unsupported(operation: str) -> FaultError:
    """500: the operation does not exist for this object."""
    return FaultError("500", f"Operation {operation} is not supported.")
