"""PURE: the signature over the raw body of a webhook, as the platforms have it: base64 of HMAC-SHA256."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence


def body_is_signed(body: bytes, signature: str, secrets: Sequence[str]) -> bool:
    """Whether one of `secrets` signed the raw body; every one is tried in constant time, whichever fits."""
    given = signature.strip().encode()
    fits = [hmac.compare_digest(given, _signature(body, secret)) for secret in secrets]
    return any(fits)


def _signature(body: bytes, secret: str) -> bytes:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
