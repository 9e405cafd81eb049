"""What people do with their accounts: take a fresh installation, sign in, invite, leave, choose a new password.

What does not go well is answered as a `Message` for the person. Every change is in the trail, in the same transaction.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from sqlalchemy import Connection

from comptoir.books.problems import Message
from comptoir.storage.connections import Connections
from comptoir.storage.database import Database
from comptoir.storage.people.api_tokens import ApiTokens, Scope
from comptoir.storage.people.attempts import Attempts
from comptoir.storage.people.links import Link, Links, Purpose
from comptoir.storage.people.recovery import RecoveryCodes
from comptoir.storage.people.sessions import Session, Sessions
from comptoir.storage.people.trail import Trail
from comptoir.storage.people.users import Role, User, Users, fold_email
from comptoir.storage.upkeep.removing import remove_demo
from comptoir.storage.vault import Vault
from comptoir.web.access import passwords, two_factor

ACCOUNT_LIMIT = 10
"""Failed sign-ins of one account within the window."""
ADDRESS_LIMIT = 30
"""The same from one address: an office may share it."""
ASKED_LIMIT = 3
"""Links to choose a new password that one address is mailed within the window."""
NAME_LIMIT = 100
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+|[^@\s]+@localhost")
EMAIL_LIMIT = 254
NOUGHT = "\x00"
"""The one character that PostgreSQL keeps in no text."""

WRONG = Message("This e-mail address and password do not belong together. Look at both and try again.")
WRONG_CODE = Message("This code is not right, or was used already. Try another one.")
SLOW_DOWN = Message("Too many attempts. Wait a quarter of an hour, then try again.")
NOT_YOURS = Message("This is not your present password.")
LINK_IS_SPENT = Message("This link was used already, or is too old. Ask for a new one.")
NAME_A_TOKEN = Message("Say what the token is for, in at most {most} characters.", {"most": str(NAME_LIMIT)})
LAST_OWNER = Message("An organization needs an owner. Make somebody else an owner first.")


class RefusedError(Exception):
    """What was asked for cannot be done; `message` says why, to the person who asked."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes a change: a person, or nobody (the command line, or a holder of a link)."""

    who: str = ""
    user_id: int | None = None

    @classmethod
    def person(cls, user: User) -> Actor:
        """A person who is signed in."""
        return cls(user.email, user.id)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session's secret for the cookie; `needs_code` where the second factor is still to come."""

    token: str
    needs_code: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """What a person says of themselves."""

    email: str
    name: str
    password: str = field(repr=False)
    language: str

    def checked(self) -> NewPerson:
        """The same, tidied; RefusedError names what is missing."""
        name, email = _own_name(self.name), self.email.strip()
        _check_email(email)
        weakness = passwords.weakness(self.password, email)
        if weakness:
            _refuse(weakness)
        return NewPerson(email=email, name=name, password=self.password, language=self.language)


@dataclass(frozen=True, slots=True)
class Accounts:
    """The rooms that hold accounts, and everything that people do with them."""

    database: Database
    users: Users
    sessions: Sessions
    links: Links
    recovery: RecoveryCodes
    attempts: Attempts
    trail: Trail
    connections: Connections
    api_tokens: ApiTokens

    @classmethod
    def open(cls, database: Database, vault: Vault) -> Accounts:
        """The rooms of one database."""
        return cls(
            database=database,
            users=Users(database, vault),
            sessions=Sessions(database),
            links=Links(database),
            recovery=RecoveryCodes(database),
            attempts=Attempts(database),
            trail=Trail(database),
            connections=Connections(database, vault),
            api_tokens=ApiTokens(database),
        )

    # The fresh installation

    def setup_token(self) -> str | None:
        """The secret that takes a fresh installation, an earlier one dies; None once somebody has an account."""
        if self.users.any():
            return None
        with self.database.write() as connection:
            return self.links.make(connection, Purpose.SETUP)

    def take(self, token: str, organization: str, person: NewPerson) -> User:
        """Make the owner of a fresh installation."""
        link = self.links.find(token, Purpose.SETUP)
        if link is None or self.users.any():
            _refuse(LINK_IS_SPENT)
        person, name = person.checked(), _organization_name(organization)
        hashed = passwords.hash_of(person.password)
        place = self.connections.organization()
        with self.database.write() as connection:
            self._spend(connection, link)
            self.users.rename_organization(connection, place, name)
            user = self._add(connection, person, hashed)
            self.users.join(connection, place, user.id, Role.OWNER)
            self._note(connection, "installation taken", Actor.person(user), place, name)
        return user

    # Signing in

    def sign_in(self, email: str, password: str, address: str, device: str) -> SignedIn:
        """A session for whoever knows the password; `address` is where they come from."""
        account, place = f"account:{fold_email(email)}", f"address:{address}"
        self._not_too_often({account: ACCOUNT_LIMIT, place: ADDRESS_LIMIT})
        user = self.users.by_email(email)
        if not passwords.fits(password, user.password_hash if user else None) or user is None:
            self.attempts.note((account, place))
            _refuse(WRONG)
        if passwords.is_outdated(user.password_hash):
            with self.database.write() as connection:
                self.users.change(connection, user.id, password_hash=passwords.hash_of(password))
        if not user.has_two_factor:
            self.attempts.forget(account)
        return self._begin(user, device, is_complete=not user.has_two_factor)

    def give_code(self, token: str, session: Session, code: str) -> SignedIn:
        """The second factor, or a recovery code in its place: a whole session begins, under another secret."""
        user = self.users.get(session.user_id)
        account = f"account:{user.email}"
        self._not_too_often({account: ACCOUNT_LIMIT})
        secret = self.users.totp_secret(user)
        step = two_factor.step_of(secret, code, time.time()) if secret else None
        is_right = self.users.use_step(user, step) if step is not None else self._spend_recovery(user, code)
        if not is_right:
            self.attempts.note((account,))
            _refuse(WRONG_CODE)
        self.attempts.forget(account)
        self.sessions.end(token)
        return self._begin(user, session.device, is_complete=True)

    def _spend_recovery(self, user: User, code: str) -> bool:
        with self.database.write() as connection:
            is_good = self.recovery.spend(connection, user.id, code)
            if is_good:
                self._note(connection, "recovery code used", Actor.person(user), None, user.email)
        return is_good

    def begin(self, user: User, device: str) -> SignedIn:
        """A session for somebody who has just proved themselves otherwise, by a link."""
        return self._begin(user, device, is_complete=not user.has_two_factor)

    def _begin(self, user: User, device: str, *, is_complete: bool) -> SignedIn:
        places = self.users.memberships(user.id)
        first = places[0].organization_id if places else None
        token = self.sessions.open(user.id, first, device, is_complete=is_complete)
        return SignedIn(token, needs_code=not is_complete)

    # One's own account

    def change_profile(self, user: User, name: str, language: str, theme: str) -> None:
        """What a person is called, and how pages look to them."""
        tidy = _own_name(name)
        with self.database.write() as connection:
            self.users.change(connection, user.id, name=tidy, language=language, theme=theme)
            self._note(connection, "profile changed", Actor.person(user), None, tidy)

    def change_password(self, user: User, old: str, new: str, device: str) -> SignedIn:
        """Another password: every session ends, and a new one begins here."""
        self._check_own(user, old)
        self._set_password(user, new, Actor.person(user))
        return self._begin(user, device, is_complete=True)

    def _check_own(self, user: User, password: str) -> None:
        """Refuse who does not know the password of the account that they are signed in to; few may be tried."""
        account = f"account:{user.email}"
        self._not_too_often({account: ACCOUNT_LIMIT})
        if not passwords.fits(password, user.password_hash):
            self.attempts.note((account,))
            _refuse(NOT_YOURS)

    def _set_password(self, user: User, new: str, actor: Actor, link: Link | None = None) -> None:
        weakness = passwords.weakness(new, user.email)
        if weakness:
            _refuse(weakness)
        hashed = passwords.hash_of(new)
        with self.database.write() as connection:
            if link is not None:
                self._spend(connection, link)
            self.users.change(connection, user.id, password_hash=hashed)
            self.sessions.end_all(connection, user.id)
            self._note(connection, "password changed", actor, None, user.email)
        self.attempts.forget(f"account:{user.email}")

    def start_two_factor(self, user: User, secret: str, code: str) -> list[str]:
        """Ask for codes from now on; the first one shows that the telephone has the secret. Answers recovery codes."""
        step = two_factor.step_of(secret, code, time.time())
        if step is None:
            _refuse(WRONG_CODE)
        with self.database.write() as connection:
            self.users.set_totp(connection, user, secret, step)
            self._note(connection, "two-factor codes on", Actor.person(user), None, user.email)
            return self.recovery.renew(connection, user.id)

    def renew_recovery(self, user: User, password: str) -> list[str]:
        """Other recovery codes; those of before work no longer."""
        self._check_own(user, password)
        with self.database.write() as connection:
            self._note(connection, "recovery codes made", Actor.person(user), None, user.email)
            return self.recovery.renew(connection, user.id)

    def stop_two_factor(self, user: User, password: str) -> None:
        """Ask for codes no longer."""
        self._check_own(user, password)
        with self.database.write() as connection:
            self._drop_codes(connection, user)
            self._note(connection, "two-factor codes off", Actor.person(user), None, user.email)

    def _drop_codes(self, connection: Connection, user: User) -> None:
        self.users.drop_totp(connection, user.id)
        self.recovery.drop(connection, user.id)

    # A password forgotten

    def reset_token(self, email: str, actor: Actor) -> str | None:
        """The secret of a link to choose a new password; None where nobody has this address."""
        user = self.users.by_email(email)
        if user is None:
            return None
        with self.database.write() as connection:
            self._note(connection, "password link made", actor, None, user.email)
            return self.links.make(connection, Purpose.RESET, user_id=user.id)

    def ask_for_reset(self, email: str, address: str) -> str | None:
        """The same for somebody at the sign-in page; asked too often, from anywhere, it is refused."""
        asked, place = f"asked:{fold_email(email)}", f"asked from:{address}"
        self._not_too_often({asked: ASKED_LIMIT, place: ADDRESS_LIMIT})
        self.attempts.note((asked, place))
        return self.reset_token(email, Actor())

    def person_of_reset(self, token: str) -> User:
        """Whose password this link changes."""
        return self._reset(token)[1]

    def _reset(self, token: str) -> tuple[Link, User]:
        link = self.links.find(token, Purpose.RESET)
        if link is None or link.user_id is None:
            _refuse(LINK_IS_SPENT)
        return link, self.users.get(link.user_id)

    def reset_password(self, token: str, new: str, device: str) -> SignedIn:
        """Another password for the holder of a link; codes are asked for as before."""
        link, user = self._reset(token)
        self._set_password(user, new, Actor(user.email), link)
        return self.begin(user, device)

    def drop_two_factor(self, email: str, actor: Actor) -> bool:
        """For somebody who lost the telephone; whether there is such a person."""
        user = self.users.by_email(email)
        if user is None:
            return False
        with self.database.write() as connection:
            self._drop_codes(connection, user)
            self._note(connection, "two-factor codes off", actor, None, user.email)
        return True

    # Others

    def invite(self, organization_id: int, email: str, role: Role, actor: Actor) -> str:
        """The secret of a link that lets its holder join as `role`."""
        email = email.strip()
        _check_email(email)
        if any(each.user.email == email.casefold() for each in self.users.members(organization_id)):
            _refuse(Message("{email} belongs to the organization already.", {"email": email}))
        with self.database.write() as connection:
            self._note(connection, "invited", actor, organization_id, email, role=role.value)
            return self.links.make(
                connection,
                Purpose.INVITE,
                organization_id=organization_id,
                email=email.casefold(),
                role=role,
                made_by=actor.user_id,
            )

    def invitation(self, token: str) -> Link:
        """The invitation behind a link."""
        link = self.links.find(token, Purpose.INVITE)
        if link is None:
            _refuse(LINK_IS_SPENT)
        return link

    def join_anew(self, token: str, person: NewPerson) -> User:
        """Make an account for somebody who was invited; the address is that of the invitation."""
        link = self.invitation(token)
        person = NewPerson(
            email=link.email, name=person.name, password=person.password, language=person.language
        ).checked()
        if self.users.by_email(person.email) is not None:
            _refuse(Message("You have an account already. Sign in, then open the link again."))
        hashed = passwords.hash_of(person.password)
        with self.database.write() as connection:
            user = self._add(connection, person, hashed)
            self._join(connection, link, user)
        return user

    def join(self, token: str, user: User) -> int:
        """Let somebody who is signed in join; answers the organization."""
        link = self.invitation(token)
        if link.email != user.email:
            _refuse(
                Message(
                    "This invitation is for {email}, and you are signed in as {own}.",
                    {"email": link.email, "own": user.email},
                )
            )
        with self.database.write() as connection:
            return self._join(connection, link, user)

    def _join(self, connection: Connection, link: Link, user: User) -> int:
        if link.organization_id is None or link.role is None:
            raise AssertionError("an invitation names an organization and a role")
        self._spend(connection, link)
        self.users.join(connection, link.organization_id, user.id, link.role)
        self._note(connection, "joined", Actor.person(user), link.organization_id, user.email, role=link.role.value)
        return link.organization_id

    def withdraw_invitation(self, organization_id: int, link_id: int, actor: Actor) -> bool:
        """Take an invitation back; whether the organization had it."""
        with self.database.write() as connection:
            link = self.links.withdraw(connection, organization_id, link_id)
            if link is not None:
                self._note(connection, "invitation taken back", actor, organization_id, link.email)
        return link is not None

    def set_role(self, organization_id: int, user: User, role: Role, actor: Actor) -> None:
        """Give a member another role; the last owner stays one."""
        with self.database.write() as connection:
            self.users.join(connection, organization_id, user.id, role)
            if self.users.owners(connection, organization_id) == 0:
                _refuse(LAST_OWNER)
            self._note(connection, "role changed", actor, organization_id, user.email, role=role.value)

    def remove(self, organization_id: int, user: User, actor: Actor) -> None:
        """Let a member in no longer; the last owner stays."""
        with self.database.write() as connection:
            self.users.leave(connection, organization_id, user.id)
            if self.users.owners(connection, organization_id) == 0:
                _refuse(LAST_OWNER)
            self._note(connection, "removed", actor, organization_id, user.email)

    def add_organization(self, user: User, name: str) -> int:
        """Another organization, with its maker as owner."""
        tidy = _organization_name(name)
        with self.database.write() as connection:
            made = self.users.add_organization(connection, tidy)
            self.users.join(connection, made, user.id, Role.OWNER)
            self._note(connection, "organization made", Actor.person(user), made, tidy)
        return made

    def add_demo(self, user: User, name: str) -> int:
        """An organization in which everything is made up."""
        with self.database.write() as connection:
            made = self.users.add_organization(connection, name, is_demo=True)
            self.users.join(connection, made, user.id, Role.OWNER)
            self._note(connection, "demo begun", Actor.person(user), self._real(user), name)
        return made

    def remove_demo(self, user: User, organization_id: int) -> None:
        """Remove a demo and everything in it. Raises NoDemoError."""
        name = self.users.organization_name(organization_id)
        with self.database.write() as connection:
            remove_demo(connection, organization_id)
            self._note(connection, "demo removed", Actor.person(user), self._real(user), name)

    def _real(self, user: User) -> int | None:
        """Where it is noted what a person does with demos, whose own trail goes with them."""
        places = (each.organization_id for each in self.users.memberships(user.id) if not each.is_demo)
        return next(places, None)

    def rename_organization(self, organization_id: int, name: str, actor: Actor) -> None:
        """Call an organization otherwise."""
        tidy = _organization_name(name)
        with self.database.write() as connection:
            self.users.rename_organization(connection, organization_id, tidy)
            self._note(connection, "organization renamed", actor, organization_id, tidy)

    # Programs

    def make_api_token(self, organization_id: int, name: str, scope: Scope, days: int | None, actor: Actor) -> str:
        """The secret of a new token for a program, good for so many days; None: until somebody ends it."""
        tidy = _tidied(name, NAME_A_TOKEN)
        until = datetime.now(UTC) + timedelta(days=days) if days else None
        with self.database.write() as connection:
            secret, _ = self.api_tokens.make(
                connection, organization_id, tidy, scope, made_by=actor.user_id, expires_at=until
            )
            self._note(connection, "token made", actor, organization_id, tidy, scope=scope.value)
        return secret

    def revoke_api_token(self, organization_id: int, token_id: int, actor: Actor) -> bool:
        """End a token; whether the organization had such a living one."""
        with self.database.write() as connection:
            found = self.api_tokens.revoke(connection, organization_id, token_id)
            if found is not None:
                self._note(connection, "token ended", actor, organization_id, found.name)
        return found is not None

    def record(self, action: str, actor: Actor, organization_id: int, subject: str, **detail: str) -> None:
        """Write down what was done elsewhere: a sync, a retry, an undo."""
        with self.database.write() as connection:
            self._note(connection, action, actor, organization_id, subject, **detail)

    def _add(self, connection: Connection, person: NewPerson, hashed: str) -> User:
        return self.users.add(
            connection, email=person.email, name=person.name, password_hash=hashed, language=person.language
        )

    def _not_too_often(self, limits: Mapping[str, int]) -> None:
        """Refuse whoever tried without success too often; `limits`: how often, by what is counted."""
        if any(self.attempts.count(what) >= most for what, most in limits.items()):
            _refuse(SLOW_DOWN)

    def _spend(self, connection: Connection, link: Link) -> None:
        if not self.links.use(connection, link):
            _refuse(LINK_IS_SPENT)

    def _note(
        self, connection: Connection, action: str, actor: Actor, place: int | None, subject: str, **detail: str
    ) -> None:
        self.trail.note(
            connection,
            action,
            who=actor.who,
            user_id=actor.user_id,
            organization_id=place,
            subject=subject,
            **detail,
        )


def _own_name(name: str) -> str:
    return _tidied(name, Message("Say what you are called, in at most {most} characters.", {"most": str(NAME_LIMIT)}))


def _organization_name(name: str) -> str:
    most = {"most": str(NAME_LIMIT)}
    return _tidied(name, Message("Give the organization a name of at most {most} characters.", most))


def _tidied(name: str, otherwise: Message) -> str:
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > NAME_LIMIT or NOUGHT in tidy:
        _refuse(otherwise)
    return tidy


def is_email(text: str) -> bool:
    """Whether a text has the form of an e-mail address."""
    return len(text) <= EMAIL_LIMIT and NOUGHT not in text and EMAIL.fullmatch(text) is not None


def _check_email(email: str) -> None:
    if not is_email(email):
        _refuse(Message("{email} is no e-mail address. Write it like name@example.com.", {"email": email or "…"}))


def _refuse(message: Message) -> NoReturn:
    raise RefusedError(message)
