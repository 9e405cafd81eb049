"""What the user reads, in their language: a message's template is the key of its translation; figures by locale."""

from __future__ import annotations

import functools
import gettext
import io
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from babel import Locale
from babel.dates import format_date, format_time
from babel.localedata import exists
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal
from babel.units import format_unit

from comptoir.books.money import Money
from comptoir.books.problems import Message
from comptoir.books.settings import Language
from comptoir.language.values import JOINT, VALUES

LOCALES = Path(__file__).parent / "locales"
DOMAIN = "comptoir"
REGIONS = {
    "AUD": "AU",
    "CAD": "CA",
    "CHF": "CH",
    "GBP": "GB",
    "INR": "IN",
    "NZD": "NZ",
    "SGD": "SG",
    "USD": "US",
    "ZAR": "ZA",
}
"""Where a currency is at home, for how its people write dates and figures; others take the language's own habits."""
HOME = "CAD"
"""The currency of the place whose habits pages and commands follow."""
OWN_HABITS = {Language.ENGLISH: "GB", Language.FRENCH: "FR"}

_AMOUNT = re.compile(r"(-?\d{1,3}(?:,\d{3})*(?:\.\d+)?) ([A-Z]{3})")
"""An amount as `Money` writes itself into the values of a message."""
_DATE = re.compile(r"[12]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+")
_AGE = re.compile(r"(\d+) (day|hour|minute)s?")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)( ?)%")
NAMES = frozenset({"key", "line", "method", "name", "number", "order", "reason", "sku", "tax", "text", "value"})
"""Values that are names, the user's or the store's own, whatever they look like: a number may look like a date."""


class Plural(NamedTuple):
    """A text in its two English forms; other languages may have more."""

    one: str
    many: str


@dataclass(frozen=True, slots=True)
class Words:
    """Everything a person reads, in one language and by the habits of one place."""

    language: Language
    locale: Locale
    catalog: gettext.NullTranslations

    def say(self, message: Message) -> str:
        """A message. Amounts among its values are written as this place writes them; names stay as they are."""
        template = self.catalog.gettext(message.template)
        return template.format_map({name: self._value(name, value) for name, value in message.values.items()})

    def text(self, template: str, **values: str) -> str:
        """A text of the edge's own."""
        return self.say(Message(template, values))

    def plural(self, one: str, many: str, number: int, **values: str) -> str:
        """A text with a number in it, as {count}."""
        template = self.catalog.ngettext(one, many, number)
        return template.format_map({"count": self.number(number), **values})

    def number(self, number: int) -> str:
        """A whole number."""
        return format_decimal(number, locale=self.locale)

    def figure(self, amount: Money) -> str:
        """An amount for a column whose heading names the currency."""
        places = -int(amount.rounded().amount.as_tuple().exponent)
        pattern = "#,##0" + ("." + "0" * places if places else "")
        return format_decimal(amount.rounded().amount, format=pattern, locale=self.locale)

    def money(self, amount: Money) -> str:
        """An amount with its currency's code: a sign says too little where dollars are of several kinds."""
        rounded = amount.rounded()
        return format_currency(rounded.amount, rounded.currency, format="#,##0.00\xa0¤¤", locale=self.locale)

    def day(self, day: date) -> str:
        """A date."""
        return format_date(day, "medium", locale=self.locale)

    def country(self, code: str) -> str:
        """The name of a country; its code where nobody here knows it."""
        return str(self.locale.territories.get(code.upper(), code))

    def moment(self, at: datetime, zone: tzinfo) -> str:
        """A date and time in `zone`."""
        local = at.astimezone(zone)
        return f"{self.day(local.date())} {format_time(local, 'short', tzinfo=zone, locale=self.locale)}"

    def _value(self, name: str, value: str) -> str:
        own, parts = VALUES.get(name, ()), value.split(JOINT)
        if all(part in own for part in parts):
            return JOINT.join(self.catalog.pgettext(name, part) for part in parts)
        if amounts := [found for part in parts if (found := _AMOUNT.fullmatch(part))]:
            told = (self.money(Money(Decimal(each[1].replace(",", "")), each[2])) for each in amounts)
            return JOINT.join(told) if len(amounts) == len(parts) else value
        return value if name in NAMES else self.written(value)

    def written(self, value: str) -> str:
        """A date, a number, a percentage or an age as this place writes it; anything else as it is."""
        if _DATE.fullmatch(value):
            with suppress(ValueError):  # the thirtieth of February
                return self.day(date.fromisoformat(value))
        if _NUMBER.fullmatch(value):
            return self.number(int(value.replace(",", "")))
        if found := _PERCENT.fullmatch(value):
            space = "\xa0" if self.language is Language.FRENCH else found[2]
            return f"{format_decimal(Decimal(found[1]), format='#,##0.######', locale=self.locale)}{space}%"
        if found := _AGE.fullmatch(value):
            return str(format_unit(int(found[1]), f"duration-{found[2]}", length="long", locale=self.locale))
        return value


@functools.cache
def words_in(language: Language, currency: str = "") -> Words:
    """The words of a language, with the habits of where `currency` is at home."""
    region = REGIONS.get(currency, OWN_HABITS[language])
    if not exists(f"{language.value}_{region}"):  # nobody speaks it there: a French reader of books in pounds
        region = OWN_HABITS[language]
    locale = Locale.parse(f"{language.value}_{region}")
    return Words(language, locale, translations(language))


@functools.cache
def translations(language: Language) -> gettext.NullTranslations:
    """The translations of a language, compiled from their source when they are first needed."""
    if language is Language.ENGLISH:
        return gettext.NullTranslations()
    with catalog_file(language).open("rb") as source:
        catalog = read_po(source, locale=language.value)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def catalog_file(language: Language) -> Path:
    """Where the translations of a language are written."""
    return LOCALES / language.value / "LC_MESSAGES" / f"{DOMAIN}.po"


def chosen_language(environment: Mapping[str, str]) -> Language:
    """The language that the environment asks for: COMPTOIR_LANGUAGE, else the locale; English where it is neither."""
    for name in ("COMPTOIR_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        wanted = environment.get(name, "")
        if wanted:
            return Language.FRENCH if wanted.lower().startswith("fr") else Language.ENGLISH
    return Language.ENGLISH
