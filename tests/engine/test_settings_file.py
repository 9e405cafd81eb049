"""The settings file: it comes back as it was written, and every mistake in it is told at once."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from typing import get_type_hints

import pytest

from comptoir.books.documents import SaleForm
from comptoir.books.facts import PaymentStatus
from comptoir.books.problems import Problem
from comptoir.books.settings import (
    CustomerChoice,
    EarlierOrders,
    ItemMatch,
    ItemSettings,
    MethodSettings,
    OrderSettings,
    PaymentSettings,
    RefundSettings,
    Settings,
    TaxSettings,
    UnpaidOrders,
)
from comptoir.engine.setup.settings_file import SECTION_WORDS, read_settings, write_settings

EVERYTHING = Settings(
    time_zone="Europe/London",
    start_date=date(2026, 1, 1),
    items=ItemSettings(
        income_account='Sales "Web"',
        match=ItemMatch.NAME,
        create=False,
        expense_account="Costs",
        default_product="Crème brûlée",
        rounding_cap=Decimal("2.5"),
    ),
    orders=OrderSettings(
        statuses=(PaymentStatus.PAID, PaymentStatus.PENDING),
        form=SaleForm.INVOICE,
        unpaid=UnpaidOrders.WAIT,
        prefix="W-",
        customer=CustomerChoice.GENERIC,
        allow_card_payment=True,
    ),
    payments=PaymentSettings(
        record=False, methods={"*": MethodSettings("Clearing"), "shop pay": MethodSettings("Bank", "Card")}
    ),
    refunds=RefundSettings(record=False, account="Bank", of_earlier_orders=EarlierOrders.HOLD),
    taxes=TaxSettings(untaxed="No VAT", codes={"VAT 20%": "20.0% S"}),
)
SMALL = 'time_zone = "Europe/London"\nstart_date = 2026-01-01\n[items]\nincome_account = "Sales"\n'


def mistakes(text: str) -> list[Problem]:
    reading = read_settings(text)
    assert reading.settings is None
    return list(reading.problems)


@pytest.mark.parametrize("settings", [EVERYTHING, replace(EVERYTHING, items=ItemSettings("Sales"))])
def test_what_is_written_is_read_back_unchanged(settings: Settings) -> None:
    text = write_settings(settings)
    assert read_settings(text).settings == settings
    assert write_settings(settings) == text


def test_every_choice_stands_in_the_file_under_its_words() -> None:
    text, hints = (
        write_settings(Settings("Europe/London", date(2026, 1, 1), ItemSettings("Sales"))),
        get_type_hints(Settings),
    )
    for name, words in SECTION_WORDS.items():
        assert f"# {words}\n[{name}]" in text
        for setting in fields(hints[name]):
            assert setting.name in text
    assert "rounding_cap = 5\n" in text
    assert "start_date = 2026-01-01\n" in text


def test_what_the_file_leaves_out_has_its_usual_value() -> None:
    settings = read_settings(SMALL).settings
    assert settings == Settings("Europe/London", date(2026, 1, 1), ItemSettings("Sales"))


@pytest.mark.parametrize(("written", "cap"), [("2.5", "2.5"), ("0.1", "0.1"), ("7", "7")])
def test_decimals_keep_every_digit(written: str, cap: str) -> None:
    settings = read_settings(f"{SMALL}rounding_cap = {written}\n").settings
    assert settings is not None
    assert settings.items.rounding_cap == Decimal(cap)


def test_every_mistake_is_told_at_once_with_its_remedy() -> None:
    found = mistakes(
        """
        zone = "Europe/London"
        start_date = "soon"
        [items]
        create_as = "digital"
        rounding_cap = "much"
        income_acount = "Sales"
        [orders]
        statuses = ["paid", "shipped"]
        [payments.methods."*"]
        acount = "Clearing"
        [shipping]
        item = "Post"
        """
    )
    told = {problem.where: (problem.code, str(problem.what), str(problem.remedy)) for problem in found}
    assert len(told) == len(found)
    missing, unknown, value = "setting-missing", "setting-unknown", "setting-value"
    assert {where: code for where, (code, _, _) in told.items()} == {
        "time_zone": missing,
        "zone": unknown,
        "start_date": value,
        "items.create_as": value,
        "items.rounding_cap": value,
        "items.income_acount": unknown,
        "items.income_account": missing,
        "orders.statuses": value,
        "payments.methods.*.acount": unknown,
        "payments.methods.*.account": missing,
        "shipping": unknown,
    }
    assert told["time_zone"][1:] == ('The setting "time_zone" is missing.', 'Add "time_zone" to the file.')
    assert told["items.income_acount"][1:] == (
        'There is no setting "items.income_acount".',
        'Did you mean "items.income_account"?',
    )
    assert told["payments.methods.*.acount"][2] == 'Did you mean "payments.methods.*.account"?'
    assert told["shipping"][2].startswith('Take "shipping" out;')
    assert told["items.create_as"][1] == 'The setting "items.create_as" cannot be "digital".'
    assert '"non_inventory"' in told["items.create_as"][2]
    assert told["orders.statuses"][1] == 'The setting "orders.statuses" cannot be "shipped".'
    assert '"paid"' in told["orders.statuses"][2]
    assert told["start_date"][1] == 'The setting "start_date" is "soon", which is not a day of the calendar.'
    assert "for example 5 or 2.5" in told["items.rounding_cap"][2]
    assert all(problem.where == problem.field == problem.cause for problem in found)


@pytest.mark.parametrize("text", ["time_zone = Europe/London", "[items\n", 'a = "', "= 1"])
def test_text_that_is_no_toml_is_told_with_its_place(text: str) -> None:
    (problem,) = mistakes(text)
    assert problem.code == "settings-syntax"
    assert "line 1" in str(problem.what) or "to its end" in str(problem.what)
    assert "double quotes" in str(problem.remedy)


def test_a_section_that_is_no_section_is_told() -> None:
    (problem,) = mistakes(f"orders = 5\n{SMALL}")
    assert (problem.code, problem.where) == ("setting-value", "orders")


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_a_number_that_is_none_is_told(value: str) -> None:
    (problem,) = mistakes(f"{SMALL}rounding_cap = {value}\n")
    assert problem.where == "items.rounding_cap"
