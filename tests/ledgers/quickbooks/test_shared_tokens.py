"""Two processes renew the tokens of one company over one database: the refresh value changes each time, and holds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from tests.conftest import Cluster
from tests.ledgers.quickbooks.sandboxed import connect, running

from comptoir.storage.connections import LEDGER, Connections, NewConnection
from comptoir.storage.database import server_url
from comptoir.storage.vault import Vault

ROOT = Path(__file__).parents[3]
TIMES = 12
WORKER = f"""
import json, sys
from pathlib import Path
from tests.ledgers.quickbooks.sandboxed import settings
from comptoir.http.oauth import TokenSource
from comptoir.http.transport import Transport, open_client
from comptoir.ledgers.quickbooks.connect import Connector
from comptoir.storage.connections import Connections
from comptoir.storage.database import Database, server_url
from comptoir.storage.vault import Vault
announced = json.loads(sys.argv[1])
database = Database(server_url(sys.argv[2]))
rooms = Connections(database, Vault.open(Path(sys.argv[3])))
record = rooms.all(rooms.organization())[0]
with open_client() as client:
    connector = Connector(settings(announced), Transport(client, user_agent="comptoir/test"))
    source = TokenSource(rooms.tokens(record), connector._authorization())
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range({TIMES}):
        source.invalidate(source.access_token())
database.close()
"""


@pytest.mark.journey
def test_two_processes_never_use_a_refresh_value_twice(cluster: Cluster, tmp_path: Path) -> None:
    with (
        running("--no-limits", "--rotation", "0") as sandbox,
        httpx2.Client(timeout=30) as client,
        cluster.opened() as database,
    ):
        url = cluster.server.url(str(database.engine.url.database))
        key = tmp_path / "secret.key"
        _connector, tokens = connect(sandbox, client)
        rooms = Connections(database, Vault.open(key))
        found = NewConnection(LEDGER, "quickbooks", f"quickbooks:{sandbox['realm_id']}", "Company", {}, {})
        saved = rooms.save(rooms.organization(), found, tokens)
        client.post(f"{sandbox['url']}/_control/latency", json={"seconds": 0.05}).raise_for_status()
        words = [sys.executable, "-c", WORKER, json.dumps(sandbox), server_url(url), str(key)]
        workers = [
            subprocess.Popen(
                words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            for _ in range(2)
        ]
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("\n")
            worker.stdin.flush()
        said = [worker.communicate(timeout=120) for worker in workers]
        assert [worker.returncode for worker in workers] == [0, 0], said
        entries = client.get(f"{sandbox['url']}/_control/log").json()["entries"]
        statuses = [each["status"] for each in entries if each["operation"] == "token"]
        assert set(statuses) == {200}, "no refresh value was refused"
        assert TIMES <= len(statuses) - 1 <= 2 * TIMES, "each was renewed, or found renewed by the other"
        last = rooms.tokens(saved).load()
        assert last is not None
        assert last.refresh_token != tokens.refresh_token
