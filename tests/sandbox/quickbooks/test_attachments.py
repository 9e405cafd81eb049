"""Files and notes attached to documents (§19)."""

from __future__ import annotations

import json
from typing import Any

import pytest


def metadata(**fields: Any) -> tuple[str, bytes, str]:
    return ("meta.json", json.dumps(fields).encode(), "application/json")


def pdf(content: bytes = b"%PDF-1.4", name: str = "receipt.pdf") -> tuple[str, bytes, str]:
    return (name, content, "application/pdf")


def upload(books: Any, params: dict[str, str] | None = None, **parts: Any) -> Any:
    return books.call("POST", "/upload", files=parts, params=params or {})


def to(made: dict[str, Any], kind: str = "SalesReceipt") -> list[dict[str, Any]]:
    return [{"EntityRef": {"type": kind, "value": made["Id"]}, "IncludeOnSend": False}]


def test_a_file_goes_up_is_found_and_comes_down_for_a_while(books: Any) -> None:
    sale = books.make("SalesReceipt", {"Line": [books.line("1.00")]})
    described = metadata(FileName="receipt.pdf", ContentType="application/pdf", AttachableRef=to(sale))
    answer = upload(books, {"requestid": "u1"}, file_metadata_01=described, file_content_01=pdf())
    assert answer.status == 200
    made = answer.body["AttachableResponse"][0]["Attachable"]
    assert (made["Id"], made["Size"], made["FileName"]) == ("5000000000000000001", 8, "receipt.pdf")
    again = upload(books, {"requestid": "u1"}, file_metadata_01=described, file_content_01=pdf())
    assert again.body["AttachableResponse"] == answer.body["AttachableResponse"]
    where = "AttachableRef.EntityRef.Type = 'salesreceipt' and AttachableRef.EntityRef.value = '1'"
    found = books.rows(f"select * from attachable where {where}")  # noqa: S608 # texts of this file
    assert [each["Id"] for each in found] == [made["Id"]]
    assert books.rows("select * from Attachable where AttachableRef.EntityRef.value = '2'") == []
    bearer = {"Authorization": f"Bearer {books.tokens['access_token']}"}
    address = books.http.get(f"{books.base}/download/{made['Id']}", headers=bearer).text
    file = books.http.get(address)
    assert (file.content, file.headers["content-type"]) == (b"%PDF-1.4", "application/pdf")
    books.pass_time(16 * 60)
    assert books.http.get(address).status_code == 404
    ended = books.post("/attachable", {"Id": made["Id"], "SyncToken": "0"}, operation="delete")
    assert ended.body["Attachable"]["status"] == "Deleted"
    assert books.call("GET", f"/download/{made['Id']}").fault == "610"


def test_notes_and_renamed_files(books: Any) -> None:
    note = books.make("Attachable", {"Note": "call back"})
    changed = books.make("Attachable", {"Id": note["Id"], "SyncToken": "0", "sparse": True, "Note": "done"})
    assert (changed["Note"], changed["SyncToken"]) == ("done", "1")
    file = upload(books, file_metadata_1=metadata(Note="x"), file_content_1=pdf()).body["AttachableResponse"][0]
    made = file["Attachable"]
    renamed = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "FileName": "other.pdf"}
    assert books.make("Attachable", renamed)["Size"] == 8


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"file_content_1": pdf()}, "6040"),
        ({"file_metadata_1": metadata(FileName="a.pdf")}, "6041"),
        ({"file_metadata_1": metadata(), "file_content_1": pdf(b"")}, "6020"),
        ({"file_metadata_1": metadata(), "file_content_1": pdf(name="virus.exe")}, "6041"),
        ({"file_metadata_1": metadata(Colour="red"), "file_content_1": pdf()}, "2010"),
        ({"file_metadata_1": ("m", b"{", "application/json"), "file_content_1": pdf()}, "6040"),
        (
            {"file_metadata_1": metadata(AttachableRef=to({"Id": "1"}, "Robot")), "file_content_1": pdf()},
            "6050",
        ),
        ({"file_metadata_1": metadata(AttachableRef=to({"Id": "9"})), "file_content_1": pdf()}, "610"),
    ],
)
def test_a_refused_file_does_not_hold_up_the_others(books: Any, parts: dict[str, Any], code: str) -> None:
    # §19: "HTTP 200 even when an item failed".
    answer = upload(books, **parts, file_metadata_2=metadata(), file_content_2=pdf())
    assert answer.status == 200
    first, second = answer.body["AttachableResponse"]
    assert first["Fault"]["Error"][0]["code"] == code
    assert second["Attachable"]["Size"] == 8


def test_uploads_refused_whole(books: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert upload(books, picture=pdf()).fault == "2010"
    assert books.post("/upload", {}).fault == "1050"
    empty = {"headers": {"Content-Type": "multipart/form-data; boundary=x"}, "content": b"--x--\r\n"}
    assert books.call("POST", "/upload", **empty).fault == "6041"
    monkeypatch.setattr("comptoir_sandbox.quickbooks.attachments.LARGEST_BYTES", 5)
    assert upload(books, file_metadata_1=metadata(), file_content_1=pdf()).fault == "6030"
    assert books.post("/attachable", {}).fault == "2020"
    long = {"Note": "x" * 2001}
    assert books.post("/attachable", long).fault == "2050"
    assert books.http.get("/_files/nothing").status_code == 404
