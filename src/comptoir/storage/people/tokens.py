"""Secrets that a person carries: what is handed out is random, what is kept is its digest."""

from __future__ import annotations

import hashlib
import secrets

TOKEN_BYTES = 32


def new_token() -> str:
    """A secret that nobody guesses, fit for a cookie or an address."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(token: str) -> str:
    """What is kept of it. A random secret needs no slow hash: there is nothing to try out."""
    return hashlib.sha256(token.encode()).hexdigest()
