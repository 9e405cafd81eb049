"""What the lines of money documents share: their account, class and texts (§16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks.currency import check_account_currency
from comptoir_sandbox.quickbooks.faults import FaultError, missing
from comptoir_sandbox.quickbooks.sales import money_in
from comptoir_sandbox.quickbooks.values import Object, reference

if TYPE_CHECKING:
    from collections.abc import Collection

    from comptoir_sandbox.quickbooks.company import Company


def texts(source: Object, data: Object, *names: str) -> None:
    """Copy the texts that are there."""
    for name in names:
        if source.get(name):
            data[name] = source[name]


def posting_account(
    company: Company, detail: Object, data: Object, path: str, *, name: str = "AccountRef", kinds: Collection[str] = ()
) -> str:
    """The account of a line or document: 2020 when absent, 2500 when unknown, 6430 unless of these types."""
    account = reference(detail, name)
    if account is None:
        raise missing(f"{path}.{name}")
    company.refer("Account", account, element=name)
    if kinds and type_of(company, account) not in kinds:
        raise FaultError("6430", f"Invalid account type used: {type_of(company, account)}", element=name)
    check_account_currency(company, account, money_in(data), element=name)
    return account


def line_class(company: Company, detail: Object, shown: Object) -> None:
    """Copy a line's class where classes are tracked by line."""
    wanted = reference(detail, "ClassRef")
    if wanted is not None and company.preference("AccountingInfoPrefs", "ClassTrackingPerTxnLine"):
        company.refer("Class", wanted, element="ClassRef")
        shown["ClassRef"] = company.ref("Class", wanted)


def type_of(company: Company, account: str) -> str:
    """AccountType of an account's id."""
    return str(company.records["Account"][account].data["AccountType"])
