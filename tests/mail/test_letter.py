"""The letter: the proof first, everything that the report has, in either language, and nothing of it can do harm."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from comptoir.books.documents import Kind
from comptoir.books.facts import SourceId
from comptoir.books.money import Money
from comptoir.books.problems import Message, Problem
from comptoir.books.settings import Language
from comptoir.engine.proving.figures import Triple
from comptoir.engine.proving.order import Difference
from comptoir.engine.proving.outcome import LeftOut
from comptoir.engine.proving.proof import Kept
from comptoir.engine.telling.held import HeldCause
from comptoir.engine.telling.report import Balance, Counted, Noted, Report, Strayed, Walk
from comptoir.language import words_in
from comptoir.mail.letter import (
    CAUSES_SHOWN,
    DOCUMENTS_SHOWN,
    KINDS,
    Circumstances,
    Letter,
    Posted,
    Tone,
    kind_words,
    letter,
    trial,
)
from comptoir.mail.message import as_html, compose, message_id
from comptoir.mail.plain_text import WIDTH, as_text
from comptoir.mail.server import MailServer

AT = datetime(2026, 3, 1, 14, 5, tzinfo=UTC)
DAY = date(2026, 3, 1)
EN, FR = Language.ENGLISH, Language.FRENCH
SERVER = MailServer("localhost", 25, "Comptoir <comptoir@example.com>", "none")


def cad(amount: str) -> Money:
    return Money(Decimal(amount), "CAD")


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def triple(amount: Money, ledger: Money | None = None) -> Triple:
    return Triple(amount, amount, ledger or amount)


def problem(code: str, where: str = "") -> Problem:
    message = Message("QuickBooks no longer accepts this connection. Connect the company again to go on.")
    return Problem(code, message, Message("Until then nothing can be posted."), where=where, field=where, cause=code)


def cause(tax: str, count: int = 1, orders: tuple[str, ...] = ("1045",)) -> HeldCause:
    values = {"tax": tax}
    return HeldCause(
        f"tax:{tax}",
        Problem(
            "tax-unmapped",
            Message('The store\'s tax "{tax}" has no tax code.', values),
            Message("Choose a code with the rates of this tax, or take the tax out of taxes.codes."),
        ),
        {Kind.SALE: count, Kind.REFUND: 1},
        {SourceId(each): each for each in orders},
        (cad("412.35"),),
    )  # fmt: skip


WALK = Walk(412, AT, AT, failed=False)
QUIET = Report(walks=(WALK,), balances=(Balance("CAD", triple(cad("1210.00"))),), proved_at=AT, agrees=True)
FULL = Report(
    walks=(WALK,),
    balances=(
        Balance("CAD", triple(cad("1254876.90"), cad("1254876.40"))),
        Balance("EUR", triple(Money(Decimal(7), "EUR"))),
        Balance("USD", triple(usd("3.00"))),
    ),
    differing=22,
    differences=(
        Difference(Kind.SALE, "1001", DAY, cad("20"), cad("20"), None),
        Difference(Kind.PAYMENT, "1002", DAY, None, cad("5"), cad("4.50")),
    ),
    posted=(Counted(Kind.SALE, 38, (cad("4125.10"), usd("310"))), Counted(Kind.REFUND, 2, (cad("64.20"),))),
    held=(cause("QST", 3, ("1045", "1046", "1050")), cause("GST")),
    held_records=6,
    straying=4,
    strayed=(
        Strayed(Kind.SALE, "1007", "1007", is_gone=False, meant=cad("80"), ledger=cad("79.50")),
        Strayed(Kind.SALE, "1008", "1008", is_gone=False, meant=cad("81"), ledger=cad("81")),
        Strayed(Kind.PAYMENT, "P-9", "1009", is_gone=True, meant=None, ledger=None),
    ),
    left_out=(LeftOut("test-order", Kind.SALE, 2, (cad("10"),)), LeftOut("a-new-rule", Kind.REFUND, 1, ())),
    noted=(
        Noted(Message("It is in the books in this form, and keeps it."), 3),
        Noted(Message("The settings ask for invoices."), 1),
    ),
    kept=(Kept(Kind.SALE, "1003", DAY, cad("2.50")),),
    keeping=4,
    unsettled=2,
)
AROUND = Circumstances(
    store="Lampes <b>& Cie</b>",
    zone=ZoneInfo("America/Toronto"),
    next_run=AT + timedelta(hours=1),
    documents=(Posted(Kind.SALE, "1010", "1010", DAY, cad("102.30")), Posted(Kind.PAYMENT, "", "1011", None, None)),
)


def written(report: Report, language: Language = EN, around: Circumstances = AROUND) -> Letter:
    return letter(report, around, words_in(language, "CAD"))


def text(report: Report, language: Language = EN, around: Circumstances = AROUND) -> str:
    return " ".join(as_text(written(report, language, around)).split())


HEADLINES = [
    pytest.param(QUIET, Tone.GOOD, "nothing new, and the books agree", id="nothing"),
    pytest.param(replace(QUIET, posted=(Counted(Kind.SALE, 1, ()),)), Tone.GOOD,
                 "1 document posted, and the books agree", id="posted"),
    pytest.param(replace(QUIET, held_records=1), Tone.ATTENTION, "1 record needs a hand", id="held"),
    pytest.param(replace(QUIET, straying=2), Tone.ATTENTION, "2 records need a hand", id="strayed"),
    pytest.param(replace(QUIET, balances=(), agrees=False), Tone.GOOD, "nothing new", id="nothing, and never proved"),
    pytest.param(replace(QUIET, agrees=False), Tone.BAD, "the books and the store do not agree", id="differs"),
    pytest.param(replace(QUIET, stops=(problem("reconnect"),)), Tone.BAD,
                 "the run stopped, and needs you", id="stopped"),
    pytest.param(replace(QUIET, stops=(problem("retry_later"),)), Tone.ATTENTION,
                 "the run was put off; it will be tried again", id="put off"),
]  # fmt: skip


@pytest.mark.parametrize(("report", "tone", "headline"), HEADLINES)
def test_the_subject_has_the_outcome(report: Report, tone: Tone, headline: str) -> None:
    found = written(report)
    assert (found.tone, found.headline) == (tone, headline)
    assert found.subject == f"Lampes <b>& Cie</b>: {headline}"


def test_the_subject_in_french() -> None:
    assert written(replace(QUIET, held_records=2), FR).subject == (
        "Lampes <b>& Cie</b>\xa0: 2 éléments demandent votre attention"
    )


def test_a_name_of_several_lines_adds_no_header() -> None:
    around = replace(AROUND, store="Shop\r\nBcc: thief@example.com\x00")
    message = compose(written(QUIET, EN, around), SERVER, ["a@example.com"], name="<n@example.com>", at=AT)
    assert message["Bcc"] is None
    assert message["Subject"].startswith("Shop Bcc: thief@example.com: ")
    assert b"\nBcc:" not in message.as_bytes()


def test_the_proof_comes_first_and_each_currency_by_itself() -> None:
    parts = written(FULL).parts
    assert [part.heading for part in parts] == [
        "The proof", "What needs a hand", "Changed or deleted in the books", "What differs", "Posted",
        "Posted, and worth a look", "Left out by a rule", "Kept as the books have it", "Every document",
    ]  # fmt: skip
    first, second = parts[0].grids
    assert (first.headings, second.headings) == (
        ("Sales less refunds", "CAD", "EUR"),
        ("Sales less refunds", "USD"),
    ), "two abreast fit on a telephone"
    assert first.rows == (
        ("Store", "1,254,876.90", "7.00"),
        ("Journal", "1,254,876.90", "7.00"),
        ("Books", "1,254,876.40", "7.00"),
        ("Difference", "-0.50", "0.00"),
    )


def test_a_quiet_report_has_no_empty_parts() -> None:
    around = replace(AROUND, documents=None, next_run=None)
    assert [part.heading for part in written(QUIET, EN, around).parts] == ["The proof", "Posted"]
    assert "Next run" not in text(QUIET, EN, around)


def test_a_report_from_before_the_kept_ones_were_counted_tells_all_of_them() -> None:
    kept = Report(walks=(WALK,), kept=FULL.kept)
    assert "more" not in text(kept).split("Kept as the books have it")[1].split("Posted")[0]


def test_everything_is_told_with_its_figures() -> None:
    found = text(FULL).replace("\xa0", " ")
    for words in (
        "Run 412, Mar 1, 2026 9:05",
        "2 documents are still on the way; the next run goes on.",
        'The store\'s tax "QST" has no tax code. > Choose a code with the rates of this tax',
        "3 sales, 1 refund · 412.35 CAD · orders 1045, 1046, 1050, …",
        "1 sale, 1 refund · 412.35 CAD · order 1045",
        "Sale 1007 was changed in the books. order 1007 · 79.50 CAD in the books, 80.00 CAD was meant",
        "Sale 1008 was changed in the books. order 1008 · 81.00 CAD",
        "Payment P-9 was deleted in the books.",
        "1 more.",
        "Sale 1001 20.00 CAD 20.00 CAD not there",
        "Payment 1002 not there 5.00 CAD 4.50 CAD",
        "20 more.",
        "Sales 38 4,125.10 CAD + 310.00 USD",
        "keeps it. and 2 more like it",
        "Test orders 2 sales 10.00 CAD",
        "a-new-rule 1 refund",
        "Sale 1003 2.50 CAD",
        "3 more.",
        "Sale 1010 Mar 1, 2026 102.30 CAD",
        "Payment 1011",
        "Next run: Mar 1, 2026 10:05",
    ):
        assert words in found.replace("\u202f", " "), words


def test_a_run_that_stopped_says_why_and_shows_the_last_proof() -> None:
    report = replace(QUIET, stops=(problem("settings", "items.income_account"), problem("reconnect")))
    found = text(report)
    assert found.index("What stopped the run") < found.index("The proof")
    assert "items.income_account: QuickBooks no longer accepts" in found
    assert "> Until then nothing can be posted." in found
    assert "earlier run" not in found
    assert "No run came as far as a proof yet." in text(replace(report, balances=()))


def test_a_run_without_a_proof_of_its_own_shows_the_last_one_and_its_time() -> None:
    report = replace(QUIET, proved_at=AT - timedelta(hours=3))
    assert "This was proved at the end of an earlier run, Mar 1, 2026 6:05" in text(report).replace("\u202f", " ")


def test_what_should_be_heard_in_time_is_told() -> None:
    around = replace(AROUND, notices=(problem("reads-a-month"),))
    assert "Good to know =" in text(QUIET, EN, around)
    assert "Until then nothing can be posted." in text(QUIET, EN, around)
    assert "Good to know" not in text(QUIET)


def test_a_cause_without_orders_or_amounts() -> None:
    """A customer or an item that the books refuse, and that no order waits for any more."""
    bare = replace(cause("QST"), orders={}, amounts=(), kinds={Kind.CUSTOMER: 1})
    (note,) = next(part for part in written(replace(FULL, held=(bare,))).parts if "hand" in part.heading).notes
    assert note.detail == "1\xa0customer"


def test_several_runs_are_told_from_the_first_to_the_last() -> None:
    report = replace(QUIET, walks=(replace(WALK, started_at=AT - timedelta(days=1)), WALK))
    assert "2 runs from Feb 28, 2026 9:05" in text(report).replace("\u202f", " ")


def test_what_is_too_much_is_counted() -> None:
    causes = tuple(cause(f"Tax {n}") for n in range(CAUSES_SHOWN + 2))
    documents = tuple(Posted(Kind.SALE, str(n), str(n), DAY, cad("1")) for n in range(DOCUMENTS_SHOWN + 3))
    found = text(replace(FULL, held=causes), EN, replace(AROUND, documents=documents))
    assert "2 more causes: see comptoir problems" in found
    assert "3 more documents." in found
    assert f'"Tax {CAUSES_SHOWN}"' not in found


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_its_words(kind: Kind) -> None:
    assert kind in KINDS
    for language in Language:
        words = words_in(language)
        assert kind_words(kind, 1, words) != kind_words(kind, 2, words)


def test_a_reader_with_pages_is_told_what_to_do_there() -> None:
    causes = tuple(cause(f"Tax {n}") for n in range(CAUSES_SHOWN + 1))
    unnamed = Problem(
        "gift-card",
        Message("Order {number} uses {what}.", {"number": "1001", "what": "a gift card"}),
        Message('Name an item under "items.{setting}".', {"setting": "gift_card"}),
    )
    report = replace(FULL, held=(replace(causes[0], problem=unnamed), *causes))
    for language, where, plain in (
        (EN, "To fix", "Say what gift cards are called in your company"),
        (FR, "À corriger", "les cartes-cadeaux dans votre entreprise"),
    ):
        typed = text(report, language)
        found = text(report, language, replace(AROUND, has_pages=True))
        technical = ("items.", "taxes.codes", "comptoir accept", "comptoir retry", "comptoir problems", "[report]")
        assert all(each in typed for each in technical)
        assert [each for each in technical if each in found] == []
        assert where in found
        assert plain in found


# In French


def test_nothing_of_the_letter_stays_english() -> None:
    """Line by line: what is the same in both languages is a name or a figure."""
    stops = replace(FULL, stops=(problem("reconnect"),))
    for report in (FULL, stops, replace(stops, balances=())):
        english, french = (_lines(written(report, language)) for language in (EN, FR))
        same = {line for line in english & french if re.search(r"[a-z]{3}", line)}
        assert same <= {"a-new-rule", "Document", "Date", "Journal", "order", "comptoir"}, same


def _lines(found: Letter) -> set[str]:
    lines = {found.headline, found.lead, *found.footer}
    for part in found.parts:
        lines |= {part.heading, *part.lines}
        lines |= {cell for grid in part.grids for row in (grid.headings, *grid.rows) for cell in row}
        lines |= {words for note in part.notes for words in (note.what, note.remedy, note.detail)}
    return lines


# How it looks


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] != ["style"]:
            self.texts.append(" ".join(data.split()))


EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def test_a_name_from_outside_is_text_wherever_it_stands() -> None:
    report = replace(
        FULL,
        held=(cause(EVIL, 1, (EVIL,)),),
        strayed=(replace(FULL.strayed[0], number=EVIL, order=EVIL),),
        left_out=(LeftOut(EVIL, Kind.SALE, 1, ()),),
        stops=(problem("settings", EVIL),),
        kept=(Kept(Kind.SALE, EVIL, DAY, cad("1")),),
        differences=(Difference(Kind.SALE, EVIL, DAY, cad("1"), cad("1"), None),),
    )
    documents = (Posted(Kind.SALE, EVIL, EVIL, DAY, cad("1")),)
    page = Page(as_html(written(report, EN, replace(AROUND, store=EVIL, documents=documents))))
    assert {"script", "img"}.isdisjoint(page.tags)
    assert sum("<script>alert(1)</script>" in each for each in page.texts) >= 9
    assert not [name for name, _ in page.attributes if name.startswith("on")]


@pytest.mark.parametrize("language", Language)
def test_the_page_loads_nothing_and_suits_a_telephone_and_the_dark(language: Language) -> None:
    source = as_html(written(FULL, language))
    page = Page(source)
    assert {"img", "link", "iframe", "form", "script"}.isdisjoint(page.tags)
    assert not re.search(r"https?://|url\(|@import", source)
    assert ("name", "viewport") in page.attributes
    assert "prefers-color-scheme: dark" in source
    assert f'<html lang="{language.value}-CA">' in source


@pytest.mark.parametrize("language", Language)
def test_page_and_text_say_the_same(language: Language) -> None:
    found = written(FULL, language)
    page = " ".join(Page(as_html(found)).texts)
    plain = re.sub(r"\s+", " ", as_text(found))
    for line in _lines(found) - {""}:
        words = line[:1].upper() + line[1:] if line == found.headline else line
        words = " ".join(words.split())
        assert words in page, words
        assert words in plain.replace(" > ", " ").replace(" * ", " "), words


@pytest.mark.parametrize("language", Language)
def test_the_text_fits_any_window(language: Language) -> None:
    wide = LeftOut("a" * 50 + " b" * 20, Kind.SALE, 2, (cad("1"),))
    lines = as_text(written(replace(FULL, left_out=(wide,)), language)).splitlines()
    assert max(map(len, lines)) <= WIDTH


def test_columns_of_the_text_stand_under_each_other_in_any_script() -> None:
    documents = tuple(Posted(Kind.SALE, name, "1", DAY, cad("1")) for name in ("東京", "e\u0301té", "abc"))
    lines = as_text(written(QUIET, EN, replace(AROUND, documents=documents))).splitlines()
    rows = [line for line in lines if line.startswith("Sale ")]
    assert [len(row) for row in rows] == [len(rows[2]) - 2, len(rows[2]) + 1, len(rows[2])]


def test_a_message_has_a_name_that_its_report_makes() -> None:
    name = message_id(SERVER, "shop", 7)
    assert name == message_id(SERVER, "shop", 7)
    assert name != message_id(SERVER, "shop", 8)
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.com>", name)


@pytest.mark.parametrize("language", Language)
def test_the_trial_is_a_letter_too(language: Language) -> None:
    found = trial(words_in(language))
    assert found.headline[:1].upper() + found.headline[1:] in as_text(found)
    assert "comptoir mail test" in as_html(found)
