"""What a person gets wrong: said plainly on stderr, with the remedy; nothing half-done; no secret in clear anywhere."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.chaos.journal import look
from tests.journeys.conftest import (
    COLUMNS,
    INTUIT_SECRET,
    SHOP_SECRET,
    Floor,
    Shell,
    Told,
    control,
    full_settings,
)
from tests.ports import free_port

pytestmark = pytest.mark.journey

TOKENS = re.compile(rb"eyJ[\w-]{40,}|AB1[\w-]{40,}|shp[a-z]{2,3}_[\w]{8,}")
"""What the platforms' tokens look like: bearer tokens of both, refresh values, Shopify's secrets."""
TYPED_WRONG = "typed-wrong-0123456789"


def failed(told: Told, *words: str) -> None:
    """It says these words, on stderr alone, in sentences."""
    assert told.code == 1, told.all
    for word in words:
        assert word in told.err, told.all
    assert "Traceback" not in told.all


def connections(home: Path) -> list[tuple[str, bool]]:
    return [(role, settings is not None) for role, settings in look(home, "SELECT role, settings FROM connections")]


def assert_no_secret(shell: Shell, home: Path) -> None:
    said = "\n".join(shell.said).encode()
    files = [path for path in home.rglob("*") if path.is_file()]
    for place, content in [("output", said), *((str(path), path.read_bytes()) for path in files)]:
        for secret in (SHOP_SECRET, INTUIT_SECRET, TYPED_WRONG):
            assert secret.encode() not in content, f"{secret} in {place}"
        assert not TOKENS.search(content), f"a token in {place}"


def test_the_pattern_finds_tokens() -> None:
    assert TOKENS.search(b"x eyJ" + b"a" * 50)
    assert TOKENS.search(b"AB1" + b"-" * 50)
    assert TOKENS.search(SHOP_SECRET.encode())


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    return tmp_path / "empty"


# Connecting


def test_the_shops_secret_is_wrong(floor: Floor, empty: Path) -> None:
    told = floor.connect_shop(empty, secret=TYPED_WRONG)
    failed(told, "Shopify does not accept the client ID and secret", "connect again")
    assert connections(empty) == []
    assert_no_secret(floor.shell, empty)


def test_the_intuit_secret_is_wrong(floor: Floor, empty: Path) -> None:
    told = floor.connect_company(empty, secret=TYPED_WRONG)
    failed(told, "Intuit does not know this client ID and secret", "Copy both again")
    assert connections(empty) == []
    assert_no_secret(floor.shell, empty)


def test_the_consent_is_refused(floor: Floor, empty: Path) -> None:
    told = floor.connect_company(empty, approve=False)
    failed(told, "Access was refused at the sign-in", "choose to connect")
    assert connections(empty) == []
    assert_no_secret(floor.shell, empty)


def test_the_port_of_the_redirect_is_taken(floor: Floor, empty: Path, taken: int) -> None:
    told = floor.connect_company(empty, port=taken)
    failed(told, f"http://127.0.0.1:{taken}/callback cannot be listened on", "choose another redirect URI")
    assert connections(empty) == []


def test_several_mistakes_of_the_form_at_once(floor: Floor, empty: Path) -> None:
    told = floor.shell.run(
        *("connect", "quickbooks", "--client-id", "", "--environment", "playground", "--home", empty),
        secret=TYPED_WRONG,
    )
    failed(told, "This field is needed to connect QuickBooks", "Choose production, sandbox or simulator")
    assert connections(empty) == []


def test_a_secret_file_that_is_not_there(floor: Floor, empty: Path) -> None:
    told = floor.shell.run(
        *("connect", "shopify", "--shop", "x", "--client-id", "y", "--client-secret-file", empty / "none"),
        *("--home", empty),
    )
    failed(told, "cannot be read (")
    assert not empty.exists()


# The authorization


def test_the_authorization_is_revoked(floor: Floor, home: Path) -> None:
    control(floor.company["url"], "expire_tokens", method="POST")
    floor.faults({"kind": "invalid_grant", "operation": "token", "times": 100})
    try:
        told = floor.shell.run("sync", "--json", "--home", home)
        failed(told, "QuickBooks no longer accepts this connection", "Connect the company again")
        assert told.json["error"] in told.err
        assert floor.documents() == {}
        assert_no_secret(floor.shell, home)
    finally:
        control(floor.company["url"], "faults", method="DELETE")
    floor.connect_company(home).well()
    assert floor.sync(home)["agrees"]
    assert floor.documents()["SalesReceipt"] > 0
    assert_no_secret(floor.shell, home)


def test_the_shops_token_has_ended(floor: Floor, home: Path) -> None:
    """It is asked for again without a word."""
    control(floor.shop["url"], "faults", method="POST", body=[{"kind": "expired_token"}])
    assert floor.sync(home)["agrees"]
    asked = [entry["operation"] for entry in floor.log(floor.shop)]
    assert asked.count("token") == 1
    assert_no_secret(floor.shell, home)


# Data


BAD_DATA: dict[str, tuple[str | bytes | None, tuple[str, ...]]] = {
    "a bad number": (
        ",".join(COLUMNS) + "\n536365,85123A,HEART,six,2010-12-01 08:26:00,2.55,17850,UK\n",
        ("line 2, column Quantity 'six'", "not a whole number", "Write digits"),
    ),
    "a missing column": (
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,CustomerID,Country\n",
        ("column UnitPrice", "the column is missing", "The header must have"),
    ),
    "another encoding": (
        (",".join(COLUMNS) + "\n536365,85123A,CAFÉ,6,2010-12-01 08:26:00,2.55,17850,UK\n").encode("cp1252"),
        ("line 2", "this is not UTF-8 text", "Save the file as UTF-8"),
    ),
    "no file": (None, ("No such file", "Check the path")),
}


@pytest.mark.parametrize("name", BAD_DATA)
def test_a_malformed_data_file(folder: Path, tmp_path: Path, name: str) -> None:
    content, words = BAD_DATA[name]
    file = tmp_path / "data.csv"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    told = Shell(folder).run("demo", "--once", "--json", "--data", file, "--home", tmp_path / "home")
    failed(told, *words, "The simulator of shopify did not start")
    assert "did not start" in told.json["error"]
    assert not (tmp_path / "home").exists()


# Ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.mark.parametrize("platform", ["shopify", "quickbooks"])
def test_the_port_of_a_simulator_is_taken(folder: Path, taken: int, platform: str) -> None:
    options = ["--empty"] if platform == "shopify" else []
    told = Shell(folder).run("sandbox", platform, "--port", str(taken), *options)
    assert told.code == 2
    assert told.err.strip() == f"cannot listen on 127.0.0.1:{taken}: Address already in use"
    assert told.out == ""


def test_the_company_does_not_answer(floor: Floor, empty: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    told = floor.shell.run(
        *("connect", "quickbooks", "--client-id", "x", "--environment", "simulator", "--home", empty),
        *("--redirect-uri", f"http://127.0.0.1:{free_port()}/callback"),
        *("--discovery-url", f"{nobody}/.well-known", "--api-url", nobody),
        secret=TYPED_WRONG,
    )
    failed(told, "did not answer")
    assert connections(empty) == []


# Settings


def test_settings_that_do_not_fit_change_nothing(floor: Floor, home: Path) -> None:
    in_force = look(home, "SELECT settings FROM connections WHERE role = 'store'")

    unknown = full_settings().replace("income_account", "income_acount")
    told = floor.import_settings(home, unknown)
    failed(
        told,
        "nothing was changed",
        'There is no setting "items.income_acount"',
        'Did you mean "items.income_account"?',
        'The setting "items.income_account" is missing',
    )

    wrong_type = full_settings().replace('income_account = "Sales"', 'income_account = "Card clearing"')
    told = floor.import_settings(home, wrong_type)
    failed(told, 'The account "Card clearing" is of another type', "Choose an account of type Income")

    assert look(home, "SELECT settings FROM connections WHERE role = 'store'") == in_force
    assert floor.documents() == {}
