"""What an operator's tools ask of a process: does it live, is it ready, what did it do."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from comptoir.engine.service.server import Service
from comptoir.storage.database import DatabaseUnreachableError
from comptoir.storage.upkeep.upgrade import Shape, shape_of
from comptoir.telemetry.metrics import CONTENT_TYPE, Metrics
from comptoir.web.health import health_routes
from comptoir.wiring import App


def operator_routes(app: App, service: Service, metrics: Metrics) -> list[Route]:
    """`/healthz`, `/readyz` and `/metrics`, for a server and for a worker alike."""
    database = app.books.database

    def alive() -> dict[str, bool]:
        try:
            with database.read() as connection:
                return {"database": database.now(connection) > 0}
        except DatabaseUnreachableError:
            return {"database": False}

    def ready() -> dict[str, bool]:
        living = alive()
        if not living["database"]:
            return living  # the others would ask it too
        return {**living, "migrations": shape_of(database) is Shape.CURRENT, **service.ready()}

    def figures(_request: Request) -> Response:
        return Response(metrics.text(), headers={"content-type": CONTENT_TYPE})

    return [*health_routes(alive, ready), Route("/metrics", figures)]
