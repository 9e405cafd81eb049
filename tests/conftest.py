"""For all tests: which examples Hypothesis draws, and a private PostgreSQL server for whoever asks for one."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql
from scripts.postgresql import Server, ServerError, private_server

from comptoir.storage.database import Database, server_url
from comptoir.storage.tables import metadata
from comptoir.storage.upkeep.upgrade import upgrade

os.environ["COMPTOIR_LANGUAGE"] = "en"
"""What commands say is compared in English, whatever the language of whoever runs the tests."""

BLANK = "blank"
FIRST_WITH_STRATEGIES = 150_000

settings.register_profile("same", derandomize=True)
settings.register_profile("search")
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or "same")
"""The suite draws the same examples each time, so that a change is judged by what it changes; `make properties` draws
new ones."""


@dataclass
class Cluster:
    """A server with a template database that holds our tables; addresses are as a user would write them."""

    server: Server
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    free: list[str] = field(default_factory=list)

    def empty(self) -> str:
        """A database without tables; its address."""
        return self._make(None)

    def copy(self, of: str = BLANK) -> str:
        """A database that is a copy of another one, to which nobody may be connected; its address."""
        return self._make(of)

    def name(self, url: str) -> str:
        """The name of the database at this address."""
        return url.split("?", maxsplit=1)[0].rsplit("/", 1)[-1]

    def drop(self, url: str) -> None:
        with self._connected() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self.name(url))))

    @contextmanager
    def opened(self) -> Iterator[Database]:
        """A blank database, open for the block; emptied after it and used again, which is quicker than a new one."""
        url = self.free.pop() if self.free else self.copy()
        database = Database(server_url(url))
        yield database
        database.close()
        self._empty(url)
        self.free.append(url)

    def _empty(self, url: str) -> None:
        """No rows, and every sequence at its beginning."""
        words = ["SET session_replication_role = replica"]
        words += [f"DELETE FROM {table.name}" for table in metadata.sorted_tables]  # noqa: S608 - our own names
        words += ["SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false) FROM pg_sequences"]
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("; ".join(words))

    def _make(self, template: str | None) -> str:
        name = f"test{next(self.numbers)}"
        words = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        with self._connected() as connection:
            if template is not None:
                words += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
                if connection.info.server_version >= FIRST_WITH_STRATEGIES:
                    words += sql.SQL(" STRATEGY file_copy")
            connection.execute(words)
        return self.server.url(name)

    def _connected(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.server.url("postgres"), autocommit=True)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    try:
        with private_server() as server:
            made = Cluster(server)
            with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {BLANK}")
            blank = Database(server_url(server.url(BLANK)))
            upgrade(blank)
            blank.close()
            yield made
    except ServerError as error:
        pytest.fail(str(error), pytrace=False)
