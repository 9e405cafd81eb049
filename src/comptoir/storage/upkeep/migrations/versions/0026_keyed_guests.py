"""Guests are told apart by a keyed digest: in a plain one, whoever tries addresses finds theirs.

What a guest's customer is called in the journal is made over wherever it stands: in its own row, in the rows that wait
for it or are for it, and in the sealed documents that name it. A plain digest is keyed as it is; an address from before
there were digests is digested first. Markers stay: by them the books know their records, and rows keep their own.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from comptoir.books.problems import Message
from comptoir.storage.vault import Vault, VaultError

revision = "0026"
down_revision = "0025"

GUEST = "guest:"
IN_CURRENCY = re.compile(r"(.*?)(~[A-Z]{3})?", re.DOTALL)
"""Who a guest is, and the currency of those who buy in a foreign one; nothing else there is in capitals."""
PLAIN = re.compile(r"[0-9a-f]{32}")
KEYED = re.compile(r"[0-9a-f]{64}")
AT_ONCE = 500

POSTINGS = sa.table(
    "postings",
    *(sa.column(name) for name in ("id", "kind", "key", "source_id", "awaits", "customer", "document")),
)


def upgrade() -> None:
    connection = op.get_bind()
    names = _names(connection)
    if not names:
        return
    vault = _vault()
    made_over = _made_over(names, vault.key_for("guests"))
    for row in _rows(connection):
        values = _values(row, made_over, vault)
        if values:
            connection.execute(sa.update(POSTINGS).where(POSTINGS.c.id == row.id).values(**values))


def _names(connection: sa.Connection) -> list[str]:
    """What guests are called that is not keyed yet."""
    theirs = (POSTINGS.c.kind == "customer") & POSTINGS.c.source_id.like(f"{GUEST}%")
    found = connection.scalars(sa.select(POSTINGS.c.source_id).where(theirs).distinct()).all()
    return [name for name in found if not KEYED.fullmatch(_parts(name)[0])]


def _made_over(names: list[str], key: bytes) -> dict[str, str]:
    """The new name of each. Of a guest known by an address and by its digest, the digest's is what is asked for."""
    found: dict[str, str] = {}
    for name in sorted(names, key=lambda each: (PLAIN.fullmatch(_parts(each)[0]) is None, each)):
        new = _keyed(name, key)
        while new in found.values():
            new = _keyed(new, key)
        found[name] = new
    return found


def _rows(connection: sa.Connection) -> Iterator[sa.Row[Any]]:
    """The rows that tell of guests, some at a time: sealed documents are long."""
    last = 0
    told = (
        POSTINGS.c.source_id.like(f"{GUEST}%")
        | POSTINGS.c.awaits.like(f"%{GUEST}%")
        | POSTINGS.c.customer.like(f"%{GUEST}%")
    )
    query = sa.select(POSTINGS).where(told).order_by(POSTINGS.c.id).limit(AT_ONCE)
    while rows := connection.execute(query.where(POSTINGS.c.id > last)).all():
        yield from rows
        last = rows[-1].id


def _values(row: sa.Row[Any], made_over: dict[str, str], vault: Vault) -> dict[str, Any]:
    """What changes in a row. Its document is sealed for its key, which may change."""
    source = made_over.get(row.source_id, row.source_id) if row.kind == "customer" else row.source_id
    key = row.key[: len(row.key) - len(row.source_id)] + source if source != row.source_id else row.key
    values: dict[str, Any] = {
        "source_id": source,
        "key": key,
        "awaits": json.dumps(sorted(_key(each, made_over) for each in json.loads(row.awaits))),
        "customer": _key(row.customer, made_over) if row.customer else row.customer,
    }
    if row.document is not None:
        told = json.loads(vault.unseal(row.document, f"postings/{row.key}"))
        renamed = _renamed(told, made_over)
        if renamed != told or key != row.key:
            text = json.dumps(renamed, ensure_ascii=False, separators=(",", ":"))
            values["document"] = vault.seal(text.encode(), f"postings/{key}")
    return values


def _key(key: str, made_over: dict[str, str]) -> str:
    """A customer's key as text: "store/customer/who"."""
    before, middle, who = key.partition(f"/customer/{GUEST}")
    name = f"{GUEST}{who}"
    return f"{before}/customer/{made_over[name]}" if middle and name in made_over else key


def _renamed(value: Any, made_over: dict[str, str]) -> Any:
    """A document's parts with its customers' keys made over."""
    if isinstance(value, list):
        return [_renamed(each, made_over) for each in value]
    if not isinstance(value, dict):
        return value
    found = {name: _renamed(each, made_over) for name, each in value.items()}
    if found.get("kind") == "customer" and found.get("source_id") in made_over:
        found["source_id"] = made_over[found["source_id"]]
    return found


def _keyed(name: str, key: bytes) -> str:
    who, currency = _parts(name)
    plain = who if PLAIN.fullmatch(who) else hashlib.blake2b(who.encode(), digest_size=16).hexdigest()
    return f"{GUEST}{hmac.digest(key, plain.encode(), 'sha256').hex()}{currency}"


def _parts(name: str) -> tuple[str, str]:
    """Who it is, and the foreign currency with its sign, "" for none."""
    found = IN_CURRENCY.fullmatch(name.removeprefix(GUEST))
    return (found[1], found[2] or "") if found else (name, "")


def _vault() -> Vault:
    key_file = context.config.attributes.get("key_file")
    if key_file is None or not key_file.exists():
        raise VaultError(
            Message(
                "The key file {path} is missing: this release makes names of guests over with it. Put back the copy "
                "from your backup, or name the file with COMPTOIR_KEY_FILE.",
                {"path": str(key_file or "")},
            )
        )
    return Vault.open(key_file)
