"""One order's documents in full: lines, tax, totals, and what each does to the accounts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from rich.table import Table

from comptoir.books.company import Company
from comptoir.books.documents import (
    AmendmentDocument,
    ApplicationDocument,
    CashBackDocument,
    CustomerDocument,
    ItemDocument,
    LedgerId,
    OrderDocument,
    PaymentDocument,
    RefundDocument,
    RefundForm,
    SaleDocument,
    SaleForm,
    VoidDocument,
)
from comptoir.books.ledger_lines import Effect, rates_of
from comptoir.books.money import Money, zero
from comptoir.books.problems import Message, Skipped
from comptoir.cli.common import console, say
from comptoir.cli.report import figure
from comptoir.engine.preview import Previewed, Previewer, Shown
from comptoir.engine.telling.shapes.common import plain, problem_shapes
from comptoir.engine.telling.shapes.orders import ledger_line_shapes
from comptoir.engine.telling.words import STATE_WORDS

WORDS: dict[type[object], str] = {
    PaymentDocument: "payment",
    RefundDocument: "refund receipt",
    CashBackDocument: "cash back",
    ApplicationDocument: "credit applied",
    CustomerDocument: "customer",
    ItemDocument: "item",
    AmendmentDocument: "sale written anew",
    VoidDocument: "invoice voided",
    Skipped: "left out",
    tuple: "held",
}
HUNDRED = Decimal(100)


def form_of(shown: Shown) -> str:
    """What a decision becomes, in a word."""
    outcome = shown.decided.outcome
    if isinstance(outcome, SaleDocument):
        return "sales receipt" if outcome.form is SaleForm.RECEIPT else "invoice"
    if isinstance(outcome, RefundDocument) and outcome.form is RefundForm.CREDIT_MEMO:
        return "credit memo"
    return WORDS[type(outcome)]


def show_order(previewed: Previewed, previewer: Previewer, reason: Message | None) -> None:
    """Everything that the rules say of one order; `reason` is why its sale takes its form."""
    console.print(f"Order {previewed.number}", style="bold")
    for shown in previewed.shown:
        console.print()
        outcome = shown.decided.outcome
        if isinstance(outcome, tuple | Skipped):
            _show_stopped(shown, outcome)
        elif isinstance(outcome, CustomerDocument):
            console.print(f"Customer to be created: {outcome.name}")
        elif isinstance(outcome, ItemDocument):
            say("Item to be created:", _new_item(outcome, previewer.company))
        else:
            _show_document(shown, previewer)
            if reason is not None and isinstance(outcome, SaleDocument) and not shown.decided.key.part:
                say("  Why this form:", str(reason), "dim")


def _show_stopped(shown: Shown, outcome: object) -> None:
    kind = shown.decided.key.kind.value.replace("_", " ").capitalize()
    amount = f", {shown.decided.total}" if shown.decided.total else ""
    fate = "is held" if isinstance(outcome, tuple) else "is left out"
    console.print(f"{kind} of {shown.decided.dated}{amount} {fate}:", style="bold")
    if isinstance(outcome, Skipped):
        say("  •", str(outcome.why))
        return
    for problem in outcome if isinstance(outcome, tuple) else ():
        say("  •", str(problem.what))
        say("    →", str(problem.remedy), "dim")


def _new_item(item: ItemDocument, company: Company) -> str:
    kind = item.type.value.replace("_", "-")
    sku = f", SKU {item.sku}" if item.sku else ""
    return f"{item.name} ({kind}{sku}), booked to {_account(item.income_account, company)}"


def _account(identity: LedgerId | None, company: Company) -> str:
    return next((each.name for each in company.accounts if each.id == identity), "")


def _show_document(shown: Shown, previewer: Previewer) -> None:
    document = shown.document
    if shown.effect is None or document is None or isinstance(document, CustomerDocument | ItemDocument):
        raise AssertionError("only documents that move money have an entry")
    fate = f"{STATE_WORDS[shown.row.state]}, as it was posted" if shown.row and shown.has_left else "would be posted"
    number = f" {document.number}" if document.number else ""
    title = f"{form_of(shown).capitalize()}{number} of {document.dated}, {document.total}: {fate}"
    console.print(title, style="bold")
    for name, value in _head(shown, previewer):
        console.print(f"  {name + ':':<14} {value}")
    if shown.form is not None:
        console.print(_lines(shown.form, previewer))
        for line in tax_lines(shown, previewer.company):
            console.print(f"  {line}")
    _show_effect(shown.effect)
    for note in shown.decided.notes:
        say("  !", str(note), "yellow")


def _head(shown: Shown, previewer: Previewer) -> Iterable[tuple[str, str]]:
    """What stands above the lines, and is not empty."""
    document, company = shown.form or shown.document, previewer.company
    if not isinstance(document, OrderDocument):
        return
    new = " (to be created)" if previewer.is_new(document.customer) else ""
    yield "Customer", f"{previewer.name(document.customer)}{new}"
    accounts = {
        "Deposited to": getattr(document, "deposit_account", None),
        "Refunded from": getattr(document, "refund_account", None),
        "Paid from": document.account if isinstance(document, CashBackDocument) else None,
    }
    yield from ((name, _account(identity, company)) for name, identity in accounts.items() if identity)
    if isinstance(document, SaleDocument) and document.due_on is not None:
        yield "Due on", document.due_on.isoformat()
    if isinstance(document, ApplicationDocument):
        yield "Comes off", f"{document.applied} of the invoice"


def _lines(document: SaleDocument | RefundDocument, previewer: Previewer) -> Table:
    inside = "tax inside" if document.prices_include_tax else "net"
    table = Table(header_style="bold", pad_edge=False)
    table.add_column("Item")
    for name in ("Quantity", "Price", f"Amount ({document.currency}, {inside})"):
        table.add_column(name, justify="right")
    table.add_column("Tax code")
    codes = {code.id: code.name for code in previewer.company.tax_codes}
    for line in document.lines:
        new = " *" if previewer.is_new(line.item) else ""
        item = previewer.name(line.item)
        table.add_row(
            f"{item}{new}" if line.description in item else f"{item}{new}\n{line.description}",
            f"{line.quantity.normalize():f}" if line.quantity is not None else "",
            f"{line.unit_price.amount:f}" if line.unit_price else "",
            figure(line.amount),
            codes.get(line.tax_code, line.tax_code) if line.tax_code else "",
        )
    if any(previewer.is_new(line.item) for line in document.lines):
        table.caption = "* to be created"
        table.caption_justify = "left"
    return table


def tax_lines(shown: Shown, company: Company) -> list[str]:
    """The tax in words: by rate where it is known, else its total."""
    document = shown.form
    if document is None:
        return []
    rates = rates_of(company)
    if isinstance(shown.document, AmendmentDocument):
        return [f"Tax {document.tax}, total {document.total}"]
    found = [
        f"{rates[each.rate].name} ({(rates[each.rate].rate * HUNDRED).normalize():f} %) on {each.base}: {each.amount}"
        for each in shown.taxes
        if each.rate in rates
    ]
    if not found and not document.tax.is_zero:
        found = [f"As the store states it; QuickBooks spreads it over the rates of the place: {document.tax}"]
    return [*found, f"Tax {document.tax}, total {document.total}"]


def _show_effect(effect: Effect) -> None:
    if effect.lines:
        table = Table(header_style="bold", pad_edge=False)
        table.add_column("In the accounts")
        table.add_column("Debit", justify="right")
        table.add_column("Credit", justify="right")
        for line in effect.lines:
            debit, credit = _sides(line.amount)
            table.add_row(line.account, figure(debit) if debit else "", figure(credit) if credit else "")
        console.print(table)
    for note in effect.notes:
        say("  ", str(note), "dim")


def _sides(amount: Money) -> tuple[Money | None, Money | None]:
    return (amount, None) if amount > zero(amount.currency) else (None, -amount)


def shown_summary(previewed: Previewed, previewer: Previewer) -> list[dict[str, Any]]:
    """An order's postings for a machine."""
    return [_summary(shown, previewer) for shown in previewed.shown]


def _summary(shown: Shown, previewer: Previewer) -> dict[str, Any]:
    decided, outcome, document = shown.decided, shown.decided.outcome, shown.document
    row: dict[str, Any] = {
        "kind": decided.key.kind.value,
        "becomes": form_of(shown),
        "state": shown.row.state.value if shown.row and shown.has_left else "to be posted",
        "dated": decided.dated.isoformat() if decided.dated else None,
        "total": plain(decided.total) if decided.total else None,
        "currency": decided.total.currency if decided.total else None,
        "notes": [str(note) for note in decided.notes],
    }
    if isinstance(outcome, tuple):
        row["problems"] = [asdict(each) for each in problem_shapes(outcome)]
    elif isinstance(outcome, Skipped):
        row |= {"rule": outcome.rule, "why": str(outcome.why)}
    elif isinstance(document, CustomerDocument | ItemDocument):
        row["name"] = document.name
    elif document is not None and shown.effect is not None:
        row |= {"number": document.number, "total": plain(document.total), "currency": document.currency}
        row |= {name.lower().replace(" ", "_"): value for name, value in _head(shown, previewer)}
        row["ledger"] = [asdict(each) for each in ledger_line_shapes(shown.effect)]
        row["notes"] += [str(note) for note in shown.effect.notes]
        if shown.form is not None:
            lines = _line_rows(shown.form, previewer)
            row |= {"lines": lines, "tax": plain(shown.form.tax), "tax_by_rate": _rates(shown)}
    return row


def _line_rows(document: SaleDocument | RefundDocument, previewer: Previewer) -> list[dict[str, Any]]:
    return [
        {
            "item": previewer.name(line.item),
            "item_to_be_created": previewer.is_new(line.item),
            "description": line.description,
            "quantity": f"{line.quantity:f}" if line.quantity is not None else None,
            "price": f"{line.unit_price.amount:f}" if line.unit_price else None,
            "amount": plain(line.amount),
            "tax_code": line.tax_code,
        }
        for line in document.lines
    ]


def _rates(shown: Shown) -> list[dict[str, str]]:
    return [{"rate": each.rate, "base": plain(each.base), "tax": plain(each.amount)} for each in shown.taxes]
