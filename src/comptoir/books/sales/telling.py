"""The rules of a sale in words: what each looked at and what it found. Nothing is asked here, and nothing decided."""

from __future__ import annotations

from collections.abc import Iterator

from comptoir.books.company import TaxRegime
from comptoir.books.context import Found, Match
from comptoir.books.documents import ItemDocument, LedgerId, SaleForm
from comptoir.books.lines import Matched
from comptoir.books.planning import taxed_lines
from comptoir.books.problems import Message, Problem, distinct
from comptoir.books.rules import Told
from comptoir.books.sales.draft import SaleDraft
from comptoir.books.specials import STANDS_FOR
from comptoir.books.taxes import TaxedLine, TaxPlan
from comptoir.books.taxes.mapping import charged
from comptoir.books.taxes.united_states import NOT_TAXED, TAXED

LINES_SHOWN = 12
TOO_LONG = "The store's number with the prefix of the settings."
CUSTOMERS = {
    Match.MADE_BEFORE: Message("Made by Comptoir already."),
    Match.EMAIL: Message("Found by its e-mail address."),
    Match.PERSON: Message("Found by its name and its postcode or telephone number."),
    Match.NAME: Message("Found by its name."),
    Match.NEW: Message("Not in the company yet: to be created."),
}
ITEMS = {
    Match.MADE_BEFORE: "{item}: made by Comptoir already.",
    Match.NAME: "{item}: found by its name.",
    Match.CODE: "{item}: found by the SKU.",
    Match.DEFAULT: "{item}: the default product, since nothing else matches.",
    Match.NEW: "{item}: not in the company yet, to be created.",
}

BECOMES = {SaleForm.RECEIPT: "It becomes a sales receipt.", SaleForm.INVOICE: "It becomes an invoice."}
IS_FORM = {SaleForm.RECEIPT: "It is a sales receipt.", SaleForm.INVOICE: "It is an invoice."}


def number(draft: SaleDraft) -> Iterator[Told]:
    """The number that the sale has in the books, or is to have."""
    own = draft.context.posted[0].document.number if draft.context.posted else draft.number
    if own is None:
        yield Told(Message(TOO_LONG))
    elif own:
        yield Told(Message("It is {number}.", {"number": own}))
    else:
        yield Told(Message("The company gives its own."))


def period(draft: SaleDraft) -> Iterator[Told]:
    """The date of the document."""
    yield Told(Message("Dated {day}.", {"day": draft.dated.isoformat()}))


def currency(draft: SaleDraft) -> Iterator[Told]:
    """The currency of the document."""
    yield Told(Message("It is in {currency}.", {"currency": draft.order.currency}))


def collector(draft: SaleDraft) -> Iterator[Told]:
    """Who remits a tax."""
    del draft
    yield Told(Message("Who remits it?"))


def customer(draft: SaleDraft) -> Iterator[Told]:
    """Whom the store names, and how they were found."""
    buyer = draft.order.buyer
    told = ", ".join(filter(None, (buyer.name or buyer.company, buyer.email))) if buyer else ""
    saw = Message("{buyer}.", {"buyer": told}) if told else Message("The store names nobody.")
    yield Told(saw, (CUSTOMERS[draft.customer.match],) if draft.customer else ())


def items(draft: SaleDraft) -> Iterator[Told]:
    """Lines of one product once; the first few of many."""
    found = distinct([_item(each) for each in draft.drafted.matched])
    yield from found[:LINES_SHOWN] or [Told(Message("It has no lines."))]
    rest = found[LINES_SHOWN:]
    if rest:
        wrong = tuple(objection for each in rest for objection in each.objections)
        more = Message("{more} further products.", {"more": str(len(rest))})
        yield Told(more, (Message("Found in the same way."),), wrong)


def _item(matched: Matched) -> Told:
    saw = Message("{name}, SKU {sku}." if matched.sku else "{name}.", {"name": matched.name, "sku": matched.sku})
    if matched.special is not None:
        saw = Message("What stands for {what}.", {"what": STANDS_FOR[matched.special.value]})
    if isinstance(matched.found, Problem):
        return Told(saw, objections=(matched.found,))
    return Told(saw, (_item_found(matched.found),))


def _item_found(found: Found) -> Message:
    made = found.creates.outcome if found.creates else None
    name = made.name if isinstance(made, ItemDocument) else getattr(found.reference, "name", "")
    return Message(ITEMS[found.match], {"item": name}) if name else CUSTOMERS[found.match]


def taxes(draft: SaleDraft) -> Iterator[Told]:
    """What stands for each combination of the store's taxes."""
    if draft.context.company.tax_regime is TaxRegime.NONE:
        yield Told(Message("The company keeps no sales tax."))
    elif draft.planned is None or not draft.planned.drafts:
        names = distinct([_taxes_of(line) for line in taxed_lines(draft.drafted.drafts)])
        yield Told(_charged(", ".join(filter(None, names))))
    else:
        lines, plan = taxed_lines(draft.planned.drafts), draft.planned.plan
        coded = zip(lines, plan.codes, strict=True)
        yield from distinct([Told(_charged(_taxes_of(line)), (_code(code, plan, draft),)) for line, code in coded])


def _taxes_of(line: TaxedLine) -> str:
    return " + ".join(tax.name for tax in charged(line))


def _charged(names: str) -> Message:
    if not names:
        return Message("The store charges no tax.")
    return Message("The store charges: {names}.", {"names": names})


def _code(code: LedgerId | None, plan: TaxPlan, draft: SaleDraft) -> Message:
    """The code of a line; of one that is taxed by the code of the whole form, that."""
    if code == NOT_TAXED:
        return Message("Not taxed (NON).")
    own = plan.form_code if code == TAXED else code
    name = next((each.name for each in draft.context.company.tax_codes if each.id == own), "")
    if name:
        return Message("Tax code {code}.", {"code": name})
    return Message("Taxed (TAX), at the rates that QuickBooks has for the place.")


def total(draft: SaleDraft) -> Iterator[Told]:
    """How the lines come to the total."""
    saw, written = Message("The store's total is {total}.", {"total": str(draft.order.total)}), draft.written
    if written is None:
        yield Told(saw, (Message("The lines are added up once each has its item and its tax."),))
        return
    values = {"rounding": str(written.rounding), "tax": str(written.plan.total)}
    if written.rounding is None:
        yield Told(saw, (Message("The lines and {tax} tax come to it exactly.", values),))
    else:
        yield Told(saw, (Message("The lines, {tax} tax and {rounding} for rounding come to it.", values),))


def form(draft: SaleDraft) -> Iterator[Told]:
    """Why it is a receipt or an invoice, and where a receipt's money is."""
    chosen, is_posted = draft.chosen, draft.context.posted_form is not None
    found = [Message((IS_FORM if is_posted else BECOMES)[chosen.form])]
    if chosen.settled is not None:
        account = draft.context.company.account(chosen.settled.account).name
        found.append(Message("Held on: {account}.", {"account": account}))
    yield Told(chosen.why, tuple(found))


def paid_over(draft: SaleDraft) -> Iterator[Told]:
    """What is paid."""
    yield Told(Message("{paid} is paid.", {"paid": str(draft.order.paid)}))
