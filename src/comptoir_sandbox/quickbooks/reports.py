"""Reports over the ledger: the trial balance (§20)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks.faults import FaultError, unsupported
from comptoir_sandbox.quickbooks.values import ZERO, Object, day, envelope_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from comptoir_sandbox.quickbooks.company import Company

EARLIEST = "0001-01-01"
LATEST = "9999-12-31"
BALANCE_SHEET = frozenset({"Asset", "Liability", "Equity"})


def _row(company: Company, account: str, balance: Decimal) -> dict[str, str]:
    data = company.records["Account"][account].data
    return {
        "id": account,
        "account": data["FullyQualifiedName"],
        "type": data["AccountType"],
        "debit": f"{max(balance, ZERO):.2f}",
        "credit": f"{max(-balance, ZERO):.2f}",
    }


def trial_balance_rows(company: Company, start: str = EARLIEST, end: str = LATEST) -> list[dict[str, str]]:
    """Account, type, debit, credit of every account with a balance, in the order of the chart.

    With a start date, income and expense count from it; balance-sheet accounts count from the beginning.
    """
    whole = company.ledger.balances_between(EARLIEST, end)
    period = company.ledger.balances_between(start, end) if start != EARLIEST else whole
    rows = []
    for account, record in company.records["Account"].items():
        figures = whole if record.data["Classification"] in BALANCE_SHEET else period
        if figures.get(account):
            rows.append(_row(company, account, figures[account]))
    return rows


def report(company: Company, name: str, parameters: Mapping[str, str]) -> Object:
    """The body of GET /reports/NAME; 500 for reports the sandbox does not make."""
    if name != "TrialBalance":
        raise unsupported(f"Report {name}")
    today = date.fromisoformat(company.today())
    start = parameters.get("start_date") or today.replace(day=1).isoformat()
    end = parameters.get("end_date") or today.isoformat()
    start, end = day(start, element="start_date"), day(end, element="end_date")
    if start > end:
        raise FaultError("2070", f"Invalid date value. Supplied value:{start}", element="start_date")
    rows = trial_balance_rows(company, start, end)
    return {"Header": _header(company, start, end, empty=not rows), "Columns": _columns(), "Rows": _rows(rows)}


def _header(company: Company, start: str, end: str, *, empty: bool) -> Object:
    return {
        "Time": envelope_time(company.clock.now()),
        "ReportName": "TrialBalance",
        "DateMacro": "custom",
        "ReportBasis": "Accrual",
        "StartPeriod": start,
        "EndPeriod": end,
        "SummarizeColumnsBy": "Total",
        "Currency": company.profile.currency,
        "Option": [{"Name": "NoReportData", "Value": "true" if empty else "false"}],
    }


def _columns() -> Object:
    titles = (("", "Account"), ("Debit", "Money"), ("Credit", "Money"))
    return {"Column": [{"ColTitle": title, "ColType": kind} for title, kind in titles]}


def _rows(rows: list[dict[str, str]]) -> Object:
    shown: list[Object] = [
        {
            "ColData": [
                {"value": row["account"], "id": row["id"]},
                *({"value": row[side] if Decimal(row[side]) else ""} for side in ("debit", "credit")),
            ]
        }
        for row in rows
    ]
    totals = [f"{sum((Decimal(row[side]) for row in rows), ZERO):.2f}" for side in ("debit", "credit")]
    summary = {"ColData": [{"value": "TOTAL"}, *({"value": total} for total in totals)]}
    return {"Row": [*shown, {"Summary": summary, "type": "Section", "group": "GrandTotal"}]}
