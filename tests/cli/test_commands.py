"""Commands in this process: what they say before any platform is asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import typer
from tests.cli.conftest import AddStore
from tests.ports import free_port
from typer.testing import CliRunner

from comptoir import __version__
from comptoir.books.problems import Message
from comptoir.cli import connect as connecting
from comptoir.cli.common import chosen_store
from comptoir.cli.connect import connect, secret_value
from comptoir.cli.errors import CommandError, ProblemsError
from comptoir.cli.main import app as command_line
from comptoir.cli.serve import _Listening
from comptoir.demo.simulators import SimulatorError, running
from comptoir.engine.errors import NeedsMapping, Refused, Unexpected
from comptoir.storage.connections import STORE, ConnectionRecord, NewConnection
from comptoir.storage.runs import RunState
from comptoir.wiring import QUICKBOOKS, SHOPIFY, App, open_app

SETTINGS = """
time_zone = "Europe/London"
start_date = 2026-01-01
[items]
income_account = "Sales"
"""


# Which store


def test_no_store(app: App) -> None:
    with pytest.raises(NeedsMapping, match="comptoir connect shopify"):
        chosen_store(app, "")


def test_the_only_store(app: App, add_store: AddStore) -> None:
    only = add_store("lamps")
    assert chosen_store(app, "").id == only.id


@pytest.mark.parametrize("wanted", ["2", "Chairs", "shopify:chairs.myshopify.com", "chairs.myshopify.com"])
def test_one_of_several_stores(app: App, add_store: AddStore, wanted: str) -> None:
    add_store("lamps")
    chairs = add_store("chairs")
    assert chosen_store(app, wanted).id == chairs.id == 2


@pytest.mark.parametrize("wanted", ["", "tables"])
def test_several_stores_and_none_named(app: App, add_store: AddStore, wanted: str) -> None:
    add_store("lamps")
    add_store("chairs")
    with pytest.raises(CommandError, match=r"--store. Connected are: 1 \(Lamps\), 2 \(Chairs\)"):
        chosen_store(app, wanted)


def test_the_only_store_is_another(app: App, add_store: AddStore) -> None:
    add_store("lamps")
    with pytest.raises(CommandError, match="Choose one store"):
        chosen_store(app, "chairs")


# The installation


def test_no_company(app: App, add_store: AddStore) -> None:
    with pytest.raises(NeedsMapping, match="comptoir connect quickbooks"):
        app.ledger_record(add_store("lamps"))


def test_the_only_company(app: App, add_store: AddStore, company: ConnectionRecord) -> None:
    assert app.ledger_record(add_store("lamps")).id == company.id


def test_a_stored_connection_without_its_secrets(app: App, add_store: AddStore) -> None:
    with pytest.raises(Unexpected, match="Connect it again"):
        app.store(add_store("lamps"))


def test_another_key_file(runner: CliRunner, tmp_path: Path) -> None:
    with open_app(tmp_path / "home"):
        pass
    (tmp_path / "home" / "secret.key").write_bytes(b"short")
    result = runner.invoke(command_line, ["runs"])
    assert result.exit_code == 1
    assert "is damaged. Put back the copy from your backup" in result.stderr


def test_a_home_that_cannot_be_made(runner: CliRunner, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = runner.invoke(command_line, ["runs", "--home", str(tmp_path / "file" / "home")])
    assert result.exit_code == 1
    assert "cannot be made" in result.stderr


# Secrets


def test_a_secret_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("  s3cret\n", encoding="utf-8")
    assert secret_value(tmp_path / "secret", "UNUSED", Message("Client secret")) == "s3cret"


@pytest.mark.parametrize(("content", "words"), [(None, "cannot be read"), (b"\xff\xfe", "is not UTF-8 text")])
def test_a_secret_file_that_cannot_be_read(tmp_path: Path, content: bytes | None, words: str) -> None:
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    with pytest.raises(CommandError, match=words):
        secret_value(tmp_path / "secret", "UNUSED", Message("Client secret"))


def test_a_secret_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "s3cret")
    assert secret_value(None, "A_SECRET", Message("Client secret")) == "s3cret"


def test_a_secret_is_asked_for_in_the_dark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("A_SECRET", raising=False)
    asked: list[tuple[str, object]] = []

    def prompt(label: str, *, hide_input: bool) -> str:
        asked.append((label, hide_input))
        return "typed"

    monkeypatch.setattr(typer, "prompt", prompt)
    assert secret_value(None, "A_SECRET", Message("Client secret")) == "typed"
    assert asked == [("Client secret", True)]


# Connecting


def test_every_mistake_of_the_shops_form(app: App) -> None:
    with pytest.raises(ProblemsError) as raised:
        connect(app, SHOPIFY, {"shop": "www.lamps.com", "base_url": "http://elsewhere.example"})
    assert {each.field for each in raised.value.problems} == {"shop", "client_id", "client_secret", "base_url"}


FORM = {"client_id": "c", "client_secret": "s", "environment": "sandbox"}


def sent_back(address: str, **values: str) -> None:
    """A browser that comes back from the consent page with these values."""
    asked = {name: each[0] for name, each in parse_qs(urlsplit(address).query).items()}
    query = {"state": asked["state"], **values}
    threading.Thread(target=httpx2.get, args=(asked["redirect_uri"],), kwargs={"params": query, "timeout": 30}).start()


@pytest.mark.parametrize("values", [{"code": "c"}, {"code": "c", "realmId": "x1"}, {"realmId": "91"}])
def test_a_redirect_without_company_or_code(app: App, values: Mapping[str, str]) -> None:
    form = {**FORM, "redirect_uri": f"http://127.0.0.1:{free_port()}/callback"}
    with pytest.raises(Refused, match="which company you chose"):
        connect(app, QUICKBOOKS, form, partial(sent_back, **values))
    assert app.books.connections.all(app.organization_id) == []


def test_a_redirect_to_another_host_is_pasted(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    form = {**FORM, "redirect_uri": "https://books.example.com/callback"}
    monkeypatch.setattr(typer, "prompt", lambda _words: "https://books.example.com/callback?code=c&state=forged")
    with pytest.raises(CommandError, match="copy the whole address"):
        connect(app, QUICKBOOKS, form, lambda _address: None)


def test_the_address_is_printed_in_one_piece(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    address = "https://example.com/connect?" + "&".join(f"name{place}=[value]" for place in range(40))
    connecting._show_page(address, Message("Sign in."))
    assert address in capsys.readouterr().out.splitlines()
    assert opened == [address]


# Commands without a platform


def test_the_version(runner: CliRunner) -> None:
    assert runner.invoke(command_line, ["--version"]).stdout == f"comptoir {__version__}\n"


@pytest.mark.parametrize(
    "words",
    [["sync"], ["preview"], ["prove"], ["settings", "export"], ["settings", "check"], ["explain", "1001"]],
    ids=" ".join,
)
def test_nothing_is_connected_yet(runner: CliRunner, words: list[str]) -> None:
    result = runner.invoke(command_line, [*words, "--json"])
    assert result.exit_code == 1
    assert (
        "No store is connected yet. Connect one under Connections, or with: comptoir connect shopify" in result.stderr
    )
    assert json.loads(result.stdout.splitlines()[-1])["problems"] == []


def test_no_runs_yet(runner: CliRunner) -> None:
    result = runner.invoke(command_line, ["runs", "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout.splitlines()[-1]) == {"runs": []}


@pytest.mark.parametrize("command", ["import", "check"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read (No such file or directory)"),
        (b'name = "caf\xe9"', "is not UTF-8 text. Save it as UTF-8"),
        (b"name = ", "The settings file cannot be read"),
        (SETTINGS.replace("income_account", "incomeaccount").encode(), 'Did you mean "items.income_account"?'),
    ],
    ids=["no file", "encoding", "syntax", "unknown setting"],
)
def test_a_settings_file_with_mistakes(
    runner: CliRunner, tmp_path: Path, command: str, content: bytes | None, words: str
) -> None:
    file = tmp_path / "settings.toml"
    if content is not None:
        file.write_bytes(content)
    result = runner.invoke(command_line, ["settings", command, str(file)])
    assert result.exit_code == 1
    assert words in result.stderr


def test_settings_without_a_store(runner: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(SETTINGS, encoding="utf-8")
    result = runner.invoke(command_line, ["settings", "import", str(file)])
    assert result.exit_code == 1
    assert "No store is connected yet" in result.stderr


# Simulators


def test_sandbox_becomes_the_simulator(runner: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    become: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda path, words: become.append([path, *words[1:]]))
    result = runner.invoke(command_line, ["sandbox", "shopify", "--port", "8001", "--empty"])
    assert result.exit_code == 0
    assert become == [[sys.executable, "-m", "comptoir_sandbox", "shopify", "--port", "8001", "--empty"]]


def test_a_simulator_that_does_not_start() -> None:
    with pytest.raises(SimulatorError, match=r"did not start \(exit code 2\)"), running("quickbooks", ["--nonsense"]):
        pass


def test_a_simulator_that_does_not_stop_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    deaf = (
        "import json, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print(json.dumps({'url': 'http://x'}), flush=True); print('more', flush=True); time.sleep(600)"
    )
    monkeypatch.setattr("comptoir.demo.simulators.simulator_command", lambda *_: [sys.executable, "-c", deaf])
    monkeypatch.setattr("comptoir.demo.simulators.STOP_SECONDS", 0.2)
    with running("shopify", []) as simulator:
        assert simulator.facts == {"url": "http://x"}


# What starting costs


def test_the_command_line_starts_without_the_queue_and_the_server() -> None:
    """They take a second to import; only `serve` and `worker` need them."""
    heavy = {"dbos", "uvicorn", "starlette", "fastapi"}
    told = subprocess.run(
        [sys.executable, "-c", f"import sys, comptoir.cli.main; print(sorted({heavy!r} & sys.modules.keys()))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "[]"


def test_a_store_whose_connection_is_incomplete_fails_the_run(runner: CliRunner, tmp_path: Path) -> None:
    with open_app(tmp_path / "home") as app:
        shop = NewConnection(STORE, "shopify", "shopify:tea.myshopify.com", "Tea", {}, {})
        app.books.connections.save(app.organization_id, shop)
    result = runner.invoke(command_line, ["sync"])
    assert result.exit_code == 1
    assert "The stored connection to Tea is incomplete. Connect it again." in result.stderr
    with open_app(tmp_path / "home") as app:
        (run,) = app.books.runs.latest(app.organization_id, 5)
    assert (run.state, run.problem) == (RunState.FAILED, result.stderr.strip())


# Serving


@pytest.mark.parametrize(
    ("host", "public_url", "is_private"),
    [
        ("127.0.0.1", "", True),
        ("localhost", "", True),
        ("::1", "", True),
        ("127.0.0.1", "https://books.example", False),
        ("192.168.1.5", "", False),
    ],
)
def test_only_a_server_of_this_machine_alone_is_private(host: str, public_url: str, is_private: bool) -> None:
    assert _Listening(host, 8700, pages=True, public_url=public_url).is_private is is_private
