"""What commands say, in the language of whoever types them: COMPTOIR_LANGUAGE, else the locale, else English.

What a machine reads (`--json`) is not said: it is the same in every language.
"""

from __future__ import annotations

import functools
import os
from datetime import date, datetime, tzinfo
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_decimal

from comptoir.books.money import Money
from comptoir.books.problems import Message, Problem
from comptoir.books.settings import Language
from comptoir.language import HOME, Plural, Words, chosen_language, words_in

PLAIN_SPACES = str.maketrans(dict.fromkeys("\xa0\u202f", " "))


class TerminalWords(Words):
    """Words for a terminal: with plain spaces, so that what is read can be searched for; days in figures."""

    def say(self, message: Message) -> str:
        """A message."""
        return super().say(message).translate(PLAIN_SPACES)

    def plural(self, one: str, many: str, number: int, **values: str) -> str:
        """A text with a number in it."""
        return super().plural(one, many, number, **values).translate(PLAIN_SPACES)

    def number(self, number: int) -> str:
        """A whole number."""
        return super().number(number).translate(PLAIN_SPACES)

    def decimal(self, number: Decimal) -> str:
        """A number with one decimal."""
        return str(format_decimal(number, format="#,##0.0", locale=self.locale)).translate(PLAIN_SPACES)

    def cents(self, number: Decimal) -> str:
        """A number with two decimals, as a company's own lists have them."""
        return str(format_decimal(number, format="#,##0.00", locale=self.locale)).translate(PLAIN_SPACES)

    def exact(self, number: Decimal) -> str:
        """A number with as many decimals as it has."""
        return str(format_decimal(number, locale=self.locale, decimal_quantization=False)).translate(PLAIN_SPACES)

    def figure(self, amount: Money) -> str:
        """An amount for a column."""
        return super().figure(amount).translate(PLAIN_SPACES)

    def money(self, amount: Money) -> str:
        """An amount with its currency's code."""
        return super().money(amount).translate(PLAIN_SPACES)

    def day(self, day: date) -> str:
        """A date, as short as it is written at home."""
        return str(format_date(day, "short", locale=self.locale))

    def moment(self, at: datetime, zone: tzinfo) -> str:
        """A date and time in `zone`."""
        return super().moment(at, zone).translate(PLAIN_SPACES)


def spoken() -> TerminalWords:
    """The words of the language that the environment asks for."""
    return _words(chosen_language(os.environ))


def told(message: Message) -> str:
    """A message in words."""
    return spoken().say(message)


def text(template: str, **values: str) -> str:
    """A text of a command's own."""
    return spoken().say(Message(template, values))


def count(forms: Plural, number: int, **values: str) -> str:
    """A text with a number in it, as {count}."""
    return spoken().plural(*forms, number, **values)


def translated(words: str) -> str:
    """A text without values, such as a command's help."""
    return spoken().catalog.gettext(words).translate(PLAIN_SPACES) if words else ""


def labelled(label: str, rest: str) -> str:
    """Something after its name: the colon as the language writes it."""
    return text("{label}: {rest}", label=label, rest=rest) if label else rest


def placed(problem: Problem) -> str:
    """What is wrong, after where it is."""
    return labelled(problem.where, told(problem.what))


@functools.cache
def _words(language: Language) -> TerminalWords:
    found = words_in(language, HOME)
    return TerminalWords(found.language, found.locale, found.catalog)
