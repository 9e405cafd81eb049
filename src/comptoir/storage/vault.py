"""Secrets and personal data at rest: AES-GCM under one key file, each value bound to the row it belongs to."""

from __future__ import annotations

import hmac
import os
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from comptoir.books.problems import Message, ToldError

KEY_BYTES = 32
NONCE_BYTES = 12
PRIVATE_FILE = 0o600


class VaultError(ToldError):
    """The key file is missing, damaged, or not the one that sealed a value."""


class Vault:
    """Seals and opens bytes. `place` names the row and column; a value moved elsewhere does not open."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._cipher = AESGCM(key)

    @classmethod
    def open(cls, key_file: Path) -> Vault:
        """The vault of this key file; the file is made on first use, readable by its owner only. Raises VaultError."""
        try:
            if not key_file.exists():
                _make_key(key_file)
            key = key_file.read_bytes()
        except OSError as error:
            raise _out_of_reach(key_file, error) from error
        if len(key) != KEY_BYTES:
            raise VaultError(
                Message("The key file {file} is damaged. Put back the copy from your backup.", {"file": str(key_file)})
            )
        return cls(key)

    def key_for(self, purpose: str) -> bytes:
        """A key for one purpose alone, the same as long as the key file is: nothing can be read in it of any other."""
        return hmac.digest(self._key, f"comptoir: {purpose}".encode(), "sha256")

    def seal(self, value: bytes, place: str) -> bytes:
        """Nonce and ciphertext."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, value, place.encode())

    def unseal(self, sealed: bytes, place: str) -> bytes:
        """The value that was sealed for `place`; VaultError with another key or another place."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())
        except InvalidTag:
            raise VaultError(
                Message(
                    "A stored secret does not open with this key file. Put back the key file that belongs to the "
                    "database."
                )
            ) from None


def _out_of_reach(key_file: Path, error: OSError) -> VaultError:
    text = (
        "The key file {file} can be neither read nor made ({reason}). Run Comptoir as its owner, or name another file "
        "with COMPTOIR_KEY_FILE."
    )
    return VaultError(Message(text, {"file": str(key_file), "reason": error.strerror or type(error).__name__}))


def _make_key(key_file: Path) -> None:
    """Written aside and then linked into place: a crash leaves no half key, a second process loses to the first."""
    draft = key_file.with_name(f"{key_file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(os.urandom(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(draft, key_file)
    draft.unlink()
