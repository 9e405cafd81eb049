"""The same commands where the locale is French; what a machine reads stays as it is."""

# ruff: noqa: RUF001 - French apostrophes are curved

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.cli.conftest import Desk
from tests.engine.conftest import SETTINGS, make_order

from comptoir.books.settings import MethodSettings, PaymentSettings
from comptoir.cli.main import Commands
from comptoir.cli.speech import spoken

CHANGING = re.compile(r'"(made_at|\w+_at|began|seconds)": "[^"]*"')


@pytest.fixture
def french(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.delenv("COMPTOIR_LANGUAGE")
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "fr_CA.UTF-8")
    return desk


def test_a_run_and_its_proof(french: Desk) -> None:
    french.store.orders = [make_order(1), make_order(2)]
    said = french.well("sync")
    for words in (
        "Lecture des commandes",
        "Ventes par jour (GBP)",
        "Paiements par mode",
        "Retenu : rien.",
        "Boutique 20,00 GBP = journal 20,00 GBP = livres 20,00 GBP",
        "documents comptabilisés",
    ):
        assert words in said
    assert "Boutique 20,00 GBP" in french.well("prove")
    assert "Terminée" in french.well("runs")


def test_what_is_held_and_why(french: Desk) -> None:
    french.set(replace(SETTINGS, payments=PaymentSettings(methods={})))
    french.store.orders = [make_order(1)]
    french.well("sync")
    said = french.well("problems")
    assert "→" in said
    assert "Retenu : 1 commande, 10,00 GBP. Commande 1." in said
    assert "En tout : 1 enregistrement en attente pour 1 cause, 10,00 GBP en jeu." in said
    said = french.well("explain", "1")
    assert "✓ Date de début : " in said or "✓ Date de départ : " in said
    assert "Vente du 2026-01-10, 10,00 GBP : retenu" in said


def test_the_doctor(french: Desk) -> None:
    french.store.orders = [make_order(1)]
    french.well("sync")
    said = french.run("doctor", "--offline").stdout
    assert "✓ base de données : Elle répond" in said
    assert re.search(r"(Tout va bien|Problèmes) : \d+", said)


WRONG = {
    "no such option": (("sync", "--nope"), "Il n’y a pas d’option --nope."),
    "no such command": (("syn",), "Il n’y a pas de commande syn. Vouliez-vous dire sync?"),
    "nothing named": (("explain",), "ORDER manque."),
    "an option that must be there": (("mail", "test"), "L’option --to manque."),
    "no value": (("sync", "--store"), "L’option --store demande une valeur."),
    "no number": (("runs", "--limit", "x"), "« x » n’est pas une valeur de --limit. Il faut un nombre entier."),
    "too small": (("runs", "--limit", "0"), "Il faut 1 ou plus."),
    "too great": (("runs", "--limit", "9999"), "Il faut 1000 au plus."),
    "no date": (("undo", "--day", "x"), "Il faut une date comme 2026-03-31."),
    "another language": (("report", "--language", "de"), "Il faut l’un de : en, fr."),
    "too much": (("runs", "extra"), "Rien n’accepte ceci : extra"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_a_call(french: Desk, name: str) -> None:
    words, said = WRONG[name]
    result = french.run(*words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Voyez comment l’appeler : comptoir" in result.stderr


def test_an_order_that_was_never_read(french: Desk) -> None:
    result = french.run("explain", "99", "--json")
    assert result.exit_code == 1
    assert result.stderr.startswith("La commande 99 n’a jamais été lue dans une boutique. Shop est lue à partir du")
    assert json.loads(result.stdout)["error"].startswith("Order 99 was never read from a store. Shop is read from")


def test_a_question_is_answered_in_french(french: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    french.store.orders = [make_order(1)]
    french.well("sync")
    asked: list[str] = []

    def prompt(question: str, **_how: object) -> str:
        asked.append(question)
        return "oui"

    monkeypatch.setattr("typer.prompt", prompt)
    assert "Retiré des livres : " in french.well("undo", "1")
    assert asked == ["Retirer ces documents des livres? [oui/non]"]


@pytest.mark.parametrize("words", [("problems",), ("explain", "1"), ("runs",), ("schedule", "show"), ("preview", "1")])
def test_a_machine_reads_the_same(french: Desk, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    french.set(replace(SETTINGS, payments=PaymentSettings(methods={"*": MethodSettings("Clearing")})))
    french.store.orders = [make_order(1)]
    french.well("sync")
    told = french.well(*words, "--json").splitlines()[-1]
    monkeypatch.setenv("COMPTOIR_LANGUAGE", "en")
    assert CHANGING.sub("", told) == CHANGING.sub("", french.well(*words, "--json").splitlines()[-1])


@pytest.mark.parametrize("name", list(Commands()))
def test_the_help_of_every_command_has_another_text(french: Desk, name: str) -> None:
    """That each has a translation is the catalog's test; here, that it is shown."""
    command = Commands()[name]
    said = " ".join(french.run(name, "--help").stdout.split())
    assert said.startswith("Utilisation : ")
    first = command.help.split("\n\n")[0]
    assert " ".join(first.split()) not in said


def test_a_process_of_its_own(tmp_path: Path) -> None:
    environment = {**os.environ, "LANG": "fr_CA.UTF-8", "COMPTOIR_LANGUAGE": "", "COMPTOIR_HOME": str(tmp_path)}
    environment.pop("LC_ALL", None)
    environment.pop("LC_MESSAGES", None)
    command = [str(Path(sys.executable).with_name("comptoir")), "sync"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("Aucune boutique n’est encore connectée.")


@pytest.mark.usefixtures("french")
@pytest.mark.parametrize(
    ("environment", "number"),
    [({"COMPTOIR_LANGUAGE": "fr"}, "1 234"), ({"LANG": "fr_FR.UTF-8"}, "1 234"), ({"LANG": "C.UTF-8"}, "1,234")],
)
def test_the_language_is_the_environments(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], number: str
) -> None:
    monkeypatch.delenv("LANG")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert spoken().number(1234) == number
