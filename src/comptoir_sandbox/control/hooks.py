"""What both platforms do to send a webhook: the signature, and one attempt over HTTP."""

from __future__ import annotations

import base64
import hashlib
import hmac

import httpx2

NO_ANSWER = 0
"""The status of an attempt without an answer."""


def signature(body: bytes, secret: str) -> str:
    """Base64 of HMAC-SHA256 over the raw body."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def attempt(url: str, body: bytes, headers: dict[str, str], timeout: httpx2.Timeout) -> int:
    """One attempt; the status, or NO_ANSWER when there was none in time."""
    try:
        return httpx2.post(url, content=body, headers=headers, timeout=timeout).status_code
    except httpx2.HTTPError:
        return NO_ANSWER
