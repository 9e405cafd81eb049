from __future__ import annotations

import json
from urllib.parse import urlsplit

from typer.testing import CliRunner

from comptoir.cli.main import app as command_line
from comptoir.web.access.accounts import Accounts, Actor
from comptoir.wiring import App


def test_a_link_for_somebody_who_cannot_sign_in(runner: CliRunner, app: App) -> None:
    rooms = Accounts.open(app.books.database, app.vault)
    with app.books.database.write() as connection:
        user = rooms.users.add(connection, email="ada@example.com", name="Ada", password_hash="x", language="en")
        rooms.users.set_totp(connection, user, "SECRET", None)
    words = ["user", "reset", "Ada@example.com", "--two-factor", "--url", "https://books.example/", "--json"]
    result = runner.invoke(command_line, words)
    assert result.exit_code == 0, result.output
    link = urlsplit(json.loads(result.stdout.splitlines()[-1])["link"])
    assert (link.scheme, link.netloc) == ("https", "books.example")
    assert rooms.person_of_reset(link.path.removeprefix("/reset/")).email == "ada@example.com"
    assert not rooms.users.get(user.id).has_two_factor


def test_without_two_factor_the_codes_stay(runner: CliRunner, app: App) -> None:
    rooms = Accounts.open(app.books.database, app.vault)
    with app.books.database.write() as connection:
        user = rooms.users.add(connection, email="ada@example.com", name="Ada", password_hash="x", language="en")
        rooms.users.set_totp(connection, user, "SECRET", None)
    assert runner.invoke(command_line, ["user", "reset", "ada@example.com"]).exit_code == 0
    assert rooms.users.get(user.id).has_two_factor
    assert rooms.drop_two_factor("nobody@example.com", Actor()) is False


def test_nobody_of_that_address(runner: CliRunner, app: App) -> None:
    assert app.organization_id
    result = runner.invoke(command_line, ["user", "reset", "nobody@example.com"])
    assert result.exit_code == 1
    assert "Nobody signs in with nobody@example.com." in result.stderr
