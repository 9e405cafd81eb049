"""Reader of a retail data file: typed rows, or every mistake in it with its place and remedy.

Form: CSV or CSV.GZ, UTF-8, comma separated, one line per invoice line, a header with these columns in any order:
InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from zoneinfo import ZoneInfo

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
INVOICE = re.compile(r"[A-Za-z]?[1-9][0-9]{0,8}")
WHOLE = re.compile(r"[+-]?[0-9]{1,9}")
CUSTOMER = re.compile(r"[0-9]{1,12}")
PRICE = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{1,6})?")
MAX_BYTES = 500_000_000
"""Unpacked size that the reader accepts."""
GZIP_MAGIC = b"\x1f\x8b"
VALUE_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something in the file that cannot be read. `line` is counted from 1, the header included; 0: the whole file."""

    line: int
    column: str | None
    value: str | None
    problem: str
    remedy: str

    def __str__(self) -> str:
        place = f"line {self.line}" if self.line else "file"
        column = f", column {self.column}" if self.column else ""
        value = f" {self.value!r}" if self.value is not None else ""
        return f"{place}{column}{value}: {self.problem}. {self.remedy}"


class DataFileError(ValueError):
    """The file cannot be loaded; nothing of it was. `mistakes` holds all that was found."""

    def __init__(self, path: Path, mistakes: Sequence[Mistake]) -> None:
        super().__init__(f"{path}: {len(mistakes)} mistake(s), the first: {mistakes[0]}")
        self.path = path
        self.mistakes = tuple(mistakes)

    def report(self, shown: int) -> str:
        """Return all mistakes for a person, at most `shown` of them in full."""
        lines = [f"{self.path}: {len(self.mistakes)} mistake(s); nothing was loaded."]
        lines += [f"  {mistake}" for mistake in self.mistakes[:shown]]
        if len(self.mistakes) > shown:
            lines.append(f"  and {len(self.mistakes) - shown} more")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Row:
    """One invoice line. `moment` is aware, in the shop's zone; the file states local time without a zone."""

    line: int
    invoice: str
    code: str
    description: str
    quantity: int
    moment: datetime
    price: Decimal
    customer: str | None
    country: str

    @property
    def amount(self) -> Decimal:
        """Quantity x price, exact."""
        return self.quantity * self.price


def read_rows(path: Path, zone: ZoneInfo) -> list[Row]:
    """Read the whole file; `zone` is where its times are local. DataFileError lists every mistake."""
    mistakes: list[Mistake] = []
    text = _text(path, mistakes)
    if text is None:
        raise DataFileError(path, mistakes)
    rows = list(_rows(text, zone, mistakes))
    mistakes += _mixed_customers(rows)
    if not rows and not mistakes:
        mistakes.append(
            Mistake(0, None, None, "there are no lines below the header", "Give a file with invoice lines.")
        )
    if mistakes:
        raise DataFileError(path, sorted(mistakes, key=lambda mistake: mistake.line))
    return rows


def _text(path: Path, mistakes: list[Mistake]) -> str | None:
    try:
        raw = path.read_bytes()
        if raw.startswith(GZIP_MAGIC):
            with gzip.open(io.BytesIO(raw)) as unpacked:
                raw = unpacked.read(MAX_BYTES + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        mistakes.append(Mistake(0, None, None, "the compressed file is damaged", "Copy or compress it again."))
        return None
    except OSError as error:
        mistakes.append(Mistake(0, None, None, error.strerror or "it cannot be read", "Check the path and its rights."))
        return None
    if len(raw) > MAX_BYTES:
        mistakes.append(Mistake(0, None, None, f"it has more than {MAX_BYTES} bytes", "Cut it, for example by month."))
        return None
    return _decoded(raw, mistakes)


def _decoded(raw: bytes, mistakes: list[Mistake]) -> str | None:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        remedy = "Save the file as UTF-8 (it may be Windows-1252)."
        for number, line in enumerate(raw.split(b"\n"), start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                shown = line[max(error.start - 10, 0) : error.end + 10].decode("utf-8", "backslashreplace")
                mistakes.append(Mistake(number, None, shown, "this is not UTF-8 text", remedy))
        return None


def _rows(text: str, zone: ZoneInfo, mistakes: list[Mistake]) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        if not _header_is_good(header, mistakes):
            return
        places = [header.index(column) for column in COLUMNS]
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(header):
                problem = f"{len(cells)} cells where the header has {len(header)}"
                mistakes.append(Mistake(reader.line_num, None, None, problem, "Quote texts that contain commas."))
                continue
            row = _row(reader.line_num, [cells[place].strip() for place in places], zone, mistakes)
            if row is not None:
                yield row
    except csv.Error as error:
        mistakes.append(Mistake(reader.line_num, None, None, f"not CSV: {error}", "Check the quotes of this line."))


def _header_is_good(header: list[str], mistakes: list[Mistake]) -> bool:
    good = True
    for column in COLUMNS:
        if header.count(column) != 1:
            problem = "the column is missing" if column not in header else "the column stands there twice"
            mistakes.append(Mistake(1, column, None, problem, f"The header must have: {', '.join(COLUMNS)}."))
            good = False
    return good


def _row(line: int, cells: list[str], zone: ZoneInfo, mistakes: list[Mistake]) -> Row | None:
    invoice, code, description, quantity, moment, price, customer, country = cells
    found: list[Mistake] = []

    def need(good: bool, column: str, value: str, problem: str, remedy: str) -> None:
        if not good:
            found.append(Mistake(line, column, value[:VALUE_SHOWN], problem, remedy))

    need(
        INVOICE.fullmatch(invoice) is not None, "InvoiceNo", invoice, "not a document number",
        "Write at most nine digits, with one letter before them for other documents (C: a cancellation).",
    )  # fmt: skip
    need(bool(code), "StockCode", code, "the code is empty", "Write the product's code.")
    need(
        WHOLE.fullmatch(quantity) is not None, "Quantity", quantity, "not a whole number",
        "Write digits, with a minus for what came back.",
    )  # fmt: skip
    when = _moment(moment, zone)
    need(
        when is not None, "InvoiceDate", moment, "not a date and time",
        "Write it as 2010-12-31 23:59:00, the shop's local time.",
    )  # fmt: skip
    need(
        PRICE.fullmatch(price) is not None, "UnitPrice", price, "not a number",
        "Write digits with a point before the decimals and no currency sign.",
    )  # fmt: skip
    need(
        not customer or CUSTOMER.fullmatch(customer) is not None, "CustomerID", customer, "not a customer number",
        "Write digits, or leave the cell empty.",
    )  # fmt: skip
    need(bool(country), "Country", country, "the country is empty", "Write the customer's country.")
    mistakes += found
    if found or when is None:
        return None
    return Row(line, invoice.upper(), code, description, int(quantity), when, Decimal(price), customer or None, country)


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    # Bare dates and offsets are another form of file: better to say so than to guess.
    if moment.tzinfo is not None or len(text) <= len("2010-12-31"):
        return None
    return moment.replace(tzinfo=zone)


def _mixed_customers(rows: Sequence[Row]) -> Iterator[Mistake]:
    first: dict[str, Row] = {}
    for row in rows:
        known = first.setdefault(row.invoice, row)
        if row.customer != known.customer:
            problem = f"document {row.invoice} has customer {known.customer or 'none'} on line {known.line}"
            yield Mistake(row.line, "CustomerID", row.customer or "", problem, "Give a document one customer.")
