"""What holds for every order in every regime (posting rules, sections 1 and 2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.books.taxes.conftest import (
    AUTOMATED,
    CITY,
    COUNTY,
    EVERYTHING,
    GST,
    PST,
    QST,
    STATE,
    VAT5,
    VAT20,
    context,
    form_total,
    order,
    placed,
)

from comptoir.books.company import TaxRate, TaxRegime
from comptoir.books.context import Context
from comptoir.books.facts import TaxCollector, TaxLine
from comptoir.books.money import Money, total
from comptoir.books.taxes import TaxedLine, TaxPlan, plan_taxes

CENT = Decimal("0.01")
Named = tuple[str, TaxRate]

WORLD: list[tuple[Named, ...]] = [
    (),
    (("VAT", VAT20),),
    (("VAT", VAT5),),
    (("GST", GST),),
    (("GST", GST), ("QST", QST)),
    (("GST", GST), ("PST", PST)),
]
STATES: list[tuple[Named, ...]] = [
    (),
    (("State", STATE),),
    (("County", COUNTY),),
    (("State", STATE), ("City", CITY)),
    (("State", STATE), ("County", COUNTY), ("City", CITY)),
]
REGIMES = [
    pytest.param(context(), WORLD, id="global"),
    pytest.param(context(TaxRegime.US_MANUAL, company_codes=(EVERYTHING,)), STATES, id="US manual"),
    pytest.param(AUTOMATED, STATES[:2], id="US automated, mapped"),
    pytest.param(context(TaxRegime.US_AUTOMATED, {}), STATES, id="US automated"),
    pytest.param(context(TaxRegime.NONE), [()], id="no sales tax"),
]


def cents(amount: int) -> Money:
    return Money(amount * CENT, "CAD")


def rounded(amount: Decimal) -> Money:
    return Money(amount.quantize(CENT, rounding=ROUND_HALF_UP), "CAD")


def made(amount: int, taxes: Sequence[Named], *, included: bool, theirs: bool, untaxed: bool) -> TaxedLine:
    """A line as a store tells it that rounds every tax of every line half up."""
    gross = cents(amount)
    whole = sum((each.rate for _, each in taxes), start=Decimal(0))
    base = gross.amount / (1 + whole) if included else gross.amount
    own = tuple(TaxLine(name, each.rate, rounded(base * each.rate)) for name, each in taxes)
    market = (TaxLine("Market tax", Decimal("0.08"), cents(7), TaxCollector.MARKETPLACE),) if theirs else ()
    return TaxedLine(0, gross, own + market, is_untaxed_kind=untaxed)


def forms(choices: Sequence[tuple[Named, ...]], *, included: bool) -> st.SearchStrategy[list[TaxedLine]]:
    each = st.builds(
        lambda amount, taxes, theirs, untaxed: made(
            amount, () if untaxed else taxes, included=included, theirs=theirs, untaxed=untaxed
        ),
        st.integers(0, 50_000),
        st.sampled_from(choices),
        st.booleans(),
        st.booleans(),
    )
    return st.lists(each, max_size=12).map(lambda lines: placed(*lines))


def goods_total(lines: Sequence[TaxedLine], *, included: bool) -> Money:
    """The store's own sum: lines, and the merchant's taxes where they are added."""
    net = total((each.amount for each in lines), "CAD")
    own = [tax.amount for each in lines for tax in each.taxes if tax.collector is TaxCollector.MERCHANT]
    return net if included else net + total(own, "CAD")


def planned(lines: Sequence[TaxedLine], within: Context, *, included: bool) -> TaxPlan:
    found = plan_taxes(lines, order(included=included), within)
    assert isinstance(found, TaxPlan), [str(problem.what) for problem in found]
    return found


@pytest.mark.parametrize("included", [False, True], ids=["added", "included"])
@pytest.mark.parametrize(("within", "choices"), REGIMES)
@given(data=st.data())
def test_the_form_is_the_stores_total(
    within: Context, choices: list[tuple[Named, ...]], included: bool, data: st.DataObject
) -> None:
    lines = data.draw(forms(choices, included=included))
    found = planned(lines, within, included=included)
    assert form_total(found) == goods_total(lines, included=included)
    assert found.difference.is_zero
    if found.rates:
        assert total((each.amount for each in found.rates), "CAD") == found.total
    assert len(found.codes) == len(found.amounts) == len(lines)


@pytest.mark.parametrize("included", [False, True], ids=["added", "included"])
@pytest.mark.parametrize(("within", "choices"), REGIMES)
@given(data=st.data())
def test_the_order_of_lines_does_not_matter(
    within: Context, choices: list[tuple[Named, ...]], included: bool, data: st.DataObject
) -> None:
    lines = data.draw(forms(choices, included=included))
    mixed = data.draw(st.permutations(lines))
    one, other = (planned(each, within, included=included) for each in (lines, mixed))
    places = [each.place for each in mixed]
    assert [one.codes[place] for place in places] == list(other.codes)
    assert [one.amounts[place] for place in places] == list(other.amounts)
    assert replace(one, codes=(), amounts=()) == replace(other, codes=(), amounts=())


@given(data=st.data())
def test_a_form_with_tax_inside_gives_the_stores_tax_by_the_ledgers_arithmetic(data: st.DataObject) -> None:
    """Reckoned apart from the rules: net half up a line, the tax what is left, in proportion to the rates."""
    chosen = data.draw(st.sampled_from([each for each in WORLD if each]))
    lines = data.draw(forms([chosen], included=True))
    found = planned(lines, context(), included=True)
    if not found.inclusive:
        return
    assert list(found.amounts) == [each.amount for each in lines]
    taxed = [each for each in lines if not each.is_untaxed_kind]
    whole = sum((each.rate for _, each in chosen), start=Decimal(0))
    nets = [rounded(each.amount.amount / (1 + whole)) for each in taxed]
    residual = total((each.amount for each in taxed), "CAD") - total(nets, "CAD")
    assert residual == found.total
    for name, each in chosen:
        store = total((tax.amount for one in taxed for tax in one.taxes if tax.name == name), "CAD")
        assert abs((store - residual * (each.rate / whole)).amount) <= CENT / 2
