"""A proof as a bookkeeper wants to see it: by day, by payment method, what is held or left out and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from rich.console import Console
from rich.table import Table

from comptoir.books.money import Money, sums, total, zero
from comptoir.books.problems import Problem
from comptoir.cli.documents import of_kind
from comptoir.cli.speech import count, spoken, text, told
from comptoir.engine.proving.figures import DayByDay, Totals
from comptoir.engine.proving.outcome import left_out
from comptoir.engine.proving.proof import Proof
from comptoir.engine.telling.held import by_cause
from comptoir.engine.telling.report import RULE_WORDS, noted
from comptoir.engine.telling.words import ONE_AND_MANY
from comptoir.language import Plural
from comptoir.storage.runs import Run

HELD_SHOWN = 20
MORE_LIKE_IT = Plural("and {count} more like it", "and {count} more like it")
STILL_ON_THE_WAY = Plural(
    "{count} document is still on the way; the next run goes on.",
    "{count} documents are still on the way; the next run goes on.",
)


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
        read, decided, posted = (f"{each:,}" for each in (run.fetched, run.decided, run.posted))
        words = "Run {run}: {read} records read, {decided} decided, {posted} documents posted."
        console.print(text(words, run=str(run.id), read=read, decided=decided, posted=posted), style="dim")


def point_to_problems(console: Console, proof: Proof) -> None:
    """Where to go on, if anything is held."""
    if proof.held:
        console.print(text("Every cause, with orders to look at: {command}", command="comptoir problems"))


def show_problems(console: Console, problems: Iterable[Problem]) -> None:
    """What concerns no single record, with its remedy."""
    for problem in problems:
        console.print(told(problem.what), style="yellow")
        console.print(f"→ {told(problem.remedy)}", style="dim")


def show_trial_balance(console: Console, title: str, rows: Sequence[Mapping[str, str]]) -> None:
    """A company's own accounts with their sums; `rows` have account, debit and credit as text."""
    table = columns(title, text("Account"), text("Debit"), text("Credit"))
    for row in rows:
        table.add_row(row["account"], *(_side(row[side]) for side in ("debit", "credit")))
    table.add_section()
    sums = (sum((Decimal(row[side]) for row in rows), Decimal(0)) for side in ("debit", "credit"))
    table.add_row(text("Total"), *map(spoken().cents, sums), style="bold")
    console.print(table)


def _side(amount: str) -> str:
    return spoken().cents(Decimal(amount)) if Decimal(amount) else ""


def columns(title: str, first: str, *numbers: str) -> Table:
    """A table with a column of words, and columns of figures."""
    table = Table(title=title, title_justify="left", show_footer=False, header_style="bold")
    table.add_column(first)
    for name in numbers:
        table.add_column(name, justify="right")
    return table


def _show_days(console: Console, proof: DayByDay) -> None:
    figure = spoken().figure
    table = columns(
        text("Sales by day ({currency})", currency=proof.currency),
        text("Day"),
        text("Orders"),
        text("Sales"),
        text("Refunds"),
        text("Net"),
        text("In the books"),
    )
    for day in proof.days:
        net = day.sales - day.refunds
        table.add_row(
            spoken().day(day.day),
            spoken().number(day.orders),
            figure(day.sales.store),
            figure(day.refunds.store),
            figure(net.store),
            figure(net.ledger) + ("" if net.agrees else "  ≠"),
        )
    table.add_section()
    orders = sum(day.orders for day in proof.days)
    net = proof.net
    table.add_row(
        text("Total"),
        spoken().number(orders),
        figure(proof.sales.store),
        figure(proof.refunds.store),
        figure(net.store),
        figure(net.ledger),
        style="bold",
    )
    console.print(table)


def _show_payments(console: Console, proof: Totals) -> None:
    figure = spoken().figure
    table = columns(text("Payments by method ({currency})", currency=proof.currency), text("Method"), text("Amount"))
    for method, amount in sorted(proof.payments.items(), key=lambda each: -each[1].amount):
        table.add_row(method, figure(amount))
    table.add_section()
    table.add_row(text("Total"), figure(total(proof.payments.values(), proof.currency)), style="bold")
    console.print(table)


def _show_beside(console: Console, proof: Totals) -> None:
    """What the orders in the books came to beside their documents."""
    for template, amount in (
        ("Tax that marketplaces collect themselves: {amount}, in none of the sales above.", proof.marketplace_tax),
        ("Gift cards and store credit used: {amount}, in none of the sales above.", proof.redeemed),
    ):
        if amount is not None and not amount.is_zero:
            console.print(text(template, amount=str(amount)))


def _show_held(console: Console, proof: Proof) -> None:
    if not proof.held:
        console.print(text("Held: nothing."))
        return
    table = columns(text("Held, by cause"), text("What is in the way, and what to do"), text("Records"), text("Amount"))
    grouped = by_cause(proof.held, lambda row: row.problems).values()
    for problem, rows in sorted(grouped, key=lambda each: len(each[1]), reverse=True)[:HELD_SHOWN]:
        stake = in_column(sums(row.amount for row in rows), proof.currency)
        words = f"{told(problem.what)}\n→ {told(problem.remedy)}"
        table.add_row(words, spoken().number(len(rows)), stake)
    console.print(table)


def in_column(amounts: Sequence[Money], home: str) -> str:
    """Sums in a column, a line for each currency: the company's own first, without its name."""
    own = [each for each in amounts if each.currency == home] or ([] if amounts else [zero(home)])
    foreign = [each for each in amounts if each.currency != home]
    return "\n".join([*map(spoken().figure, own), *map(spoken().money, foreign)])


def _show_warnings(console: Console, proof: Proof) -> None:
    if not proof.warnings:
        return
    table = columns(text("Posted, and worth a look"), text("What"), text("Records"))
    for each in noted(note for row in proof.warnings for note in row.notes):
        more = f" ({count(MORE_LIKE_IT, each.count - 1)})" if each.count > 1 else ""
        table.add_row(f"{told(each.note)}{more}", spoken().number(each.count))
    console.print(table)


def _show_skipped(console: Console, proof: Proof) -> None:
    if not proof.skipped:
        return
    table = columns(text("Left out by a rule"), text("Rule"), text("What"), text("Records"), text("Amount"))
    for each in left_out(proof.skipped):
        rule = told(RULE_WORDS[each.rule]) if each.rule in RULE_WORDS else each.rule
        what = told(ONE_AND_MANY[each.kind][1])
        table.add_row(rule, what, spoken().number(each.count), in_column(each.amounts, proof.currency))
    console.print(table)


def _show_kept(console: Console, proof: Proof) -> None:
    if not proof.kept:
        return
    table = columns(text("Kept as the books have it"), text("Document"), text("Less than the store says"))
    for row in proof.kept:
        table.add_row(of_kind(row.kind, row.number), spoken().money(row.less))
    console.print(table)


def show_differences(console: Console, proof: Proof) -> None:
    """The rows in which the store, the journal and the books do not say the same; nothing where there are none."""
    if not proof.differences:
        return
    table = columns(text("Rows that differ"), text("Document"), text("Store"), text("Meant"), text("Books"))
    for row in proof.differences:
        figures = (_there(row.store), spoken().money(row.journal), _there(row.ledger))
        table.add_row(of_kind(row.kind, row.number), *figures)
    console.print(table)


def _there(amount: Money | None) -> str:
    return spoken().money(amount) if amount is not None else text("not there")


def show_verdict(console: Console, proof: Proof) -> None:
    """The line that matters: store = journal = books."""
    sign = "=" if proof.agrees else "≠"
    for net in (each.net for each in proof.currencies):
        amounts = {"store": str(net.store), "journal": str(net.journal), "books": str(net.ledger)}
        line = text("Store {store} {sign} journal {journal} {sign} books {books}", sign=sign, **amounts)
        console.print(line, style="bold green" if proof.agrees else "bold red")
    if proof.unsettled:
        console.print(count(STILL_ON_THE_WAY, proof.unsettled), style="yellow")
