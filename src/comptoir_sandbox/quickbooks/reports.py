"""Reports over the ledger: trial balance, profit and loss, tax summary (§20)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks.faults import FaultError, unsupported
from comptoir_sandbox.quickbooks.summary import tax_summary
from comptoir_sandbox.quickbooks.values import ZERO, Object, day, envelope_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from comptoir_sandbox.quickbooks.company import Company

EARLIEST = "0001-01-01"
LATEST = "9999-12-31"
GROUPS = (
    ("Income", "Income", -1),
    ("COGS", "Cost of Goods Sold", 1),
    ("Expenses", "Expense", 1),
    ("OtherIncome", "Other Income", -1),
    ("OtherExpenses", "Other Expense", 1),
)
"""Group of the profit and loss, its account type, the sign that shows it in the ordinary case as positive."""
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
    if name not in {"TrialBalance", "ProfitAndLoss", "TaxSummary"}:
        raise unsupported(f"Report {name}")
    today = date.fromisoformat(company.today())
    start = parameters.get("start_date") or today.replace(day=1).isoformat()
    end = parameters.get("end_date") or today.isoformat()
    start, end = day(start, element="start_date"), day(end, element="end_date")
    if start > end:
        raise FaultError("2070", f"Invalid date value. Supplied value:{start}", element="start_date")
    if name == "ProfitAndLoss":
        return _profit_and_loss(company, start, end)
    if name == "TaxSummary":
        return _tax_summary(company, start, end)
    rows = trial_balance_rows(company, start, end)
    header = _header(company, name, start, end, empty=not rows)
    return {"Header": header, "Columns": _columns("Debit", "Credit"), "Rows": _rows(rows)}


def _tax_summary(company: Company, start: str, end: str) -> Object:
    """Net and tax of the sales per rate, a section an agency."""
    found = tax_summary(company, start, end)
    sections: list[Object] = []
    for agency in dict.fromkeys(row["agency"] for row in found):
        rows = [row for row in found if row["agency"] == agency]
        lines = [
            {
                "type": "Data",
                "ColData": [{"value": row["name"], "id": row["rate"]}, {"value": row["base"]}, {"value": row["tax"]}],
            }
            for row in rows
        ]
        sections.append(
            {
                "type": "Section",
                "Header": {"ColData": [{"value": agency}, {"value": ""}, {"value": ""}]},
                "Rows": {"Row": lines},
                "Summary": {"ColData": [{"value": f"Total {agency}"}, *_sums(rows)]},
            }
        )
    if found:
        total = [{"value": "TOTAL"}, *_sums(found)]
        sections.append({"type": "Section", "group": "GrandTotal", "Summary": {"ColData": total}})
    header = _header(company, "TaxSummary", start, end, empty=not found)
    return {"Header": header, "Columns": _columns("Net amount", "Tax"), "Rows": {"Row": sections} if sections else {}}


def _sums(rows: list[dict[str, str]]) -> list[Object]:
    return [{"value": f"{sum((Decimal(row[side]) for row in rows), ZERO):.2f}"} for side in ("base", "tax")]


def profit_and_loss(company: Company, start: str, end: str) -> dict[str, list[tuple[str, str, Decimal]]]:
    """Group -> account id, name and amount in its natural sign, over the days given."""
    period = company.ledger.balances_between(start, end)
    found: dict[str, list[tuple[str, str, Decimal]]] = {group: [] for group, _, _ in GROUPS}
    for account, record in company.records["Account"].items():
        for group, kind, sign in GROUPS:
            if record.data["AccountType"] == kind and period.get(account):
                found[group].append((account, record.data["FullyQualifiedName"], sign * period[account]))
    return found


def _profit_and_loss(company: Company, start: str, end: str) -> Object:
    groups = profit_and_loss(company, start, end)
    totals = {group: sum((value for *_, value in rows), ZERO) for group, rows in groups.items()}
    gross = totals["Income"] - totals["COGS"]
    operating = gross - totals["Expenses"]
    other = totals["OtherIncome"] - totals["OtherExpenses"]
    results = {
        "COGS": ("GrossProfit", "Gross Profit", gross),
        "Expenses": ("NetOperatingIncome", "Net Operating Income", operating),
        "OtherExpenses": ("NetOtherIncome", "Net Other Income", other),
    }
    rows: list[Object] = []
    for group, title, _ in GROUPS:
        if groups[group] or group in {"Income", "Expenses"}:
            rows.append(_section(group, title, groups[group], totals[group]))
        if group in results:
            rows.append(_result(*results[group]))
    rows.append(_result("NetIncome", "Net Income", operating + other))
    header = _header(company, "ProfitAndLoss", start, end, empty=not any(groups.values()))
    return {"Header": header, "Columns": _columns("Total"), "Rows": {"Row": rows}}


def _section(group: str, title: str, rows: list[tuple[str, str, Decimal]], total: Decimal) -> Object:
    lines = [
        {"type": "Data", "ColData": [{"value": name, "id": account}, {"value": f"{value:.2f}"}]}
        for account, name, value in rows
    ]
    summary = [{"value": f"Total {title}"}, {"value": f"{total:.2f}"}]
    return {
        "type": "Section",
        "group": group,
        "Header": {"ColData": [{"value": title}, {"value": ""}]},
        "Rows": {"Row": lines},
        "Summary": {"ColData": summary},
    }


def _result(group: str, title: str, value: Decimal) -> Object:
    return {"type": "Section", "group": group, "Summary": {"ColData": [{"value": title}, {"value": f"{value:.2f}"}]}}


def _header(company: Company, name: str, start: str, end: str, *, empty: bool) -> Object:
    return {
        "Time": envelope_time(company.clock.now()),
        "ReportName": name,
        "DateMacro": "custom",
        "ReportBasis": "Accrual",
        "StartPeriod": start,
        "EndPeriod": end,
        "SummarizeColumnsBy": "Total",
        "Currency": company.traits.currency,
        "Option": [{"Name": "NoReportData", "Value": "true" if empty else "false"}],
    }


def _columns(*amounts: str) -> Object:
    titles = (("", "Account"), *((title, "Money") for title in amounts))
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
