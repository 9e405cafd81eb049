from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from comptoir_sandbox.retail import reader
from comptoir_sandbox.retail.reader import COLUMNS, DataFileError, Mistake, read_rows

LONDON = ZoneInfo("Europe/London")
GOOD = '536365,85123A,"LANTERN, WHITE",6,2010-07-01 08:26:00,2.55,17850,United Kingdom'

WriteFile = Callable[..., Path]


def mistakes_of(path: Path) -> list[Mistake]:
    with pytest.raises(DataFileError) as caught:
        read_rows(path, LONDON)
    return list(caught.value.mistakes)


def test_a_row(write_file: WriteFile) -> None:
    [row] = read_rows(write_file(GOOD), LONDON)
    assert (row.line, row.invoice, row.code, row.description) == (2, "536365", "85123A", "LANTERN, WHITE")
    assert (row.quantity, row.price, row.amount) == (6, Decimal("2.55"), Decimal("15.30"))
    assert row.moment == datetime(2010, 7, 1, 7, 26, tzinfo=UTC)
    assert (row.customer, row.country) == ("17850", "United Kingdom")


def test_columns_in_another_order_and_a_mark_at_the_start(write_file: WriteFile) -> None:
    header = "\ufeffCountry,CustomerID,UnitPrice,InvoiceDate,Quantity,Description,StockCode,InvoiceNo,More"
    [row] = read_rows(write_file(" France , ,1,2010-12-01T08:26,-1,,X,c5,?", "", header=header), LONDON)
    assert (row.invoice, row.code, row.customer, row.country, row.amount) == ("C5", "X", None, "France", Decimal(-1))


def test_blank_lines_are_passed_over(write_file: WriteFile) -> None:
    assert [row.line for row in read_rows(write_file(GOOD, "", GOOD, ""), LONDON)] == [2, 4]


def test_compressed(write_file: WriteFile, tmp_path: Path) -> None:
    packed = tmp_path / "packed.csv.gz"
    packed.write_bytes(gzip.compress(write_file(GOOD).read_bytes()))
    assert len(read_rows(packed, LONDON)) == 1
    packed.write_bytes(packed.read_bytes()[:-20])
    assert mistakes_of(packed)[0].problem == "the compressed file is damaged"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("InvoiceNo", ""), ("InvoiceNo", "CC12"), ("InvoiceNo", "1234567890"), ("InvoiceNo", "0123"),
        ("StockCode", " "),
        ("Quantity", "1.5"), ("Quantity", ""), ("Quantity", "many"), ("InvoiceDate", "12/1/2010 8:26"),
        ("InvoiceDate", "2010-12-01"), ("InvoiceDate", "2010-13-01 08:00:00"),
        ("InvoiceDate", "2010-12-01 08:00:00+01:00"),
        ("UnitPrice", "2,55"), ("UnitPrice", "£2.55"), ("UnitPrice", "NaN"), ("UnitPrice", "1e3"), ("UnitPrice", ""),
        ("CustomerID", "17850.0"), ("CustomerID", "x"), ("Country", ""),
    ],
)  # fmt: skip
def test_a_bad_cell(write_file: WriteFile, column: str, value: str) -> None:
    cells = dict(zip(COLUMNS, ["1", "A", "x", "1", "2010-12-01 08:00:00", "1.00", "7", "France"], strict=True))
    cells[column] = value
    [mistake] = mistakes_of(write_file(GOOD, ",".join(f'"{cell}"' for cell in cells.values())))
    assert (mistake.line, mistake.column, mistake.value) == (3, column, value.strip())
    assert mistake.problem
    assert mistake.remedy


def test_all_mistakes_are_listed(write_file: WriteFile) -> None:
    path = write_file(
        "1,A,x,one,soon,cheap,?,", "2,A,x,1,2010-12-01 08:00:00", "3,A,x,1,2010-12-01 08:00:00,1,8,France",
        "3,A,x,1,2010-12-01 08:00:00,1,,France", "3,A,x,1,2010-12-01 08:00:00,1,8,France", "3,A,x,1,later,1,9,France",
    )  # fmt: skip
    found = mistakes_of(path)
    assert [(mistake.line, mistake.column) for mistake in found] == [
        (2, "Quantity"), (2, "InvoiceDate"), (2, "UnitPrice"), (2, "CustomerID"), (2, "Country"), (3, None),
        (5, "CustomerID"), (7, "InvoiceDate"),
    ]  # fmt: skip
    assert str(found[0]) == (
        "line 2, column Quantity 'one': not a whole number. Write digits, with a minus for what came back."
    )
    assert found[6].problem == "document 3 has customer 8 on line 4"


def test_missing_and_double_columns(write_file: WriteFile) -> None:
    header = ",".join(column for column in COLUMNS if column not in {"Quantity", "Country"}) + ",InvoiceNo"
    found = mistakes_of(write_file(GOOD, header=header))
    assert [(mistake.line, mistake.column, mistake.problem) for mistake in found] == [
        (1, "InvoiceNo", "the column stands there twice"),
        (1, "Quantity", "the column is missing"),
        (1, "Country", "the column is missing"),
    ]


def test_another_encoding(write_file: WriteFile) -> None:
    bad = GOOD.replace("WHITE", "CRÈME")
    found = mistakes_of(write_file(GOOD, bad, GOOD, bad, encoding="cp1252"))
    assert [mistake.line for mistake in found] == [3, 5]
    assert "CR\\xc8ME" in (found[0].value or "")
    assert "UTF-8" in found[0].remedy


@pytest.mark.parametrize("rows", [(), ("",)])
def test_nothing_in_it(write_file: WriteFile, rows: tuple[str, ...]) -> None:
    assert mistakes_of(write_file(*rows))[0].problem == "there are no lines below the header"


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.touch()
    assert len(mistakes_of(path)) == len(COLUMNS)


def test_a_quote_that_never_ends(write_file: WriteFile) -> None:
    [mistake] = mistakes_of(write_file(GOOD, '1,A,"x,1,2010-12-01 08:00:00,1,8,France'))
    assert mistake.problem.startswith("not CSV")


def test_no_such_file(tmp_path: Path) -> None:
    assert mistakes_of(tmp_path / "none.csv")[0].problem == "No such file or directory"


def test_too_large(write_file: WriteFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_BYTES", 50)
    assert mistakes_of(write_file(GOOD))[0].problem == "it has more than 50 bytes"


def test_the_report_is_cut(write_file: WriteFile) -> None:
    with pytest.raises(DataFileError) as caught:
        read_rows(write_file(*["1,A,x,one,2010-12-01 08:00:00,1,8,France"] * 5), LONDON)
    lines = caught.value.report(2).splitlines()
    assert len(lines) == 4
    assert "5 mistake(s); nothing was loaded" in lines[0]
    assert lines[-1] == "  and 3 more"
