"""Files and notes attached to documents (§19): upload, download for a while, notes, deletion."""

from __future__ import annotations

import email
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import Message
from typing import TYPE_CHECKING, Any

import msgspec

from comptoir_sandbox.quickbooks import fields
from comptoir_sandbox.quickbooks.company import ENTITY_OF_PATH
from comptoir_sandbox.quickbooks.faults import FaultError, inactive, missing
from comptoir_sandbox.quickbooks.naming import head
from comptoir_sandbox.quickbooks.record import Record, decode
from comptoir_sandbox.quickbooks.roles import add_record
from comptoir_sandbox.quickbooks.values import Object, reference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from comptoir_sandbox.quickbooks.company import Company

ALLOWED = frozenset(
    [
        "ai",
        "csv",
        "doc",
        "docx",
        "eps",
        "gif",
        "jpeg",
        "jpg",
        "ods",
        "pdf",
        "png",
        "rtf",
        "tif",
        "txt",
        "xls",
        "xlsx",
        "xml",
    ]
)
"""Extensions of files that may be attached."""
LARGEST_BYTES = 100 * 1024 * 1024
LINK_MINUTES = 15
PART = re.compile(r"^file_(metadata|content)_(\w+)$")
OK = 200


@dataclass(frozen=True)
class Part:
    """One part of a multipart request."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Link:
    """A download address that was given out."""

    attachable: str
    ends: datetime


def build_attachable(company: Company, kind: str, source: Object, old: Record | None, identity: str) -> Record:
    """A note, or the description of a file, from the properties in force. 6050 for what nothing can be attached to."""
    if not source.get("Note") and not source.get("FileName"):
        raise missing("Note")
    data = head(identity)
    for name in ("FileName", "ContentType", "Note", "Category", "Tag", "PlaceName", "Lat", "Long"):
        if source.get(name):
            data[name] = source[name]
    refs = source.get("AttachableRef") or []
    for ref in refs:
        _check_entity(company, ref)
    if refs:
        data["AttachableRef"] = refs
    if old is not None:
        data |= {name: old.data[name] for name in ("Size", "FileAccessUri") if name in old.data}
    return Record(kind=kind, id=identity, data=data, source=source)


def _check_entity(company: Company, ref: Object) -> None:
    entity = ref.get("EntityRef") or {}
    kind = ENTITY_OF_PATH.get(str(entity.get("type", "")).lower())
    if kind is None or kind == "Attachable":
        raise FaultError("6050", f"Nothing can be attached to {entity.get('type')}", element="EntityRef")
    company.must(kind, reference(ref, "EntityRef") or "")


def parts_of(content_type: str, body: bytes) -> dict[str, Part]:
    """The parts of a multipart form by name, transfer encodings undone; 1050 for any other body."""
    if not content_type.startswith("multipart/form-data"):
        raise FaultError("1050", "An upload is a multipart form")
    message = email.message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    parts: dict[str, Part] = {}
    for part in message.get_payload() if message.is_multipart() else ():
        if isinstance(part, Message):
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            file = part.get_filename() or ""
            parts[str(name)] = Part(file, part.get_content_type(), content if isinstance(content, bytes) else b"")
    return parts


def upload(company: Company, parts: Mapping[str, Part]) -> Object:
    """The body of POST /upload: one answer a file, a fault where one was refused."""
    numbers: dict[str, dict[str, Part]] = {}
    for name, part in parts.items():
        match = PART.match(name)
        if match is None:
            raise FaultError("2010", f"Property Name:Unrecognized part {name}")
        numbers.setdefault(match.group(2), {})[match.group(1)] = part
    if not numbers:
        raise FaultError("6041", "The request holds no file")
    if sum(len(part.content) for part in parts.values()) > LARGEST_BYTES:
        raise FaultError("6030", f"A request may hold {LARGEST_BYTES:,} bytes at most")
    answers: list[Object] = []
    for number in sorted(numbers):
        try:
            with company.change():
                answers.append({"Attachable": company.encoded(_one(company, numbers[number]))})
        except FaultError as fault:
            answers.append({"Fault": fault.body()})
    return {"AttachableResponse": answers}


def _one(company: Company, pair: Mapping[str, Part]) -> Record:
    if "metadata" not in pair:
        raise FaultError("6040", "A file has no file_metadata part")
    if "content" not in pair:
        raise FaultError("6041", "A file_metadata part has no file")
    file = pair["content"]
    if not file.content:
        raise FaultError("6020", "The file is empty")
    source = {"FileName": file.filename, "ContentType": file.content_type, **_metadata(pair["metadata"])}
    source = {name: value for name, value in source.items() if value != ""}
    extension = str(source.get("FileName", "")).rpartition(".")[2].lower()
    if extension not in ALLOWED:
        raise FaultError("6041", f"Files of the kind {extension} cannot be attached")
    record = build_attachable(company, "Attachable", source, None, company.new_id("Attachable"))
    record.data["Size"] = len(file.content)
    record.data["FileAccessUri"] = f"/v3/company/{company.realm_id}/download/{record.id}"
    company.undo.assign(company.files, record.id, file.content)
    add_record(company, record)
    return record


def _metadata(part: Part) -> Any:
    try:
        return fields.read("Attachable", decode(part.content))
    except msgspec.DecodeError as error:
        raise FaultError("6040", f"file_metadata is not JSON: {error}") from None


def download(company: Company, identity: str, base: str) -> str:
    """A temporary address of the file; 610 when there is none."""
    if identity not in company.files or company.get("Attachable", identity) is None:
        raise inactive()
    token = secrets.token_urlsafe(24)
    company.links[token] = Link(identity, company.clock.now() + timedelta(minutes=LINK_MINUTES))
    return f"{base}/_files/{token}"


def fetch(company: Company, token: str) -> tuple[bytes, str] | None:
    """The file behind a temporary address and its type; None when the address has ended."""
    link = company.links.get(token)
    record = company.get("Attachable", link.attachable) if link is not None else None
    if link is None or record is None or link.ends <= company.clock.now():
        return None
    return company.files[link.attachable], str(record.data.get("ContentType", "application/octet-stream"))
