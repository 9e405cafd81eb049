"""`comptoir prove`: the proof again, with every document read from the books as they are now."""

from __future__ import annotations

import json
from dataclasses import asdict

import typer

from comptoir.books.problems import Message
from comptoir.cli.common import HomeOption, JsonOption, StoreOption, chosen_store, console
from comptoir.cli.errors import FAILED, CommandError, reported
from comptoir.cli.report import show_proof
from comptoir.engine.sync import errand, prove_store
from comptoir.engine.telling.shapes.proofs import proof_shape
from comptoir.storage.runs import PROOF
from comptoir.wiring import open_app


@reported
def prove(store: StoreOption = "", home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show that store, journal and books agree, reading the books anew. Exit code 1 when they do not."""
    with open_app(home, may_share=True) as app_:
        record = chosen_store(app_, store)
        if app_.books.runs.of_connection(record.id) is None:
            raise CommandError(Message("Nothing was synchronized yet. Start with: comptoir sync"))
        with errand(app_.books, record, PROOF, app_.work) as work:
            proof = prove_store(work, alone=app_.alone)
    show_proof(console, proof)
    if as_json:
        print(json.dumps(asdict(proof_shape(proof))))
    if not proof.agrees:
        raise typer.Exit(FAILED)
