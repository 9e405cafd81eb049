"""What a person reads, by language and place."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from comptoir.books.checks.names import TYPE_WORDS
from comptoir.books.money import Money
from comptoir.books.problems import Message
from comptoir.books.settings import Language
from comptoir.engine.telling.words import DOCUMENT_WORDS, document_words
from comptoir.language import REGIONS, Words, chosen_language, words_in
from comptoir.language.values import VALUES

EN, FR = Language.ENGLISH, Language.FRENCH
SPACE = "\xa0"


def words(language: Language, currency: str = "CAD") -> Words:
    return words_in(language, currency)


def money(amount: str, currency: str) -> Money:
    return Money(Decimal(amount), currency)


AMOUNTS = [
    pytest.param(EN, "CAD", money("1234567.5", "CAD"), f"1,234,567.50{SPACE}CAD", id="English"),
    pytest.param(FR, "CAD", money("1234567.5", "CAD"), f"1{SPACE}234{SPACE}567,50{SPACE}CAD", id="French of Canada"),
    pytest.param(FR, "EUR", money("1234.5", "EUR"), f"1\u202f234,50{SPACE}EUR", id="French of France"),
    pytest.param(EN, "CHF", money("-3", "CHF"), f"-3.00{SPACE}CHF", id="below zero"),
    pytest.param(EN, "USD", money("1500", "JPY"), f"1,500{SPACE}JPY", id="no decimals"),
    pytest.param(EN, "USD", money("1.2345", "KWD"), f"1.235{SPACE}KWD", id="three decimals"),
]


@pytest.mark.parametrize(("language", "home", "amount", "written"), AMOUNTS)
def test_an_amount(language: Language, home: str, amount: Money, written: str) -> None:
    assert words(language, home).money(amount) == written
    assert f"{words(language, home).figure(amount)}{SPACE}{amount.currency}" == written


@pytest.mark.parametrize(
    ("language", "home", "written"),
    [(EN, "GBP", "1 Mar 2026"), (EN, "USD", "Mar 1, 2026"), (FR, "CAD", "1 mars 2026"), (EN, "EUR", "1 Mar 2026")],
)
def test_a_day(language: Language, home: str, written: str) -> None:
    assert words(language, home).day(date(2026, 3, 1)) == written


@pytest.mark.parametrize(
    ("language", "code", "name"),
    [(FR, "GB", "Royaume-Uni"), (EN, "GB", "United Kingdom"), (FR, "us", "États-Unis"), (EN, "QQ", "QQ")],
)
def test_a_country(language: Language, code: str, name: str) -> None:
    assert words(language, "CAD").country(code) == name


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("currency", [*REGIONS, "EUR", "JPY", ""])
def test_every_language_has_habits_for_the_books_of_every_place(language: Language, currency: str) -> None:
    found = words_in(language, currency)
    assert found.locale.language == language.value
    assert "2026" in found.day(date(2026, 3, 1))


def test_a_french_reader_of_books_in_pounds_reads_french() -> None:
    assert words(FR, "GBP").money(money("1234.5", "GBP")) == f"1\u202f234,50{SPACE}GBP"


def test_a_moment_is_told_in_the_zone_of_its_reader() -> None:
    at = datetime(2026, 3, 1, 1, 5, tzinfo=UTC)
    assert words(FR).moment(at, ZoneInfo("America/Toronto")) == "28 févr. 2026 20 h 05"
    assert words(EN, "GBP").moment(at, ZoneInfo("Europe/London")) == "1 Mar 2026 01:05"


def test_a_message_and_the_amounts_and_words_in_it() -> None:
    message = Message(
        "The books make {books} of {number}, and the store's total is {meant}; the document was taken back.",
        {"books": "1,025.00 CAD", "number": "1,025.00", "meant": "-0.10 CAD"},
    )
    assert words(FR).say(message) == (
        f"Les livres donnent 1{SPACE}025,00{SPACE}CAD pour 1,025.00, et le total de la boutique est de "
        f"-0,10{SPACE}CAD; le document a été retiré."
    )
    assert words(EN).say(message) == str(message).replace(" CAD", f"{SPACE}CAD")


def test_names_of_the_user_stay_as_they_are() -> None:
    message = Message('The company has no account named "{name}".', {"name": "Income"})
    assert words(FR).say(message) == f"L’entreprise n’a pas de compte nommé «{SPACE}Income{SPACE}»."  # noqa: RUF001


@pytest.mark.parametrize("kinds", TYPE_WORDS.values())
def test_words_of_our_own_among_the_values_are_translated(kinds: str) -> None:
    said = words(FR).say(Message("Choose an account of type {kinds}.", {"kinds": kinds}))
    assert kinds not in said
    assert said.startswith("Choisissez un compte de type ")


def test_amounts_side_by_side() -> None:
    values = {"count": "2", "amounts": "1,228.00 CAD, 0.50 EUR"}
    said = words(FR).say(Message("Held: {count} ({amounts}).", values))
    assert said == f"Retenus{SPACE}: 2 (1{SPACE}228,00{SPACE}CAD, 0,50{SPACE}EUR)."
    mixed = {"count": "2", "amounts": "1,228.00 CAD, and more"}
    assert words(FR).say(Message("Held: {count} ({amounts}).", mixed)).endswith("(1,228.00 CAD, and more).")


@pytest.mark.parametrize(
    ("language", "told", "written"),
    [
        (FR, "14.975 %", f"14,975{SPACE}%"),
        (FR, "9.975%", f"9,975{SPACE}%"),
        (FR, "20%", f"20{SPACE}%"),
        (EN, "9.975%", "9.975%"),
        (EN, "14.975 %", "14.975 %"),
        (FR, "GST 5%", "GST 5%"),
        (FR, "2026-03-01", "1 mars 2026"),
    ],
)
def test_a_figure_that_is_told_as_a_text(language: Language, told: str, written: str) -> None:
    assert words(language).written(told) == written


def test_what_a_ledger_calls_its_forms_has_words_of_ours() -> None:
    assert set(DOCUMENT_WORDS.values()) == set(VALUES["type"])
    values = {"document": "Sales receipt", "name": "7"}
    said = words(FR).say(Message("{document} {name} was changed in the books by someone.", values))
    assert said.startswith(f"Reçu de vente 7{SPACE}: ")
    assert document_words("VendorCredit") == "VendorCredit"


def test_several_words_side_by_side() -> None:
    values = {"status": "pending", "posted": "paid, partially refunded"}
    said = words(FR).say(Message("{status}; posted are: {posted}.", values))
    assert said == f"en attente; sont comptabilisées{SPACE}: payée, remboursée en partie."


def test_a_text_without_a_translation_is_told_in_english() -> None:
    assert words(FR).text("Nobody wrote {this}.", this="that") == "Nobody wrote that."


@pytest.mark.parametrize(("number", "one", "french"), [(0, False, True), (1, True, True), (2, False, False)])
def test_each_language_counts_in_its_own_way(number: int, one: bool, french: bool) -> None:
    texts = ("{count} record needs a hand", "{count} records need a hand")
    assert (words(EN).plural(*texts, number) == f"{number} record needs a hand") is one
    assert (words(FR).plural(*texts, number) == f"{number} élément demande votre attention") is french


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, EN),
        ({"LANG": "fr_CA.UTF-8"}, FR),
        ({"LANG": "de_DE.UTF-8"}, EN),
        ({"LANG": "fr_CA", "LC_ALL": "C"}, EN),
        ({"LANG": "en_US", "COMPTOIR_LANGUAGE": "fr"}, FR),
        ({"LANG": "fr_CA", "COMPTOIR_LANGUAGE": "en"}, EN),
    ],
)
def test_the_language_of_the_environment(environment: dict[str, str], language: Language) -> None:
    assert chosen_language(environment) is language


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"dated": "2025-10-20"}, "20 oct. 2025"),
        ({"dated": "2025-02-31"}, "2025-02-31"),
        ({"number": "2025-10-20"}, "2025-10-20"),
        ({"count": "500,000"}, "500\xa0000"),
        ({"sku": "500,000"}, "500,000"),
        ({"tax": "11.11 CAD"}, "11,11\xa0CAD"),
        ({"age": "3 hours"}, "3\xa0heures"),
        ({"age": "1 day"}, "1\xa0jour"),
        ({"age": "less than a minute"}, "moins d\u2019une minute"),
    ],
    ids=lambda values: next(iter(values.items())) if isinstance(values, dict) else "",
)
def test_figures_among_the_values_are_written_by_the_place(values: dict[str, str], told: str) -> None:
    (name,) = values
    assert words_in(Language.FRENCH, "CAD").say(Message(f"{{{name}}}", values)) == told
