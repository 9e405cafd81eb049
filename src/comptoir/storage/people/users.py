"""People: who may sign in, and what each may do in which organization."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from comptoir.storage.database import Database, inserted_id
from comptoir.storage.tables import memberships, organizations, users
from comptoir.storage.vault import Vault


class Role(StrEnum):
    """What a person may do in an organization: each may also do what those after it may."""

    OWNER = "owner"
    ACCOUNTANT = "accountant"
    VIEWER = "viewer"


@dataclass(frozen=True, slots=True)
class User:
    """A person with an account. `totp_step`: the half minute of the last code used."""

    id: int
    email: str
    name: str
    password_hash: str
    language: str
    theme: str
    has_two_factor: bool
    totp_step: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Membership:
    """An organization that a person belongs to. `is_demo`: everything in it is made up."""

    organization_id: int
    organization: str
    role: Role
    is_demo: bool


@dataclass(frozen=True, slots=True)
class Member:
    """A person of an organization."""

    user: User
    role: Role


def fold_email(address: str) -> str:
    """An address as it is compared: nobody types it twice alike."""
    return address.strip().casefold()


class Users:
    """Every reading and writing of accounts; with a `connection`, in the caller's transaction."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def any(self) -> bool:
        """Whether anybody has an account."""
        with self._database.read() as connection:
            return connection.execute(select(users.c.id).limit(1)).first() is not None

    def add(self, connection: Connection, *, email: str, name: str, password_hash: str, language: str) -> User:
        """Make an account; the address must be free."""
        done = connection.execute(
            insert(users).values(
                email=fold_email(email),
                name=name,
                password_hash=password_hash,
                language=language,
                theme="auto",
                created_at=datetime.now(UTC),
            )
        )
        return user_from(connection.execute(select(users).where(users.c.id == inserted_id(done))).mappings().one())

    def get(self, user_id: int) -> User:
        """The person; they must exist."""
        with self._database.read() as connection:
            return user_from(connection.execute(select(users).where(users.c.id == user_id)).mappings().one())

    def by_email(self, email: str) -> User | None:
        """The person of this address, however it was typed."""
        with self._database.read() as connection:
            query = select(users).where(users.c.email == fold_email(email))
            row = connection.execute(query).mappings().one_or_none()
        return user_from(row) if row is not None else None

    def change(self, connection: Connection, user_id: int, **values: str | int) -> None:
        """Write columns of an account: name, password_hash, language, theme, totp_step."""
        connection.execute(update(users).where(users.c.id == user_id).values(**values))

    # The second factor

    def set_totp(self, connection: Connection, user: User, secret: str, step: int | None) -> None:
        """Ask for codes of this secret from now on; `step` is that of the code that proved it."""
        sealed = self._vault.seal(secret.encode(), _place(user.id))
        connection.execute(update(users).where(users.c.id == user.id).values(totp_secret=sealed, totp_step=step))

    def drop_totp(self, connection: Connection, user_id: int) -> None:
        """Ask for no codes any more."""
        connection.execute(update(users).where(users.c.id == user_id).values(totp_secret=None, totp_step=None))

    def totp_secret(self, user: User) -> str | None:
        """The secret of the codes; None where none are asked for."""
        with self._database.read() as connection:
            sealed = connection.execute(select(users.c.totp_secret).where(users.c.id == user.id)).scalar_one()
        return self._vault.unseal(sealed, _place(user.id)).decode() if sealed is not None else None

    def use_step(self, user: User, step: int) -> bool:
        """Mark the code of this half minute as used; False where it, or a later one, was used already."""
        fresh = users.c.totp_step.is_(None) | (users.c.totp_step < step)
        with self._database.write() as connection:
            done = connection.execute(update(users).where(users.c.id == user.id, fresh).values(totp_step=step))
        return done.rowcount == 1

    # Organizations

    def organization_name(self, organization_id: int) -> str:
        """What an organization is called."""
        query = select(organizations.c.name).where(organizations.c.id == organization_id)
        with self._database.read() as connection:
            return str(connection.execute(query).scalar_one())

    def add_organization(self, connection: Connection, name: str, *, is_demo: bool = False) -> int:
        """Make an organization; answers its id."""
        made = {"name": name, "created_at": datetime.now(UTC), "is_demo": is_demo}
        return inserted_id(connection.execute(insert(organizations).values(made)))

    def demos(self) -> list[int]:
        """The organizations in which everything is made up."""
        with self._database.read() as connection:
            return list(connection.execute(select(organizations.c.id).where(organizations.c.is_demo)).scalars())

    def rename_organization(self, connection: Connection, organization_id: int, name: str) -> None:
        """Call an organization otherwise."""
        connection.execute(update(organizations).where(organizations.c.id == organization_id).values(name=name))

    def memberships(self, user_id: int) -> list[Membership]:
        """The organizations of a person, oldest first."""
        query = (
            select(memberships.c.organization_id, organizations.c.name, memberships.c.role, organizations.c.is_demo)
            .join(organizations, organizations.c.id == memberships.c.organization_id)
            .where(memberships.c.user_id == user_id)
            .order_by(memberships.c.organization_id)
        )
        with self._database.read() as connection:
            return [Membership(place, name, Role(role), demo) for place, name, role, demo in connection.execute(query)]

    def members(self, organization_id: int) -> list[Member]:
        """The people of an organization, by name."""
        query = (
            select(users, memberships.c.role)
            .join(memberships, memberships.c.user_id == users.c.id)
            .where(memberships.c.organization_id == organization_id)
            .order_by(users.c.name, users.c.id)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).mappings()
            return [Member(user_from(row), Role(row[memberships.c.role])) for row in rows]

    def join(self, connection: Connection, organization_id: int, user_id: int, role: Role) -> None:
        """Let a person into an organization, or give them another role there."""
        own = _own(organization_id, user_id)
        if connection.execute(update(memberships).where(own).values(role=role.value)).rowcount == 0:
            connection.execute(
                insert(memberships).values(organization_id=organization_id, user_id=user_id, role=role.value)
            )

    def leave(self, connection: Connection, organization_id: int, user_id: int) -> None:
        """Let a person into an organization no longer."""
        connection.execute(delete(memberships).where(_own(organization_id, user_id)))

    def owners(self, connection: Connection, organization_id: int) -> int:
        """How many owners an organization has."""
        query = (
            select(func.count())
            .select_from(memberships)
            .where(memberships.c.organization_id == organization_id, memberships.c.role == Role.OWNER.value)
        )
        return int(connection.execute(query).scalar_one())


def _own(organization_id: int, user_id: int) -> Any:
    return (memberships.c.organization_id == organization_id) & (memberships.c.user_id == user_id)


def _place(user_id: int) -> str:
    return f"users/{user_id}/totp"


def user_from(found: RowMapping) -> User:
    """The person in a row, which may hold other columns beside their own."""
    return User(
        id=found[users.c.id],
        email=found[users.c.email],
        name=found[users.c.name],
        password_hash=found[users.c.password_hash],
        language=found[users.c.language],
        theme=found[users.c.theme],
        has_two_factor=found[users.c.totp_secret] is not None,
        totp_step=found[users.c.totp_step],
        created_at=found[users.c.created_at],
    )
