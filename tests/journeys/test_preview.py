"""What preview says of every kind of document is what the company's own books then say, account by account, day by day.

Each document has a day of its own, so that the trial balance of a day less that of the day before is its entry.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.conftest import Client
from tests.journeys.world import connect, write_seed
from typer.testing import CliRunner

from comptoir.books.documents import Kind
from comptoir.cli.main import app as command_line
from comptoir.cli.settings import settings_from
from comptoir.demo.simulators import Simulator, running
from comptoir.engine.proving.proof import Proof
from comptoir.engine.road import fetch_connection, post_to_company
from comptoir.engine.road import preview as preview_road
from comptoir.storage.runs import RunState
from comptoir.wiring import App, open_app

pytestmark = pytest.mark.journey

Day = dict[str, Decimal]
"""Account -> debits less credits."""
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Country:
    """A company, and the taxes and accounts of the shop that it keeps. `payable`: what tax is owed on."""

    profile: str
    currency: str
    zone: str
    code: str
    taxes: tuple[tuple[str, str], ...]
    settings: str
    payable: frozenset[str]
    inclusive: bool = True


UK = Country(
    profile="uk",
    currency="GBP",
    zone="Europe/London",
    code="GB",
    taxes=(("VAT", "0.2"),),
    payable=frozenset({"VAT Control"}),
    settings="""
[items]
income_account = "Sales"
expense_account = "Cost of sales"
shipping_account = "Shipping income"
discount = "Discount"
discount_account = "Discounts given"
gift_card = "Gift card"
gift_card_account = "Gift cards outstanding"
[taxes]
untaxed = "No VAT"
[taxes.codes]
"VAT" = "20.0% S"
""",
)
QUEBEC = Country(
    profile="quebec",
    currency="CAD",
    zone="America/Toronto",
    code="CA",
    taxes=(("GST", "0.05"), ("QST", "0.09975")),
    payable=frozenset({"GST/HST Payable", "QST Payable"}),
    settings="""
[items]
income_account = "Ventes"
expense_account = "Achats"
shipping_account = "Revenus de livraison"
discount = "Rabais"
discount_account = "Remises accordées"
gift_card = "Carte-cadeau"
gift_card_account = "Cartes-cadeaux en circulation"
[taxes]
untaxed = "Out of scope"
[taxes.codes]
"GST + QST" = "GST/QST QC - 9.975"
""",
)
US = Country(
    profile="us-manual",
    currency="USD",
    zone="America/Los_Angeles",
    code="US",
    taxes=(("California", "0.08"),),
    payable=frozenset({"Board of Equalization Payable"}),
    settings="""
[items]
income_account = "Sales of Product Income"
shipping_account = "Shipping income"
discount = "Discount"
discount_account = "Discounts given"
gift_card = "Gift card"
gift_card_account = "Gift cards outstanding"
[taxes.codes]
"California" = "California"
""",
)
EVERYWHERE = """
time_zone = "{zone}"
start_date = 2026-01-01
{settings}
[orders]
statuses = ["pending", "partially_paid", "paid", "partially_refunded", "refunded"]
prefix = "P-"
[payments.methods."*"]
account = "{clearing}"
[refunds]
prefix = "PR-"
"""
CLEARING = {"uk": "Card clearing", "quebec": "Compensation cartes", "us-manual": "Card clearing"}


class Seed:
    """Orders of every kind, each event on a day of its own."""

    def __init__(self, country: Country) -> None:
        self.country = country
        self.orders: list[dict[str, Any]] = []
        self._day = date(2026, 2, 1)

    def moment(self) -> str:
        self._day += timedelta(days=1)
        return f"{self._day}T12:00:00Z"

    @property
    def _taxes(self) -> list[dict[str, str]]:
        return [{"title": title, "rate": rate} for title, rate in self.country.taxes]

    def gross(self, net: str) -> Decimal:
        """With the taxes added, each to the cent."""
        added = (Decimal(net) * Decimal(rate) for _, rate in self.country.taxes)
        return Decimal(net) + sum((each.quantize(CENT, ROUND_HALF_UP) for each in added), Decimal(0))

    def line(self, price: str, quantity: int = 1, **more: Any) -> dict[str, Any]:
        product = {"title": "Hat", "sku": "HAT", "variant_id": 1, "product_id": 1}
        return {**product, "quantity": quantity, "unit_price": price, "taxes": self._taxes, **more}

    def add(self, **order: Any) -> None:
        number = 1001 + len(self.orders)
        buyer = {
            "id": 7000 + number,
            "first_name": "Ada",
            "last_name": f"Lee {number}",
            "email": f"a{number}@example.com",
        }
        self.orders.append({"number": number, "created_at": self.moment(), "customer": buyer, **order})

    def card(self, amount: Decimal | str, **more: Any) -> dict[str, Any]:
        return {"amount": str(amount), "gateway": "shopify_payments", **more}

    def back(self, quantity: int, cash: Decimal | str | None) -> dict[str, Any]:
        taken = [{"line": 0, "quantity": quantity, "restock_type": "RETURN"}] if quantity else []
        paid = {} if cash is None else {"payments": [{"payment": 0, "amount": str(cash)}]}
        return {"processed_at": self.moment(), "lines": taken, **paid}

    def fill(self) -> None:
        shipping = [{"title": "Post", "price": "5.00", "taxes": self._taxes}]
        self.add(lines=[self.line("20.00")], shipping=shipping, payments=[self.card(self.gross("25.00"))])
        self.add(
            lines=[self.line("19.99", 2)],
            discounts=[{"title": "TEN", "percentage": "10", "kind": "code"}],
            payments=[self.card(self.gross("35.98"))],
        )
        if self.country.inclusive:
            inside = self.gross("20.00")
            self.add(taxes_included=True, lines=[self.line(str(inside))], payments=[self.card(inside)])
        card = {"title": "Card", "quantity": 1, "unit_price": "40.00", "is_gift_card": True}
        self.add(lines=[card], payments=[self.card("40.00")])
        rest = self.gross("50.00") - 15
        self.add(lines=[self.line("50.00")], payments=[{"amount": "15.00", "gateway": "gift_card"}, self.card(rest)])
        self.add(lines=[self.line("30.00", title="Unpaid")])
        self.add(lines=[self.line("30.00")], payments=[self.card("10.00", processed_at=self.moment())])
        whole, half = self.gross("20.00"), self.gross("10.00")
        self.add(lines=[self.line("10.00", 2)], payments=[self.card(whole)], refunds=[self.back(1, half)])
        self.add(lines=[self.line("30.00")], payments=[self.card(self.gross("30.00"))], refunds=[self.back(0, "5.00")])
        self.add(lines=[self.line("10.00", 2)], refunds=[self.back(1, None)])
        paid = self.card("15.00", processed_at=self.moment())
        self.add(lines=[self.line("10.00", 2)], payments=[paid], refunds=[self.back(1, "4.00")])

    def write(self, folder: Path) -> Path:
        facts = {"currency": self.country.currency, "timezone": self.country.zone, "country_code": self.country.code}
        return write_seed(folder, facts, self.orders)


@dataclass
class Compared:
    """What was said before, and what the company says after."""

    country: Country
    kinds: set[str]
    said: dict[str, Day]
    booked: dict[str, Day]
    proof: Proof
    home: Path
    taxes_said: list[tuple[str, str, str]]
    taxes_booked: list[tuple[str, str, str]]


def said_by(app: App, record_id: int) -> tuple[set[str], dict[str, Day]]:
    """Every document that preview shows, by its day; its kind and form."""
    record = app.books.connections.get(record_id)
    run = app.books.runs.start(record.organization_id, record.id, "test")
    work = app.work(record, run)
    fetch_connection(work, alone=True)
    kinds: set[str] = set()
    said: dict[str, Day] = defaultdict(lambda: defaultdict(Decimal))
    for previewed in preview_road(work).every():
        for shown in previewed.shown:
            document = shown.document
            assert document is not None, shown.decided.outcome
            if shown.effect is None:
                assert shown.decided.key.kind in {Kind.CUSTOMER, Kind.ITEM}
                continue
            kinds.add(f"{shown.decided.key.kind.value} {getattr(document, 'form', '')}".strip())
            for line in shown.effect.lines:
                said[str(shown.decided.dated)][line.account] += line.amount.amount
    app.books.runs.finish(run.id, RunState.FINISHED)
    return kinds, said


def booked_by(company: Simulator, days: list[str]) -> dict[str, Day]:
    """The company's trial balance at the end of each day, less the one before."""
    client = Client({**company.facts, "url": company.url})
    before: Day = {}
    found: dict[str, Day] = {}
    for day in days:
        report = client.call("GET", "reports/TrialBalance", params={"start_date": "0001-01-01", "end_date": day})
        now: Day = {}
        for row in report["Rows"]["Row"]:
            if "ColData" in row:
                name, debit, credit = (each["value"] for each in row["ColData"])
                now[name] = Decimal(debit or 0) - Decimal(credit or 0)
        names = now.keys() | before.keys()
        changes = {name: now.get(name, Decimal(0)) - before.get(name, Decimal(0)) for name in names}
        found[day] = {name: change for name, change in changes.items() if change}
        before = now
    return found


@pytest.fixture(scope="module", params=[UK, QUEBEC, US], ids=lambda country: country.profile)
def compared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compared]:
    country: Country = request.param
    folder = tmp_path_factory.mktemp("preview")
    seed = Seed(country)
    seed.fill()
    options = ["--profile", country.profile, "--auto-approve", "--no-limits"]
    with (
        running("shopify", ["--seed", str(seed.write(folder)), "--no-throttle"]) as store,
        running("quickbooks", options) as company,
    ):
        with open_app(folder / "home") as app:
            record = connect(app, store, company)
            clearing = CLEARING[country.profile]
            text = EVERYWHERE.format(zone=country.zone, settings=country.settings, clearing=clearing)
            app.put_in_force(record, settings_from(text))
        told = CliRunner().invoke(command_line, ["preview", "--json", "--home", str(folder / "home")])
        assert told.exit_code == 0, told.output
        taxes = json.loads(told.stdout.splitlines()[-1])["tax"]
        with open_app(folder / "home") as app:
            kinds, said = said_by(app, record.id)
            work = app.work(
                app.books.connections.get(record.id), app.books.runs.start(app.organization_id, record.id, "t")
            )
            proof = post_to_company(work, alone=True)
            app.books.runs.finish(work.run.id, RunState.FINISHED)
        summary = json.loads(company.control("tax_summary"))
        yield Compared(
            country,
            kinds,
            said,
            booked_by(company, sorted(said)),
            proof,
            folder / "home",
            sorted((row["rate"], row["base"], row["tax"]) for row in taxes),
            sorted((row["name"], row["base"], row["tax"]) for row in summary if Decimal(row["base"])),
        )


def test_every_kind_of_document_is_among_them(compared: Compared) -> None:
    assert compared.kinds == {
        "sale receipt",
        "sale invoice",
        "payment",
        "refund receipt",
        "refund credit_memo",
        "cash_back",
        "application",
    }
    assert compared.proof.agrees
    assert compared.proof.held == ()


def test_every_document_does_to_the_accounts_what_preview_said(compared: Compared) -> None:
    payable = compared.country.payable

    def told(day: Day) -> Day:
        """Where the company has several accounts for tax, preview names the agency: compared by their sum."""
        found: Day = defaultdict(Decimal)
        for account, amount in day.items():
            is_tax = account in payable or account.startswith("Sales tax owed to ")
            found["tax" if is_tax else account] += amount
        return {name: amount for name, amount in found.items() if amount}

    assert {day: told(changes) for day, changes in compared.said.items()} == {
        day: told(changes) for day, changes in compared.booked.items()
    }


def test_tax_by_rate_is_the_companys_own_summary(compared: Compared) -> None:
    assert compared.taxes_said == compared.taxes_booked


def test_where_tax_is_owed_on_one_account_it_is_named(compared: Compared) -> None:
    accounts = {account for day in compared.said.values() for account in day}
    if len(compared.country.payable) == 1:
        assert compared.country.payable < accounts
    else:
        assert {"Sales tax owed to Revenu Québec"} < accounts


def test_afterwards_nothing_is_left_to_post(compared: Compared) -> None:
    told = CliRunner().invoke(command_line, ["preview", "--json", "--home", str(compared.home)])
    found = json.loads(told.stdout.splitlines()[-1])
    assert set(found["counts"]) == {"in the books already"}
    assert found["accounts"] == []
