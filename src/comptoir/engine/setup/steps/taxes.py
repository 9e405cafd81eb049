"""PURE: each tax that real orders bear, and the company's code that stands for it (O14)."""

from __future__ import annotations

from collections.abc import Iterator

from comptoir.books.company import Company, TaxCode, TaxRegime, fold, tax_key
from comptoir.books.problems import Message
from comptoir.books.taxes.arithmetic import effective_rate
from comptoir.books.taxes.suggesting import certain_code, codes_to_map, suggested_code
from comptoir.engine.setup.draft import Setup
from comptoir.engine.setup.found import FoundTax
from comptoir.engine.setup.new_codes import new_code, percent
from comptoir.engine.setup.questions import Control, Label, Option, Question, Step

NO_SALES_TAX = Message("Your company does not use sales tax.")
BY_PLACE = Message("Your company reckons sales tax by place, and needs no code for what is not taxed.")


def taxes_step(setup: Setup) -> Step:
    """The taxes found, those mapped already, and what is not taxed."""
    return Step(
        "taxes",
        Message("Taxes"),
        Message("For each tax that your store charges: the code of your company that stands for it."),
        (*_mapped(setup), *_untaxed(setup)),
        nothing=NO_SALES_TAX if setup.company.tax_regime is TaxRegime.NONE else None,
    )


def _mapped(setup: Setup) -> Iterator[Question]:
    company = setup.company
    hidden = NO_SALES_TAX if company.tax_regime is TaxRegime.NONE else None
    found = {tax_key([each.name]): each for each in setup.found.taxes}
    chosen = {tax_key([name]): name for name in setup.settings.taxes.codes}
    for key, tax in found.items():
        yield _tax(company, chosen.get(key, tax.name), tax, hidden)
    for key in [key for key in chosen if key not in found]:
        yield _tax(company, chosen[key], None, hidden)


def _tax(company: Company, name: str, tax: FoundTax | None, hidden: Message | None) -> Question:
    suggested = likely_code(company, tax) if tax is not None else None
    if company.tax_regime is TaxRegime.US_AUTOMATED:
        later = Message("None: it is reckoned by place")
    else:
        later = Message("Decide later: its orders wait")
    options = (
        Option("", later, is_suggested=suggested is None),
        *(Option(each.name, _with_rate(each), is_suggested=each == suggested) for each in codes_to_map(company)),
    )
    return Question(
        ("taxes", "codes", name),
        name,
        Message("The tax code that this tax is booked under."),
        Control.LIST,
        options,
        _example(tax),
        hidden,
        new_code=None if tax is None else new_code(company, name, tax.rate, tax.parts),
    )


def likely_code(company: Company, tax: FoundTax, *, certain: bool = False) -> TaxCode | None:
    """The code that most likely stands for a tax; with `certain`, None in doubt."""
    rates = frozenset(() if tax.rate is None else {tax.rate})
    return (certain_code if certain else suggested_code)(tax.name, rates, company)


def _example(tax: FoundTax | None) -> Message | None:
    if tax is None:
        return None
    values = {"count": str(tax.orders), "number": tax.sample, "rate": percent(tax.rate) if tax.rate is not None else ""}
    if tax.rate is None:
        return Message("Orders read with it: {count}, order {number} among them.", values)
    return Message("Orders read with it, at {rate}: {count}, order {number} among them.", values)


def _with_rate(code: TaxCode) -> Label:
    if not code.rates:
        return code.name
    return Message("{name} ({rate})", {"name": code.name, "rate": percent(effective_rate(code.rates))})


def _untaxed(setup: Setup) -> Iterator[Question]:
    company = setup.company
    regime = company.tax_regime
    hidden = None
    if regime is not TaxRegime.GLOBAL:
        hidden = NO_SALES_TAX if regime is TaxRegime.NONE else BY_PLACE
    free = [each for each in codes_to_map(company) if not each.rate]
    suggested = suggested_untaxed(company)
    own = [Option(each.name, each.name, is_suggested=each.name == suggested) for each in free]
    yield Question(
        ("taxes", "untaxed"),
        Message("What is not taxed"),
        Message("The code of what is out of scope: rounding, tips, gift cards, and lines without tax."),
        Control.LIST,
        own if suggested else [Option("", Message("None")), *own],
        hidden=hidden,
    )
    others = (
        ("zero_rated", Message("Taxed at 0 %"), Message("The code of lines that the store taxes at 0 %.")),
        ("exempt", Message("Exempt buyers"), Message("The code of lines of a buyer who pays no tax.")),
        ("export", Message("Sold abroad"), Message("The code of untaxed lines that go to another country.")),
    )
    for name, label, why in others:
        options = [Option("", Message("The same as what is not taxed"), is_suggested=True), *own]
        yield Question(("taxes", name), label, why, Control.LIST, options, hidden=hidden, is_more=True)


def suggested_untaxed(company: Company) -> str:
    """The code without rates whose name says out of scope; else the first without rates."""
    free = [each.name for each in codes_to_map(company) if not each.rates]
    said = ("out of scope", "hors du champ", "hors champ", "no vat", "no tax", "exempt", "exonéré")
    named = (name for hint in said for name in free if hint in fold(name))
    return next(named, next(iter(free), ""))
