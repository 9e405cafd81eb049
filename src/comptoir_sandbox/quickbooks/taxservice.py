"""TaxService: codes and rates by request, the only way to make them (§12.7)."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.quickbooks.faults import FaultError, invalid_reference, missing
from comptoir_sandbox.quickbooks.taxseed import add_code, add_rate
from comptoir_sandbox.quickbooks.values import Object, plain

if TYPE_CHECKING:
    from comptoir_sandbox.quickbooks.company import Company

KNOWN = frozenset({"TaxCode", "TaxCodeId", "TaxRateDetails", "Fault"})
KNOWN_DETAILS = frozenset({"TaxRateName", "TaxRateId", "RateValue", "TaxAgencyId", "TaxApplicableOn"})
APPLICABLE = frozenset({"Sales", "Purchase"})
HIGHEST = Decimal(100)
TAKEN = "Another tax {} is already using this name. Please use a different name."


def create(company: Company, raw: Any) -> Object:
    """Make a code of new and known rates: the answer's object, which has no envelope. Raises FaultError."""
    if not isinstance(raw, dict):
        raise FaultError("2010", "Property Name:Can not construct instance of TaxService")
    _refuse_unknown(raw, KNOWN)
    name, details = raw.get("TaxCode"), raw.get("TaxRateDetails")
    if not name:
        raise missing("TaxCode")
    if not isinstance(details, list) or not details:
        raise missing("TaxRateDetails")
    if ("TaxCode", str(name).casefold()) in company.list_names:
        raise FaultError("6240", "Duplicate Name Exists Error : " + TAKEN.format("code"))
    sides: dict[str, list[str]] = {"Sales": [], "Purchase": []}
    shown = []
    for detail in details:
        identity, side, answer = _rate(company, detail)
        if identity in sides[side]:
            raise FaultError("6000", "Business Validation Error: a tax rate is used only once in a code.")
        sides[side].append(identity)
        shown.append(answer)
    code = add_code(
        company,
        name=str(name),
        description=str(name),
        sales=sides["Sales"],
        purchases=sides["Purchase"],
        config="USER_DEFINED",
    )
    return {"TaxCode": name, "TaxCodeId": code, "TaxRateDetails": shown}


def _refuse_unknown(raw: Object, known: frozenset[str]) -> None:
    for name in raw:
        if name not in known:
            raise FaultError("2010", f'Property Name:Unrecognized field "{name}" (class TaxService)')


def _rate(company: Company, detail: Any) -> tuple[str, str, Object]:
    if not isinstance(detail, dict):
        raise FaultError("2010", "Property Name:Can not construct instance of TaxRateDetails")
    _refuse_unknown(detail, KNOWN_DETAILS)
    side = detail.get("TaxApplicableOn") or "Sales"
    if side not in APPLICABLE:
        raise FaultError("2170", f"Invalid enumeration value. Supplied value:{side}", element="TaxApplicableOn")
    known = detail.get("TaxRateId")
    if known:
        rate = company.get("TaxRate", str(known))
        if rate is None:
            raise invalid_reference("TaxRates", str(known), element="TaxRateId")
        return rate.id, side, {**detail, "TaxRateName": rate.data["Name"], "RateValue": rate.data["RateValue"]}
    name, percent = _new_rate(company, detail)
    identity = add_rate(company, name=name, percent=percent, agency=str(detail["TaxAgencyId"]))
    return identity, side, {**detail, "RateValue": plain(percent), "TaxRateId": identity, "TaxApplicableOn": side}


def _new_rate(company: Company, detail: Object) -> tuple[str, Decimal]:
    for name in ("TaxRateName", "RateValue", "TaxAgencyId"):
        if detail.get(name) in (None, ""):
            raise missing(f"TaxRateDetails.{name}")
    if company.get("TaxAgency", str(detail["TaxAgencyId"])) is None:
        raise invalid_reference("TaxAgencies", str(detail["TaxAgencyId"]), element="TaxAgencyId")
    try:
        percent = Decimal(str(detail["RateValue"]))
    except InvalidOperation:
        text = f"Invalid number format. Supplied value:{detail['RateValue']}"
        raise FaultError("2080", text, element="RateValue") from None
    if not 0 <= percent <= HIGHEST:
        raise FaultError("2150", f"Invalid percent. Supplied value:{percent}", element="RateValue")
    name = str(detail["TaxRateName"])
    if any(rate.data["Name"].casefold() == name.casefold() for rate in company.records["TaxRate"].values()):
        raise FaultError("6240", "Duplicate Name Exists Error : " + TAKEN.format("rate"))
    return name, percent
