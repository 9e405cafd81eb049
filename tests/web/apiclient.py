"""A program that asks the API of an installation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient
from tests.web.conftest import Place

from comptoir.storage.people.api_tokens import Scope
from comptoir.web.access.accounts import Actor
from comptoir.web.api.app import PREFIX


@dataclass
class Program:
    """A program with its token; it keeps no cookies."""

    client: TestClient
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, **how: Any) -> Response:
        headers = {**self.headers, **how.pop("headers", {})}
        if self.token:
            headers = {"authorization": f"Bearer {self.token}", **headers}
        return self.client.request(method, PREFIX + path, headers=headers, **how)

    def get(self, path: str, **how: Any) -> Response:
        return self.ask("GET", path, **how)

    def post(self, path: str, **how: Any) -> Response:
        return self.ask("POST", path, **how)

    def put(self, path: str, **how: Any) -> Response:
        return self.ask("PUT", path, **how)

    def delete(self, path: str, **how: Any) -> Response:
        return self.ask("DELETE", path, **how)

    def told(self, path: str, status: int = 200, **how: Any) -> Any:
        """What a question is answered with."""
        answer = self.get(path, **how)
        assert answer.status_code == status, answer.text
        return answer.json()


def program(place: Place, scope: Scope | None = Scope.WRITE, **headers: str) -> Program:
    """A program with a token of this scope; None: with none."""
    client = TestClient(place.web, base_url="https://testserver", raise_server_exceptions=False)
    token = ""
    if scope is not None:
        owner = place.rooms.users.by_email("owner@example.com")
        by = Actor.person(owner) if owner is not None else Actor("owner")
        token = place.rooms.make_api_token(place.app.organization_id, "Spreadsheet", scope, None, by)
    return Program(client, token, headers)
