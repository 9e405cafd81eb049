"""Passwords: hashed with Argon2id, checked in the same time whether or not there is such an account."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from comptoir.books.problems import Message

SHORTEST = 10
LONGEST = 200
"""Characters; a longer text is no password but a load."""

HASHER = PasswordHasher()
"""The library's own profile (RFC 9106, low memory)."""


def hash_of(password: str) -> str:
    """What is kept of a password."""
    return HASHER.hash(password)


def fits(password: str, kept: str | None) -> bool:
    """Whether this is the password. With nothing kept, the work is done all the same and the answer is no.

    Of what is longer than any password only so much is read that it cannot fit.
    """
    try:
        HASHER.verify(kept or _nobodys(), password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def is_outdated(kept: str) -> bool:
    """Whether the hash is of an older profile and should be made anew."""
    return HASHER.check_needs_rehash(kept)


def weakness(password: str, email: str) -> Message | None:
    """What is wrong with a password that somebody chooses; length counts, not kinds of characters."""
    if len(password) < SHORTEST:
        return Message("Choose a password of at least {least} characters.", {"least": str(SHORTEST)})
    if len(password) > LONGEST:
        return Message("Choose a password of at most {most} characters.", {"most": str(LONGEST)})
    if password.casefold() == email.strip().casefold() or len(set(password)) == 1:
        return Message("This password is too easy to guess. Choose another one.")
    return None


@cache
def _nobodys() -> str:
    return HASHER.hash("nobody has this password")
