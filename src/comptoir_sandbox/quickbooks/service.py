"""The company behind the API: single requests, batches, queries, replays. No HTTP here."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.quickbooks import attachments, operations, query, rates, sending, taxservice
from comptoir_sandbox.quickbooks.codes import fault_of
from comptoir_sandbox.quickbooks.company import KINDS
from comptoir_sandbox.quickbooks.faults import NAME_LOCK_DETAIL, FaultError, business
from comptoir_sandbox.quickbooks.query_parser import Parser
from comptoir_sandbox.quickbooks.record import Record
from comptoir_sandbox.quickbooks.replay import Replays, check_request_id
from comptoir_sandbox.quickbooks.webhooks import Change

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from comptoir_sandbox.control.faults import Faults
    from comptoir_sandbox.quickbooks.company import Company
    from comptoir_sandbox.quickbooks.operations import Wanted
    from comptoir_sandbox.quickbooks.values import Object
    from comptoir_sandbox.quickbooks.webhooks import Webhooks

BATCH_ITEMS = 30
OK = 200
ITEM_MEMBERS = frozenset({"bId", "operation", "optionsData", "Query"})


def _system_fault() -> FaultError:
    return FaultError(
        "10000", "An application error has occurred while processing your request", status=500, kind="SystemFault"
    )


ITEM_FAULTS: dict[str, Callable[[], FaultError]] = {
    "name_lock": lambda: business(NAME_LOCK_DETAIL),
    "stale": lambda: FaultError("5010", "Stale Object Error : another user was working on this at the same time."),
    "books_closed": lambda: FaultError("6200", "The account period has closed."),
    "suspended": lambda: FaultError("6190", "The subscription of this company has ended.", status=403),
    "system_fault": _system_fault,
    "replay_fault": lambda: business("An unexpected error occurred. Please wait a few minutes and try again."),
}
"""Fault kinds that refuse one object, alone or inside a batch."""


SERVICE_KINDS = ("forget", "half_batch")
"""forget: a request id is no longer known. half_batch: half of a batch is done, then the whole answer is a fault."""


class Service:
    """One company's operations. All methods are thread-safe and raise FaultError."""

    def __init__(
        self,
        company: Company,
        faults: Faults,
        *,
        memory_seconds: float = 900.0,
        shuffle: random.Random | None = None,
        webhooks: Webhooks | None = None,
    ) -> None:
        self.company = company
        self._faults = faults
        self._memory_seconds = memory_seconds
        self._shuffle = shuffle
        self.webhooks = webhooks
        self._replays = Replays(company.clock, memory_seconds=memory_seconds)

    def is_replay(self, request_id: str | None) -> bool:
        """Whether this key has a remembered outcome (of a single request or of a batch)."""
        with self.company.lock:
            return bool(request_id) and self._replays.find(str(request_id)) is not None

    def single(self, wanted: Wanted, request_id: str | None) -> tuple[int, Object]:
        """One create, update, delete or void: status and body without time."""
        with self.company.lock:
            return self._remembered(check_request_id(request_id or ""), wanted)

    def _remembered(self, key: str, wanted: Wanted) -> tuple[int, Object]:
        known = self._replays.find(key) if key else None
        rule = self._faults.take(wanted.operation, replay=known is not None, kinds=(*ITEM_FAULTS, "forget", "code"))
        if rule is not None and rule.kind == "forget":
            known = None
        elif rule is not None:
            fault = fault_of(str(rule.code)) if rule.kind == "code" else ITEM_FAULTS[rule.kind]()
            return fault.status, {"Fault": fault.body()}
        if known is not None:
            return known.status, known.body
        status, body = self._run(wanted)
        if key:
            self._replays.keep(key, status, body)
        return status, body

    def _run(self, wanted: Wanted) -> tuple[int, Object]:
        try:
            with self.company.change():
                found = operations.execute(self.company, wanted)
                changes = self._changes(wanted, found)
        except FaultError as fault:
            return fault.status, {"Fault": fault.body()}
        if self.webhooks is not None:
            self.webhooks.announce(changes)
        return OK, {wanted.kind: self._shown(found)}

    def _changes(self, wanted: Wanted, found: Record | Object) -> list[Change]:
        """What the request touched: the object asked for, and what changed along with it."""
        identity = found.id if isinstance(found, Record) else str(found["Id"])
        first = (wanted.kind, identity)
        verb = "update" if wanted.kind == "Preferences" else wanted.verb
        others = [Change(kind, each, "update") for kind, each in self.company.touched if (kind, each) != first]
        return [Change(*first, verb), *others] if first in self.company.touched else others

    def once(self, request_id: str | None, work: Callable[[], Object]) -> Object:
        """What `work` answers, or what it answered when this key was first sent."""
        with self.company.lock:
            key = check_request_id(request_id or "")
            known = self._replays.find(key) if key else None
            if known is not None:
                return known.body
            body = work()
            if key:
                self._replays.keep(key, OK, body)
            return body

    def tax_code(self, raw: Any) -> Object:
        """TaxService: a code made by request (§12.7)."""
        with self.company.change():
            return taxservice.create(self.company, raw)

    def exchange_rate(self, raw: Any) -> Object:
        """Set an exchange rate (§12.8)."""
        with self.company.change():
            return {"ExchangeRate": rates.update(self.company, raw)}

    def _shown(self, found: Record | Object) -> Any:
        return self.company.encoded(found) if isinstance(found, Record) else found

    def upload(self, parts: Mapping[str, attachments.Part]) -> Object:
        """Files attached to documents (§19)."""
        with self.company.lock:
            return attachments.upload(self.company, parts)

    def download(self, identity: str, base: str) -> str:
        """A temporary address of a file below `base`."""
        with self.company.lock:
            return attachments.download(self.company, identity, base)

    def send(self, kind: str, identity: str, address: str | None) -> Object:
        """A form by e-mail (§3)."""
        with self.company.change():
            found = sending.send(self.company, kind, identity, address)
        if self.webhooks is not None:
            self.webhooks.announce([Change(kind, identity, "email")])
        return {kind: self.company.encoded(found)}

    def pdf(self, kind: str, identity: str) -> bytes:
        """A form on paper."""
        with self.company.lock:
            return sending.pdf(self.company, kind, identity)

    def read(self, kind: str, identity: str | None) -> Object:
        """The body of a read."""
        with self.company.lock:
            return {kind: self.company.encoded(operations.read(self.company, kind, identity))}

    def query(self, text: str) -> Object:
        """The body of a query."""
        with self.company.lock:
            parsed = Parser(text).parse()
            if parsed.entity.lower() == "exchangerate":
                return {"QueryResponse": rates.select(self.company, parsed)}
            return {"QueryResponse": query.answer(self.company, text)}

    def batch(self, raw: Any, request_id: str | None) -> Object:
        """The body of a batch (§4): every item alone, answers in no promised order."""
        items = _batch_items(raw)
        keys = [check_request_id(f"{request_id}{item['bId']}") if request_id else "" for item in items]
        answers: list[Object] = []
        rule = self._faults.take("batch", replay=self.is_replay(request_id), kinds=("half_batch",))
        with self.company.lock:
            for item, key in zip(items, keys, strict=True):
                if rule is not None and len(answers) >= len(items) // 2:
                    raise _system_fault()
                answers.append({**self._item(item, key), "bId": item["bId"]})
            if request_id:
                self._replays.keep(request_id, OK, {})
        if self._shuffle is not None:
            self._shuffle.shuffle(answers)
        return {"BatchItemResponse": answers}

    def _item(self, item: Object, key: str) -> Object:
        try:
            if "Query" in item:
                return self.query(str(item["Query"]))
            return self._remembered(key, _wanted_of(item))[1]
        except FaultError as fault:
            return {"Fault": fault.body()}


def _batch_items(raw: Any) -> list[Object]:
    items = raw.get("BatchItemRequest") if isinstance(raw, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise FaultError("2010", "Property Name:BatchItemRequest must be an array")
    if len(items) > BATCH_ITEMS:
        raise FaultError("1040", f"A batch has {BATCH_ITEMS} items at most. Supplied:{len(items)}")
    seen: set[str] = set()
    for item in items:
        identity = item.get("bId")
        if not isinstance(identity, str) or not identity:
            raise FaultError("2020", "Required parameter bId is missing in the request", element="bId")
        if identity in seen:
            raise FaultError("2030", f"Duplicate bId. Supplied value:{identity}", element="bId")
        seen.add(identity)
    return items


def _wanted_of(item: Object) -> Wanted:
    kinds = [name for name in item if name not in ITEM_MEMBERS]
    if len(kinds) != 1 or kinds[0] not in KINDS:
        unknown = next((name for name in kinds if name not in KINDS), "")
        raise FaultError("2000", f"Unknown object name in a batch item: {unknown}")
    options = str(item.get("optionsData") or "")
    include = frozenset(options.replace(" ", "").split(",")) - {""}
    verb = str(item.get("operation") or "")
    if verb not in {"create", "update", "delete", "void"}:
        raise FaultError("500", f"Operation {verb} is not supported.", element="operation")
    raw = item[kinds[0]]
    if verb == "update" and "void" in include:
        verb = "void"
    return operations.Wanted(verb=verb, kind=kinds[0], raw=raw, include=include)
