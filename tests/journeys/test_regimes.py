"""One journey over the tax regimes: British, American by hand and automated, and buyers in several currencies.

What is expected is reckoned by hand from the posting rules and read from the company's own dump and trial balance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import pytest
from tests.journeys.regime import Case, Expected, Regime
from tests.journeys.regime_uk import UK
from tests.journeys.regimes_abroad import PAID, SHOP
from tests.journeys.regimes_us import US_AUTOMATED, US_MANUAL
from tests.journeys.world import SALES_FORMS, World, open_world

from comptoir.engine.proving.proof import Proof

pytestmark = pytest.mark.journey


@dataclass
class Journey:
    """A regime as it came out."""

    regime: Regime
    world: World
    proof: Proof
    again: Proof
    reread: Proof
    objects: tuple[int, int]


@pytest.fixture(
    scope="module", params=[UK, US_MANUAL, US_AUTOMATED, PAID, SHOP], ids=lambda regime: regime.name.replace(", ", "-")
)
def journey(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    regime: Regime = request.param
    orders = [case.order for case in regime.cases.values()]
    with open_world(tmp_path_factory.mktemp("regime"), regime.profile, regime.shop, orders) as world:
        regime.prepare(world)
        world.configure(regime.settings)
        proof = world.run()
        first = len(world.objects())
        again = world.run()
        second = len(world.objects())
        yield Journey(regime, world, proof, again, world.reread(), (first, second))


def numbered(regime: Regime) -> Iterator[tuple[str, Case]]:
    yield from ((str(1001 + place), case) for place, case in enumerate(regime.cases.values()))


def amount(text: object) -> Decimal:
    return Decimal(str(text))


def booked(journey: Journey) -> dict[str, tuple[str, Decimal, dict[str, Decimal], Decimal]]:
    """Document number -> form, total, tax by rate, balance; as the company holds it."""
    rates = {each["Id"]: each["Name"] for _, each in journey.world.objects("TaxRate")}
    found = {}
    for kind, each in journey.world.objects(*SALES_FORMS):
        taxes: dict[str, Decimal] = {}
        for row in each.get("TxnTaxDetail", {}).get("TaxLine", []):
            name = rates[row["TaxLineDetail"]["TaxRateRef"]["value"]] if journey.regime.rates_apart else ""
            taxes[name] = taxes.get(name, Decimal(0)) + amount(row["Amount"])
        if not journey.regime.rates_apart:
            taxes = {name: value for name, value in taxes.items() if value}
        assert each["DocNumber"] not in found
        found[each["DocNumber"]] = (kind, amount(each["TotalAmt"]), taxes, amount(each.get("Balance", 0)))
    return found


def exact(expected: Expected) -> tuple[str, Decimal, dict[str, Decimal], Decimal]:
    form, total, taxes, balance = expected
    return form, amount(total), {name: amount(value) for name, value in taxes.items()}, amount(balance)


def test_the_company_holds_what_was_reckoned_by_hand_and_nothing_else(journey: Journey) -> None:
    expected = {}
    for number, case in numbered(journey.regime):
        if case.sale:
            expected[f"S-{number}"] = exact(case.sale)
        if case.refund:
            expected[f"R-{number}"] = exact(case.refund)
    assert booked(journey) == expected


def test_the_accounts_stand_as_reckoned_by_hand(journey: Journey) -> None:
    balances = journey.world.balances()
    assert sum(balances.values()) == 0
    assert {name: balances.get(name) for name in journey.regime.accounts} == {
        name: amount(value) for name, value in journey.regime.accounts.items()
    }


def test_the_proof_agrees_and_only_what_must_be_is_held(journey: Journey) -> None:
    assert journey.proof.differences == ()
    assert journey.proof.agrees
    assert {row.number for row in journey.proof.held} == {
        number for number, case in numbered(journey.regime) if case.sale is None
    }


def test_what_is_held_is_told_with_its_remedy(journey: Journey) -> None:
    told = {row.number: [f"{each.what} {each.remedy}" for each in row.problems] for row in journey.proof.held}
    assert told == {number: [case.said] for number, case in numbered(journey.regime) if case.sale is None}


def test_the_lines_carry_their_codes_and_the_form_the_place_of_the_buyer(journey: Journey) -> None:
    found = {each["DocNumber"]: each for _, each in journey.world.objects(*SALES_FORMS)}
    for number, case in numbered(journey.regime):
        if case.codes:
            rows = [row for row in found[f"S-{number}"]["Line"] if row["DetailType"] == "SalesItemLineDetail"]
            assert tuple(row["SalesItemLineDetail"]["TaxCodeRef"]["value"] for row in rows) == case.codes
        if "shipping_address" in case.order:
            sent = found[f"S-{number}"]["ShipAddr"]
            assert sent["Line1"] == "1 Elm Street"
            assert sent.get("CountrySubDivisionCode") == case.order["shipping_address"].get("province_code")


def test_a_second_run_adds_nothing_and_the_books_reread_agree(journey: Journey) -> None:
    assert journey.objects[0] == journey.objects[1]
    assert journey.again.agrees
    assert journey.reread.agrees
