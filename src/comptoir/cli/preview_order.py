"""One order's documents in full: lines, tax, totals, and what each does to the accounts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from rich.table import Table

from comptoir.books.company import Company, TaxRate
from comptoir.books.documents import (
    AmendmentDocument,
    ApplicationDocument,
    CashBackDocument,
    CustomerDocument,
    ItemDocument,
    ItemType,
    JournalDocument,
    LedgerId,
    OrderDocument,
    PaymentDocument,
    RateTax,
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
from comptoir.cli.documents import dated
from comptoir.cli.speech import labelled, spoken, text, told
from comptoir.engine.preview import Previewed, Previewer, Shown
from comptoir.engine.telling.shapes.common import plain, problem_shapes
from comptoir.engine.telling.shapes.orders import ledger_line_shapes
from comptoir.engine.telling.shapes.previews import TO_BE_POSTED, planned_lines, planned_taxes
from comptoir.engine.telling.words import KINDS, STATE_WORDS

WORDS: dict[type[object], Message] = {
    PaymentDocument: Message("payment"),
    RefundDocument: Message("refund receipt"),
    CashBackDocument: Message("cash back"),
    ApplicationDocument: Message("credit applied"),
    CustomerDocument: Message("customer"),
    ItemDocument: Message("item"),
    AmendmentDocument: Message("sale written anew"),
    VoidDocument: Message("invoice voided"),
    JournalDocument: Message("journal entry"),
    Skipped: Message("left out"),
    tuple: Message("held"),
}
HUNDRED = Decimal(100)


def form_of(shown: Shown) -> Message:
    """What a decision becomes, in a word."""
    outcome = shown.decided.outcome
    if isinstance(outcome, SaleDocument):
        return Message("sales receipt") if outcome.form is SaleForm.RECEIPT else Message("invoice")
    if isinstance(outcome, RefundDocument) and outcome.form is RefundForm.CREDIT_MEMO:
        return Message("credit memo")
    return WORDS[type(outcome)]


def show_order(previewed: Previewed, previewer: Previewer, reason: Message | None) -> None:
    """Everything that the rules say of one order; `reason` is why its sale takes its form."""
    console.print(text("Order {number}", number=previewed.number), style="bold")
    for shown in previewed.shown:
        console.print()
        outcome = shown.decided.outcome
        if isinstance(outcome, tuple | Skipped):
            _show_stopped(shown, outcome)
        elif isinstance(outcome, CustomerDocument):
            console.print(labelled(text("Customer to be created"), outcome.name))
        elif isinstance(outcome, ItemDocument):
            console.print(labelled(text("Item to be created"), _new_item(outcome, previewer.company)))
        else:
            _show_document(shown, previewer)
            if reason is not None and isinstance(outcome, SaleDocument) and not shown.decided.key.part:
                say(" ", labelled(text("Why this form"), told(reason)), "dim")


def _show_stopped(shown: Shown, outcome: object) -> None:
    decided = shown.decided
    console.print(
        labelled(dated(told(KINDS[decided.key.kind]), decided.dated, decided.total), told(form_of(shown))), style="bold"
    )
    if isinstance(outcome, Skipped):
        say("  •", outcome.why)
        return
    for problem in outcome if isinstance(outcome, tuple) else ():
        say("  •", problem.what)
        say("    →", problem.remedy, "dim")


ITEM_KINDS = {
    ItemType.SERVICE: Message("service"),
    ItemType.NON_INVENTORY: Message("non-inventory"),
    ItemType.INVENTORY: Message("inventory"),
}


def _new_item(item: ItemDocument, company: Company) -> str:
    values = {"name": item.name, "kind": told(ITEM_KINDS[item.type]), "sku": item.sku}
    words = "{name} ({kind}, SKU {sku}), booked to {account}" if item.sku else "{name} ({kind}), booked to {account}"
    return text(words, **values, account=_account(item.income_account, company))


def _account(identity: LedgerId | None, company: Company) -> str:
    return next((each.name for each in company.accounts if each.id == identity), "")


def _show_document(shown: Shown, previewer: Previewer) -> None:
    document = shown.document
    if shown.effect is None or document is None or isinstance(document, CustomerDocument | ItemDocument):
        raise AssertionError("only documents that move money have an entry")
    fate = (
        text("{state}, as it was posted", state=told(STATE_WORDS[shown.row.state]))
        if shown.row and shown.has_left
        else text("would be posted")
    )
    form = told(form_of(shown))
    form = form[:1].upper() + form[1:]
    title = dated(f"{form} {document.number}" if document.number else form, document.dated, document.total)
    console.print(labelled(title, fate), style="bold")
    head = Table.grid(padding=(0, 1, 0, 0))
    head.add_column(min_width=16)
    head.add_column()
    for name, value in _head(shown, previewer):
        head.add_row(f"  {labelled(told(name), '')}".rstrip(), told(value))
    console.print(head)
    if shown.form is not None:
        console.print(_lines(shown.form, previewer))
        for line in tax_lines(shown, previewer.company):
            console.print(f"  {line}")
    _show_effect(shown.effect)
    for note in shown.decided.notes:
        say("  !", note, "yellow")


def _head(shown: Shown, previewer: Previewer) -> Iterable[tuple[Message, Message]]:
    """What stands above the lines, and is not empty."""
    document, company = shown.form or shown.document, previewer.company
    if not isinstance(document, OrderDocument):
        return
    customer = previewer.name(document.customer)
    is_new = previewer.is_new(document.customer)
    created = Message("{name} (to be created)", {"name": customer}) if is_new else Message.verbatim(customer)
    yield Message("Customer"), created
    accounts = (
        (Message("Deposited to"), getattr(document, "deposit_account", None)),
        (Message("Refunded from"), getattr(document, "refund_account", None)),
        (Message("Paid from"), document.account if isinstance(document, CashBackDocument) else None),
    )
    yield from ((name, Message.verbatim(_account(identity, company))) for name, identity in accounts if identity)
    if isinstance(document, SaleDocument) and document.due_on is not None:
        yield Message("Due on"), Message.verbatim(document.due_on.isoformat())
    if isinstance(document, ApplicationDocument):
        yield Message("Comes off"), Message("{amount} of the invoice", {"amount": str(document.applied)})


def _lines(document: SaleDocument | RefundDocument, previewer: Previewer) -> Table:
    amount = "Amount ({currency}, tax inside)" if document.prices_include_tax else "Amount ({currency}, net)"
    table = Table(header_style="bold", pad_edge=False)
    table.add_column(text("Item"))
    for name in (text("Quantity"), text("Price"), text(amount, currency=document.currency)):
        table.add_column(name, justify="right")
    table.add_column(text("Tax code"))
    codes = {code.id: code.name for code in previewer.company.tax_codes}
    for line in document.lines:
        new = " *" if previewer.is_new(line.item) else ""
        item = previewer.name(line.item)
        table.add_row(
            f"{item}{new}" if line.description in item else f"{item}{new}\n{line.description}",
            spoken().exact(line.quantity.normalize()) if line.quantity is not None else "",
            spoken().exact(line.unit_price.amount) if line.unit_price else "",
            spoken().figure(line.amount),
            codes.get(line.tax_code, line.tax_code) if line.tax_code else "",
        )
    if any(previewer.is_new(line.item) for line in document.lines):
        table.caption = text("* to be created")
        table.caption_justify = "left"
    return table


def tax_lines(shown: Shown, company: Company) -> list[str]:
    """The tax in words: by rate where it is known, else its total."""
    document = shown.form
    if document is None:
        return []
    rates = rates_of(company)
    whole = text("Tax {tax}, total {total}", tax=str(document.tax), total=str(document.total))
    if isinstance(shown.document, AmendmentDocument):
        return [whole]
    found = [_tax_line(rates[each.rate], each) for each in shown.taxes if each.rate in rates]
    if not found and not document.tax.is_zero:
        words = "As the store states it; QuickBooks spreads it over the rates of the place: {tax}"
        found = [text(words, tax=str(document.tax))]
    return [*found, whole]


def _tax_line(rate: TaxRate, tax: RateTax) -> str:
    percent = spoken().exact((rate.rate * HUNDRED).normalize())
    amounts = {"base": str(tax.base), "tax": str(tax.amount)}
    return text("{rate} ({percent} %) on {base}: {tax}", rate=rate.name, percent=percent, **amounts)


def _show_effect(effect: Effect) -> None:
    if effect.lines:
        table = Table(header_style="bold", pad_edge=False)
        table.add_column(text("In the accounts"))
        table.add_column(text("Debit"), justify="right")
        table.add_column(text("Credit"), justify="right")
        figure = spoken().figure
        for line in effect.lines:
            debit, credit = _sides(line.amount)
            account = told(line.words) if line.words else line.account
            table.add_row(account, figure(debit) if debit else "", figure(credit) if credit else "")
        console.print(table)
    for note in effect.notes:
        say("  ", note, "dim")


def _sides(amount: Money) -> tuple[Money | None, Money | None]:
    return (amount, None) if amount > zero(amount.currency) else (None, -amount)


def shown_summary(previewed: Previewed, previewer: Previewer) -> list[dict[str, Any]]:
    """An order's postings for a machine."""
    return [_summary(shown, previewer) for shown in previewed.shown]


def _summary(shown: Shown, previewer: Previewer) -> dict[str, Any]:
    decided, outcome, document = shown.decided, shown.decided.outcome, shown.document
    row: dict[str, Any] = {
        "kind": decided.key.kind.value,
        "becomes": str(form_of(shown)),
        "state": shown.row.state.value if shown.row and shown.has_left else TO_BE_POSTED,
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
        row |= {str(name).lower().replace(" ", "_"): str(value) for name, value in _head(shown, previewer)}
        row["ledger"] = [asdict(each) for each in ledger_line_shapes(shown.effect)]
        row["notes"] += [str(note) for note in shown.effect.notes]
        if shown.form is not None:
            lines = [asdict(each) for each in planned_lines(shown.form, previewer)]
            taxes = [asdict(each) for each in planned_taxes(shown)]
            row |= {"lines": lines, "tax": plain(shown.form.tax), "tax_by_rate": taxes}
    return row
