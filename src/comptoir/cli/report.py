"""A proof as a bookkeeper wants to see it: by day, by payment method, what is held or left out and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from rich.console import Console
from rich.table import Table

from comptoir.books.documents import Kind
from comptoir.books.money import Money, sums, total, zero
from comptoir.books.problems import Problem
from comptoir.engine.proving.figures import DayByDay, Totals
from comptoir.engine.proving.outcome import left_out
from comptoir.engine.proving.proof import Proof
from comptoir.engine.telling.held import by_cause
from comptoir.engine.telling.report import RULE_WORDS, noted
from comptoir.storage.runs import Run

HELD_SHOWN = 20


def figure(money: Money) -> str:
    """An amount for a column whose heading names the currency."""
    return f"{money.rounded().amount:,f}"


def show_proof(console: Console, proof: Proof, run: Run | None = None) -> None:
    """The whole report: each currency's figures by themselves."""
    for totals in proof.currencies:
        _show_days(console, totals)
        _show_payments(console, totals)
        _show_beside(console, totals)
    _show_warnings(console, proof)
    _show_held(console, proof)
    _show_skipped(console, proof)
    _show_kept(console, proof)
    show_differences(console, proof)
    show_verdict(console, proof)
    if run is not None:
        console.print(
            f"Run {run.id}: {run.fetched:,} records read, {run.decided:,} decided, {run.posted:,} documents posted.",
            style="dim",
        )


def point_to_problems(console: Console, proof: Proof) -> None:
    """Where to go on, if anything is held."""
    if proof.held:
        console.print("Every cause, with orders to look at: comptoir problems")


def show_problems(console: Console, problems: Iterable[Problem]) -> None:
    """What concerns no single record, with its remedy."""
    for problem in problems:
        console.print(str(problem.what), style="yellow")
        console.print(f"→ {problem.remedy}", style="dim")


def show_trial_balance(console: Console, title: str, rows: Sequence[Mapping[str, str]]) -> None:
    """A company's own accounts with their sums; `rows` have account, debit and credit as text."""
    table = _columns(title, "Account", "Debit", "Credit")
    for row in rows:
        table.add_row(row["account"], *(_side(row[side]) for side in ("debit", "credit")))
    table.add_section()
    sums = (sum((Decimal(row[side]) for row in rows), Decimal(0)) for side in ("debit", "credit"))
    table.add_row("Total", *(f"{each:,.2f}" for each in sums), style="bold")
    console.print(table)


def _side(amount: str) -> str:
    return f"{Decimal(amount):,.2f}" if Decimal(amount) else ""


def _columns(title: str, first: str, *numbers: str) -> Table:
    table = Table(title=title, title_justify="left", show_footer=False, header_style="bold")
    table.add_column(first)
    for name in numbers:
        table.add_column(name, justify="right")
    return table


def _show_days(console: Console, proof: DayByDay) -> None:
    table = _columns(f"Sales by day ({proof.currency})", "Day", "Orders", "Sales", "Refunds", "Net", "In the books")
    for day in proof.days:
        net = day.sales - day.refunds
        table.add_row(
            day.day.isoformat(),
            str(day.orders),
            figure(day.sales.store),
            figure(day.refunds.store),
            figure(net.store),
            figure(net.ledger) + ("" if net.agrees else "  ≠"),
        )
    table.add_section()
    orders = sum(day.orders for day in proof.days)
    net = proof.net
    table.add_row(
        "Total",
        str(orders),
        figure(proof.sales.store),
        figure(proof.refunds.store),
        figure(net.store),
        figure(net.ledger),
        style="bold",
    )
    console.print(table)


def _show_payments(console: Console, proof: Totals) -> None:
    table = _columns(f"Payments by method ({proof.currency})", "Method", "Amount")
    for method, amount in sorted(proof.payments.items(), key=lambda each: -each[1].amount):
        table.add_row(method, figure(amount))
    table.add_section()
    table.add_row("Total", figure(total(proof.payments.values(), proof.currency)), style="bold")
    console.print(table)


def _show_beside(console: Console, proof: Totals) -> None:
    """What the orders in the books came to beside their documents."""
    beside = {
        "Tax that marketplaces collect themselves": proof.marketplace_tax,
        "Gift cards and store credit used": proof.redeemed,
    }
    for words, amount in beside.items():
        if amount is not None and not amount.is_zero:
            console.print(f"{words}: {amount}, in none of the sales above.", markup=False)


def _show_held(console: Console, proof: Proof) -> None:
    if not proof.held:
        console.print("Held: nothing.")
        return
    table = _columns("Held, by cause", "What is in the way, and what to do", "Records", "Amount")
    grouped = by_cause(proof.held, lambda row: row.problems).values()
    for problem, rows in sorted(grouped, key=lambda each: len(each[1]), reverse=True)[:HELD_SHOWN]:
        stake = in_column(sums(row.amount for row in rows), proof.currency)
        table.add_row(f"{problem.what}\n→ {problem.remedy}", str(len(rows)), stake)
    console.print(table)


def in_column(amounts: Sequence[Money], home: str) -> str:
    """Sums in a column, a line for each currency: the company's own first, without its name."""
    own = [each for each in amounts if each.currency == home] or ([] if amounts else [zero(home)])
    foreign = [str(each) for each in amounts if each.currency != home]
    return "\n".join([*map(figure, own), *foreign])


def _show_warnings(console: Console, proof: Proof) -> None:
    if not proof.warnings:
        return
    table = _columns("Posted, and worth a look", "What", "Records")
    for each in noted(note for row in proof.warnings for note in row.notes):
        more = f" (and {each.count - 1:,} more like it)" if each.count > 1 else ""
        table.add_row(f"{each.note}{more}", str(each.count))
    console.print(table)


def _show_skipped(console: Console, proof: Proof) -> None:
    if not proof.skipped:
        return
    table = _columns("Left out by a rule", "Rule", "What", "Records", "Amount")
    for each in left_out(proof.skipped):
        words = str(RULE_WORDS.get(each.rule, each.rule))
        table.add_row(words, KIND_WORDS[each.kind], str(each.count), in_column(each.amounts, proof.currency))
    console.print(table)


KIND_WORDS = {
    Kind.SALE: "orders",
    Kind.PAYMENT: "payments",
    Kind.REFUND: "refunds",
    Kind.CASH_BACK: "cash back",
    Kind.APPLICATION: "credits applied",
    Kind.AMENDMENT: "updates",
    Kind.VOID: "voids",
}


def _show_kept(console: Console, proof: Proof) -> None:
    if not proof.kept:
        return
    table = _columns("Kept as the books have it", "Record", "Less than the store says")
    for row in proof.kept:
        table.add_row(f"{row.kind.value} {row.number}", str(row.less))
    console.print(table)


def show_differences(console: Console, proof: Proof) -> None:
    """The rows in which the store, the journal and the books do not say the same; nothing where there are none."""
    if not proof.differences:
        return
    table = _columns("Rows that differ", "Record", "Store", "Meant", "Books")
    for row in proof.differences:
        table.add_row(
            f"{row.kind.value} {row.number}",
            str(row.store) if row.store is not None else "not there",
            str(row.journal),
            str(row.ledger) if row.ledger is not None else "not there",
        )
    console.print(table)


def show_verdict(console: Console, proof: Proof) -> None:
    """The line that matters: store = journal = books."""
    sign = "=" if proof.agrees else "≠"
    for net in (each.net for each in proof.currencies):
        line = f"Store {net.store} {sign} journal {net.journal} {sign} books {net.ledger}"
        console.print(line, style="bold green" if proof.agrees else "bold red")
    if proof.unsettled:
        are = "document is" if proof.unsettled == 1 else "documents are"
        console.print(f"{proof.unsettled:,} {are} still on the way; the next run goes on.", style="yellow")
