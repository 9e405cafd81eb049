from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from comptoir.books.documents import ItemType, SaleForm
from comptoir.books.settings import (
    CurrencyChoice,
    DatedBy,
    DueRule,
    DueSettings,
    ItemSettings,
    MessageChoice,
    MethodSettings,
    NumberSource,
    OpeningQuantity,
    OrderSettings,
    PaymentSettings,
    Settings,
    TaxSettings,
)
from comptoir.engine.setup.settings_file import read_settings, write_settings

PLAIN = Settings(time_zone="Europe/London", start_date=date(2026, 1, 1), items=ItemSettings(income_account="Sales"))
EVERYTHING = replace(
    PLAIN,
    items=ItemSettings(
        income_account="Sales",
        create_as=ItemType.INVENTORY,
        asset_account="Stock",
        cogs_account="Cost of sales",
        opening_quantity=OpeningQuantity.POST,
        rounding_cap=Decimal("2.5"),
        tip="Tips",
        deposit="Eco fee",
        deposit_names=("Eco", "Pfand"),
        charges_as=ItemType.NON_INVENTORY,
        gift_card="Gift card",
        gift_card_account="Owed",
    ),
    orders=OrderSettings(
        form=SaleForm.INVOICE,
        number=NumberSource.LEDGER,
        dated_by=DatedBy.SHIPPED,
        due=DueSettings(DueRule.DAY_OF_NEXT_MONTH, 15),
        message=MessageChoice.COMPANY_DEFAULT,
        class_name="Web",
        location_name="Leeds",
        currency=CurrencyChoice.PAID,
    ),
    payments=PaymentSettings(
        methods={"*": MethodSettings("Bank", "Card")}, gift_card_methods=("voucher",), store_credit_methods=()
    ),
    taxes=TaxSettings(untaxed="No VAT", codes={"VAT": "20.0% S"}),
)


@pytest.mark.parametrize("settings", [PLAIN, EVERYTHING], ids=["plain", "everything"])
def test_what_is_exported_is_imported_unchanged(settings: Settings) -> None:
    assert read_settings(write_settings(settings)).settings == settings


def test_the_file_writes_every_choice_out() -> None:
    text = write_settings(EVERYTHING)
    for line in ('rule = "day_of_next_month"', 'dated_by = "shipped"', "days = 15", 'number = "ledger"'):
        assert line in text


MISTAKES = [
    pytest.param("[orders.due]\nrulez = 1", "orders.due.rulez",
                 'Did you mean "orders.due.rule"?', id="in the due date"),
    pytest.param("[orders]\nclassname = 1", "orders.classname", 'Did you mean "orders.class_name"?', id="in a section"),
    pytest.param("[payments.methods.card]\nacount = 1\naccount = 'x'", "payments.methods.card.acount",
                 'Did you mean "payments.methods.card.account"?', id="in a method"),
    pytest.param("time_zones = 1", "time_zones", 'Did you mean "time_zone"?', id="at the top"),
    pytest.param("[xyzzy]\na = 1", "xyzzy", 'Take "xyzzy" out', id="like nothing there is"),
    pytest.param("[taxes.codes.a]\nb = 1", "taxes.codes.a", "between double quotes", id="a name of the user's own"),
    pytest.param('[orders]\ndated_by = "sent"', "orders.dated_by", '"order", "paid", "shipped"',
                 id="a word that is none"),
    pytest.param('[orders.due]\ndays = "ten"', "orders.due.days", "Write digits alone", id="no number"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "where", "remedy"), MISTAKES)
def test_a_mistake_is_named_with_its_place_and_remedy(text: str, where: str, remedy: str) -> None:
    top, _, rest = text.partition("[")
    whole = f"""time_zone = "Etc/UTC"
start_date = 2026-01-01
{top}
[items]
income_account = "Sales"
{"[" if rest else ""}{rest}"""
    found = read_settings(whole).problems
    (problem,) = [each for each in found if each.where == where]
    assert remedy in str(problem.remedy)


def test_every_mistake_is_reported_at_once() -> None:
    found = read_settings("[orders]\nform = 1\nprefixes = 2").problems
    places = {problem.where for problem in found}
    assert places == {"time_zone", "start_date", "items", "orders.form", "orders.prefixes"}


def test_a_file_that_is_no_toml_names_the_place() -> None:
    found = read_settings("orders = =").problems
    assert [problem.code for problem in found] == ["settings-syntax"]
    assert "line 1" in str(found[0].what)
