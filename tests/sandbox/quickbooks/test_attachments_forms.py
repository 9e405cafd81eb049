"""Multipart forms are read byte for byte."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from comptoir_sandbox.quickbooks.attachments import parts_of

KIND = "multipart/form-data; boundary=frontier"


@given(st.binary(max_size=400).filter(lambda each: b"frontier" not in each))
def test_bytes_come_through_as_they_are(content: bytes) -> None:
    body = (
        b'--frontier\r\nContent-Disposition: form-data; name="file_content_1"; filename="a.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n" + content + b"\r\n--frontier--\r\n"
    )
    assert parts_of(KIND, body)["file_content_1"].content == content


@given(st.binary(max_size=400))
def test_base64_is_undone(content: bytes) -> None:
    body = (
        b'\n--frontier\nContent-Disposition: form-data; name="file_content_01"\nContent-Type: application/pdf\n'
        b"Content-Transfer-Encoding: base64\n\n" + base64.b64encode(content) + b"\n\n--frontier--\n"
    )
    part = parts_of(KIND, body)["file_content_01"]
    assert (part.content, part.filename, part.content_type) == (content, "", "application/pdf")
