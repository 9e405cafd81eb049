"""What is sealed opens only unchanged, in its place, with its key."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.storage.vault import KEY_BYTES, Vault, VaultError

PLACE = "connections/store/shop:one"
VAULT = Vault(b"k" * KEY_BYTES)


@given(st.binary(), st.text())
def test_what_is_sealed_opens_unchanged(value: bytes, place: str) -> None:
    assert VAULT.unseal(VAULT.seal(value, place), place) == value


def test_the_same_value_is_never_sealed_the_same() -> None:
    assert VAULT.seal(b"secret", PLACE) != VAULT.seal(b"secret", PLACE)


@given(st.data())
def test_one_changed_bit_is_refused(data: st.DataObject) -> None:
    sealed = bytearray(VAULT.seal(b"secret", PLACE))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(VaultError, match="does not open with this key file"):
        VAULT.unseal(bytes(sealed), PLACE)


def test_a_value_that_was_moved_is_refused() -> None:
    with pytest.raises(VaultError):
        VAULT.unseal(VAULT.seal(b"secret", PLACE), f"{PLACE}x")


def test_another_key_is_refused() -> None:
    with pytest.raises(VaultError, match="Put back the key file"):
        Vault(b"o" * KEY_BYTES).unseal(VAULT.seal(b"secret", PLACE), PLACE)


def test_a_key_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "secret.key"
    Vault.open(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_bytes()) == KEY_BYTES
    assert [each.name for each in tmp_path.iterdir()] == ["secret.key"]


def test_a_key_file_is_used_again(tmp_path: Path) -> None:
    file = tmp_path / "secret.key"
    sealed = Vault.open(file).seal(b"secret", PLACE)
    assert Vault.open(file).unseal(sealed, PLACE) == b"secret"


@pytest.mark.parametrize("content", [b"", b"short", b"x" * (KEY_BYTES + 1)])
def test_a_damaged_key_file_is_told_and_left_alone(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "secret.key"
    file.write_bytes(content)
    with pytest.raises(VaultError, match="is damaged"):
        Vault.open(file)
    assert file.read_bytes() == content


class KilledError(Exception):
    """The process ends here."""


def test_a_crash_before_the_key_is_in_place_leaves_no_half_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret.key"

    def killed(*_args: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", killed)
        with pytest.raises(KilledError):
            Vault.open(file)
    assert not file.exists()
    Vault.open(file)
    assert len(file.read_bytes()) == KEY_BYTES
    assert [each.name for each in tmp_path.iterdir()] == ["secret.key"], "the draft is gone too"


def test_the_slower_of_two_processes_takes_the_key_of_the_faster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "secret.key"
    link = os.link

    def beaten(draft: Path, target: Path) -> None:
        target.write_bytes(b"f" * KEY_BYTES)
        link(draft, target)

    monkeypatch.setattr(os, "link", beaten)
    sealed = Vault.open(file).seal(b"secret", PLACE)
    assert Vault(b"f" * KEY_BYTES).unseal(sealed, PLACE) == b"secret"


def test_a_key_for_a_purpose_is_its_own_and_lasts_as_long_as_the_key_file(tmp_path: Path) -> None:
    file = tmp_path / "secret.key"
    vault = Vault.open(file)
    made = vault.key_for("guests")
    assert made == Vault.open(file).key_for("guests")
    assert made != vault.key_for("something else")
    assert made != Vault.open(tmp_path / "another.key").key_for("guests")
    assert file.read_bytes() not in made


def test_a_key_file_out_of_reach_is_told_by_its_name(tmp_path: Path) -> None:
    for file in (tmp_path, tmp_path / "none" / "secret.key"):
        with pytest.raises(VaultError, match="can be neither read nor made") as raised:
            Vault.open(file)
        assert str(file) in str(raised.value)
