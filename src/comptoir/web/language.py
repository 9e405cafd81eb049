"""The language of a page: words, amounts, days and times as its readers write them."""

from __future__ import annotations

import gettext
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale, negotiate_locale
from babel.dates import format_date, format_timedelta
from babel.numbers import format_currency, format_decimal

from comptoir.books.money import Money
from comptoir.books.problems import Message
from comptoir.books.settings import Language
from comptoir.language import HOME, Words, words_in
from comptoir.language import translations as catalog

LANGUAGES: Mapping[str, str] = {"en": "English", "fr": "Français"}
DEFAULT = "en"


def negotiated(accepted: str) -> str:
    """The first language of a browser's list (Accept-Language) that there are pages in."""
    wanted = [part.split(";")[0].strip().replace("-", "_") for part in accepted.split(",")]
    found = negotiate_locale([each for each in wanted if each], list(LANGUAGES), sep="_")
    return found or DEFAULT


def translations(language: str) -> gettext.NullTranslations:
    """The catalog of a language; the English texts are their own."""
    return catalog(Language(language))


@dataclass(frozen=True, slots=True)
class Tongue:
    """How one reader's pages speak: the language, and the time zone of the books being looked at.

    `zone_of` finds the zone out, when a moment is first to be told: most pages tell none.
    """

    language: str
    zone_of: Callable[[], ZoneInfo | None] = lambda: None

    @property
    def words(self) -> Words:
        """The words of the language, by the customs of the place that pages follow."""
        return words_in(Language(self.language), HOME)

    @property
    def locale(self) -> Locale:
        """The place whose customs are followed."""
        return self.words.locale

    def say(self, message: Message | str) -> str:
        """A sentence in this language."""
        if isinstance(message, str):
            return self.words.catalog.gettext(message)
        return self.words.say(message)

    def money(self, amount: Money | None) -> str:
        """An amount with its currency; nothing for none."""
        if amount is None:
            return ""
        return str(format_currency(amount.rounded().amount, amount.currency, locale=self.locale))

    def tell(self, value: object) -> str:
        """Whatever it is, as its reader writes it; a dash for nothing."""
        match value:
            case None | "":
                return "—"
            case Money():
                return self.money(value)
            case Message():
                return self.say(value)
            case datetime():
                return self.moment(value)
            case date():
                return self.day(value)
            case _:
                return str(value)

    def written(self, text: str) -> str:
        """A figure that is at hand as a text: a date, a percentage."""
        return self.words.written(text)

    def number(self, count: int) -> str:
        """A count."""
        return self.words.number(count)

    def quantity(self, pieces: Decimal) -> str:
        """How many pieces; a part of one too."""
        return str(format_decimal(pieces, format="#,##0.######", locale=self.locale))

    def day(self, day: date | None) -> str:
        """A day, in words short enough for a table."""
        return self.words.day(day) if day else ""

    def short_day(self, day: date) -> str:
        """A day without its year."""
        return str(format_date(day, "d MMM", locale=self.locale))

    def country(self, code: str) -> str:
        """The name of a country."""
        return self.words.country(code)

    def moment(self, at: datetime | None) -> str:
        """A moment in the zone of the books."""
        return self.words.moment(at, self.zone_of() or UTC) if at else ""

    def ago(self, at: datetime | None) -> str:
        """How long ago, or in how long, a moment is."""
        if at is None:
            return ""
        return str(format_timedelta(at - datetime.now(UTC), add_direction=True, locale=self.locale))


TONGUE_FILTERS = (
    "say",
    "tell",
    "money",
    "number",
    "quantity",
    "day",
    "short_day",
    "moment",
    "ago",
    "written",
    "country",
)
"""The ways of a tongue that templates use as filters."""
