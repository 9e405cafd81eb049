"""What people do in the demo: at the store's till, in the company's own pages, in the settings.

Nothing here goes through the product, but for the settings, which are changed as their owner would: exported, edited,
imported. The person in the company signs in for herself and uses the company's API, as its own pages do.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx2
import tomli_w

from comptoir.books.settings import Settings
from comptoir.cli.settings import settings_from
from comptoir.demo.simulators import BACK, Simulator, approved
from comptoir.engine.setup.settings_file import write_settings

TIMEOUT_SECONDS = 60

Step = Mapping[str, Any]


class Person:
    """Somebody with a hand in both the store and the company."""

    def __init__(self, shop: Simulator, company: Simulator) -> None:
        self._shop = shop
        self._company = company
        self._token = ""

    def do(self, step: Step, orders: Sequence[str]) -> None:
        """Take a step of a case whose orders have these numbers; steps in the settings are taken elsewhere."""
        if "store" in step:
            number = orders[step.get("order", 1) - 1]
            # Our own clock: the simulator's runs ahead of it, and a run reads what changed until now.
            edit = {"name": f"#{number}", "updated_at": datetime.now(UTC).isoformat(), **step["store"]}
            self._shop.tell("edit_order", edit)
        if "hidden" in step:
            self._company.tell(step["hidden"]["path"], step["hidden"]["body"])
        for act in step.get("books", ()):
            self._act(act)

    def _act(self, act: Step) -> None:
        if "tax_code" in act:
            self._call("POST", "taxservice/taxcode", act["tax_code"])
        elif "create" in act:
            self._call("POST", act["create"].lower(), self._referring(act["body"]))
        elif "change" in act:
            found = self._found(act["change"], act["where"])
            same = {"Id": found["Id"], "SyncToken": found["SyncToken"], "sparse": True}
            self._call("POST", act["change"].lower(), {**same, **self._referring(act["set"])})
        else:
            found = self._found(act["delete"], act["where"])
            same = {"Id": found["Id"], "SyncToken": found["SyncToken"]}
            self._call("POST", f"{act['delete'].lower()}?operation=delete", same)

    def _referring(self, value: Any) -> Any:
        """The body with every {"find": TYPE, "name": NAME} as the reference to that object."""
        if isinstance(value, dict) and set(value) == {"find", "name"}:
            name = "DisplayName" if value["find"] == "Customer" else "Name"
            text = value["name"].replace("\\", "\\\\").replace("'", "\\'")
            return {"value": self._found(value["find"], f"{name} = '{text}'")["Id"]}
        if isinstance(value, dict):
            return {name: self._referring(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._referring(each) for each in value]
        return value

    def _found(self, kind: str, where: str) -> dict[str, Any]:
        query = f"select * from {kind} where {where}"  # noqa: S608 - the platform's query language, our own words
        rows = self._call("GET", "query", query=query)["QueryResponse"].get(kind, [])
        if len(rows) != 1:
            raise AssertionError(f"the company holds {len(rows)} of {query!r}")
        found: dict[str, Any] = rows[0]
        return found

    def _call(self, method: str, path: str, body: object = None, query: str = "") -> dict[str, Any]:
        self._token = self._token or self._signed_in()
        facts = self._company.facts
        answer = httpx2.request(
            method,
            f"{facts['api_url']}/v3/company/{facts['realm_id']}/{path}",
            headers={"authorization": f"Bearer {self._token}", "accept": "application/json"},
            params={"query": query} if query else None,
            json=body,
            timeout=TIMEOUT_SECONDS,
        )
        if answer.is_error:
            raise AssertionError(f"the company refuses {method} {path}: {answer.text}")
        found: dict[str, Any] = answer.json()
        return found

    def _signed_in(self) -> str:
        """A token of the person's own: the sign-in that the product goes through, without it."""
        facts = self._company.facts
        asked = {
            "client_id": facts["client_id"],
            "response_type": "code",
            "scope": "com.intuit.quickbooks.accounting",
            "redirect_uri": BACK,
            "state": "by-hand",
        }
        code = dict(parse_qsl(approved(f"{facts['url']}/connect/oauth2?{urlencode(asked)}")))["code"]
        answer = httpx2.post(
            f"{facts['url']}/oauth2/v1/tokens/bearer",
            data={"grant_type": "authorization_code", "code": code, "redirect_uri": BACK},
            auth=(facts["client_id"], facts["client_secret"]),
            timeout=TIMEOUT_SECONDS,
        )
        token: str = answer.raise_for_status().json()["access_token"]
        return token


def changed(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    """The settings file with some of its values changed, read back. ProblemsError where a change is a mistake."""
    values = tomllib.loads(write_settings(settings), parse_float=Decimal)
    return settings_from(tomli_w.dumps(_merged(values, changes)))


def _merged(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(values)
    for name, value in changes.items():
        merged[name] = _merged(merged.get(name, {}), value) if isinstance(value, Mapping) else value
    return merged
