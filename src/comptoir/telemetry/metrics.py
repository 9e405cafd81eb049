"""Figures for Prometheus: what this process did, by its events, and how the books stand, by the database.

Labels are words from fixed lists and the numbers of connections: never an order, a name, a shop. The figures of the
database are the same from whichever process they are asked; those of events are each process's own.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import prometheus_client as prometheus
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, Select, func, select

from comptoir.storage.codec import problems_from_json
from comptoir.storage.connections import LEDGER, STORE
from comptoir.storage.database import Database, DatabaseUnreachableError
from comptoir.storage.postings import State
from comptoir.storage.runs import went_well
from comptoir.storage.tables import batches, connections, facts, postings, runs
from comptoir.telemetry import events
from comptoir.telemetry.events import Event, Kind

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
CALL_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
"""Seconds; QuickBooks ends a call after 120."""
KEPT_SECONDS = 15.0
"""How long the database's figures are handed out again: several scrapers cost one reading."""
OPEN_BATCHES = ("sending", "unknown")


class ProcessMetrics:
    """Counts what happens in this process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, words: str, *labels: str) -> prometheus.Counter:
            return prometheus.Counter(f"comptoir_{name}", words, labels, registry=registry)

        self._calls = counter("calls", "Answers of platforms; status 0: none came.", "platform", "operation", "status")
        self._seconds = Histogram(
            "comptoir_call_seconds",
            "How long calls took.",
            ("platform", "operation"),
            buckets=CALL_BUCKETS,
            registry=registry,
        )
        self._waits = counter("waits", "Waits: for a limit, for a busy platform, before a repetition.", "why")
        self._waited = counter("waited_seconds", "Seconds spent waiting.", "why")
        self._batches = counter("batches", "Batches by what became of them.", "outcome")
        self._settled = counter("documents_settled", "Documents that the books took in this process.")
        self._records = counter("records_read", "Records that stores gave and that were kept.", "new")
        self._runs = counter("runs_ended", "Runs that ended in this process.", "state")
        self._held = counter("documents_refused", "Documents that the books refused.", "kind", "code")
        self._tokens = counter("sign_ins_renewed", "Renewals of sign-ins.", "outcome")
        self._taken_over = counter("taken_over", "Pieces of work taken over from another process.")

    def hear(self, event: Event) -> None:
        """Count an event."""
        values = event.values
        match event.kind:
            case Kind.CALL:
                self._calls.labels(*_texts(values, "platform", "operation", "status")).inc()
                self._seconds.labels(*_texts(values, "platform", "operation")).observe(_number(values, "seconds"))
            case Kind.WAITED:
                self._waits.labels(*_texts(values, "why")).inc()
                self._waited.labels(*_texts(values, "why")).inc(_number(values, "seconds"))
            case Kind.BATCH_SENT | Kind.BATCH_ANSWERED | Kind.BATCH_TURNED_AWAY | Kind.BATCH_UNKNOWN:
                self._batches.labels(event.kind.value.removeprefix("batch_")).inc()
                self._settled.inc(_number(values, "settled"))
            case Kind.PAGE_SAVED:
                new = _number(values, "new")
                self._records.labels("yes").inc(new)
                self._records.labels("no").inc(_number(values, "records") - new)
            case Kind.RUN_ENDED:
                self._runs.labels(*_texts(values, "state")).inc()
            case Kind.DOCUMENT_HELD:
                self._held.labels(*_texts(values, "kind", "code")).inc()
            case Kind.TOKENS_RENEWED | Kind.TOKENS_REFUSED:
                self._tokens.labels(event.kind.value.removeprefix("tokens_")).inc()
            case Kind.TAKEN_OVER:
                self._taken_over.inc()
            case _:
                pass


class BooksMetrics(Collector):
    """How the books stand, read from the database when asked. `depth` tells how much waits in the queue."""

    def __init__(
        self,
        database: Database,
        depth: Callable[[], int] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._depth = depth
        self._clock = clock
        self._kept: tuple[float, list[Metric]] | None = None

    def describe(self) -> Iterable[Metric]:
        """None beforehand: registering reads nothing."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Every figure, of now or of a moment ago; none where the database is away, but that it is."""
        try:
            figures = self._of_now()
        except DatabaseUnreachableError:
            yield _answers(0)
            return
        yield _answers(1)
        yield from figures
        if self._depth is not None:
            yield _gauge("queue_depth", "Pieces of work that wait for a worker.", [], [((), self._depth())])

    def _of_now(self) -> list[Metric]:
        now = self._clock()
        if self._kept is None or now - self._kept[0] > KEPT_SECONDS:
            with self._database.read() as connection:
                self._kept = now, [*_figures(connection, self._database.now(connection))]
        return self._kept[1]


def _answers(figure: int) -> Metric:
    return _gauge("database_up", "Whether the database answers: 1, or 0.", [], [((), figure)])


def _figures(connection: Connection, now: float) -> Iterator[Metric]:
    yield _gauge("documents", "Documents by where they stand.", ["wave", "state"], _documents(connection))
    yield _gauge("held", "Records that are held, by the rule that holds them.", ["code"], _held(connection))
    yield _gauge(
        "runs", "Runs since the beginning.", ["state"], _counted(connection, select(runs.c.state), runs.c.state)
    )
    in_flight = select(func.count()).select_from(batches).where(batches.c.state.in_(OPEN_BATCHES))
    yield _gauge("batches_in_flight", "Batches sent and not settled.", [], [((), _one(connection, in_flight))])
    waiting = select(func.count()).select_from(facts).where(facts.c.current, facts.c.decided_under.is_(None))
    yield _gauge("undecided_orders", "Orders that wait for a decision.", [], [((), _one(connection, waiting))])
    since = "Seconds since the last good run of a store connection, by its number; since it was connected, without one."
    yield _gauge("seconds_since_good_run", since, ["connection"], _since_good_run(connection, now))


def _documents(connection: Connection) -> Iterator[tuple[tuple[str, ...], float]]:
    """By wave, which an index tells in a moment; the kinds would take a reading of every row."""
    columns = (postings.c.company, postings.c.state, postings.c.wave)
    counts: Counter[tuple[str, str]] = Counter()
    for _, state, wave, count in connection.execute(select(*columns, func.count()).group_by(*columns)):
        counts[wave, state] += count
    yield from sorted(counts.items())


def _held(connection: Connection) -> Iterator[tuple[tuple[str, ...], float]]:
    """By code: the rules are a fixed list, while causes name items, taxes and days."""
    companies = select(connections.c.identity).where(connections.c.role == LEDGER)  # the index begins with the company
    held = postings.c.company.in_(companies) & (postings.c.state == State.HELD.value)
    query = select(postings.c.problems, func.count()).where(held).group_by(postings.c.problems)
    counts: dict[str, int] = {}
    for text, count in connection.execute(query):
        for code in {each.code for each in problems_from_json(text)} if text else {"unknown"}:
            counts[code] = counts.get(code, 0) + count
    yield from (((code,), count) for code, count in sorted(counts.items()))


def _counted(connection: Connection, query: Select[Any], column: Any) -> Iterator[tuple[tuple[str, ...], float]]:
    rows = connection.execute(query.add_columns(func.count()).group_by(column))
    yield from (((str(value),), count) for value, count in rows)


def _since_good_run(connection: Connection, now: float) -> Iterator[tuple[tuple[str, ...], float]]:
    query = (
        select(connections.c.id, connections.c.created_at, func.max(runs.c.finished_at))
        .outerjoin(runs, (runs.c.connection_id == connections.c.id) & went_well())
        .where(connections.c.role == STORE)
        .group_by(connections.c.id, connections.c.created_at)
    )
    for identity, created, last in connection.execute(query):
        yield (str(identity),), max(0.0, now - (last or created).timestamp())


def _one(connection: Connection, query: Select[Any]) -> int:
    return int(connection.execute(query).scalar_one())


def _gauge(
    name: str, words: str, labels: list[str], rows: Iterable[tuple[tuple[str, ...], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"comptoir_{name}", words, labels=labels)
    for values, figure in rows:
        family.add_metric(values, figure)
    return family


def _texts(values: Mapping[str, events.Value], *names: str) -> list[str]:
    return [str(values.get(name, "")) for name in names]


def _number(values: Mapping[str, events.Value], name: str) -> float:
    found = values.get(name)
    return float(found) if isinstance(found, int | float) else 0.0


class Metrics:
    """All figures of this process and of its books, as Prometheus reads them. Close it to count no more."""

    def __init__(self, database: Database, depth: Callable[[], int] | None = None) -> None:
        self.registry = CollectorRegistry()
        self._process = ProcessMetrics(self.registry)
        self.registry.register(BooksMetrics(database, depth))
        events.listen(self._process.hear)

    def text(self) -> bytes:
        """The page of `/metrics` (`CONTENT_TYPE`)."""
        return generate_latest(self.registry)

    def close(self) -> None:
        """Listen no more."""
        events.unlisten(self._process.hear)
