"""Passwords of the project's people: argon2 hashes beside their accounts, and how often one may be wrong."""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import cached_property
from typing import Any

from milepost.errors import MissingExtra, UsageError, did_you_mean
from milepost.labels.people import People
from milepost.store.people import Person
from milepost.web.access import RANKS, ROLES

SHORTEST, LONGEST = 10, 200
"""Characters of a password; longer ones would only keep the hash busy."""
_NAME = re.compile(r"[^\W_][\w .@-]{0,59}")


class Accounts:
    """Lets the project's people in, and changes what they may.

    Args:
        people: who they are, what they may, and the hashes of their passwords.
    """

    def __init__(self, people: People) -> None:
        self.people = people
        self._one = threading.Lock()

    def all(self) -> list[Person]:
        """Every account, by name."""
        return sorted(self.people.all(), key=lambda person: person.name)

    def get(self, name: str) -> Person | None:
        """An account that may be used, or None."""
        found = self.people.find(name)
        return found if found and found.active else None

    def guest(self, name: str) -> Person:
        """The owner who came by the link: an account without a password, made when it is first needed.

        Where somebody of that name has another role here, the name of the owner gets an ending.
        """
        while (found := self.people.find(name)) and not ("owner" in found.roles and found.active):
            name = f"{name} (link)"
        return found or self.people.add(Person(0, name, ("owner",)), name)

    def open(self) -> bool:
        """Whether an owner could sign in with a password."""
        return any(
            person.active and "owner" in person.roles and self.people.password(person)
            for person in self.people.all()
        )

    def add(self, name: str, role: str, password: str, by: str) -> Person:
        """Makes an account.

        Args:
            name: the name to sign in with.
            role: one of `ROLES`, or several with commas between.
            password: in plain letters; a hash of it is kept.
            by: who makes it.

        Raises:
            UsageError: the name is none, the role is unknown, or the password is too short.
            InputError: the name is taken.
        """
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"'{name}' cannot be the name of an account.",
                expected="Letters, digits, spaces and . @ - _, 60 at most.",
            )
        return self.people.add(Person(0, name, roles(role)), by, self._hash(password))

    def change(self, name: str, by: str, password: str = "", **changes: Any) -> Person:
        """Changes what is given of an account, be it open or closed.

        Args:
            name: whose.
            by: who changes it.
            password: a new one, or "".
            changes: `role` as `add` takes it, and fields of `Person`.

        Raises:
            UsageError: there is no such account, or the last owner who can sign in would be lost.
        """
        old = self.people.find(name)
        if old is None:
            names = [person.name for person in self.people.all()]
            raise UsageError(f"there is no account '{name}'.", todo=did_you_mean(name, names))
        if role := changes.pop("role", ""):
            changes["roles"] = roles(role)
        stays = changes.get("active", old.active) and "owner" in changes.get("roles", old.roles)
        others = [p for p in self.people.all() if p.active and "owner" in p.roles and p.id != old.id]
        if old.active and "owner" in old.roles and not stays and not any(map(self.people.password, others)):
            raise UsageError(f"'{name}' is the last owner.", todo="Make somebody else an owner first.")
        if password:
            changes["password"] = self._hash(password)
        return self.people.change(old, by, **changes)

    def check(self, name: str, password: str) -> Person | None:
        """The account of a name and its password, or None; both answers take as long."""
        from argon2.exceptions import InvalidHashError, VerificationError

        account = self.get(name)
        kept = self.people.password(account) if account else ""
        with self._one:  # a hash takes 64 MiB
            try:
                self._hasher.verify(kept or self._nobody, password[:LONGEST])
            except (VerificationError, InvalidHashError):
                return None
        return account if kept else None

    def _hash(self, password: str) -> str:
        if not SHORTEST <= len(password) <= LONGEST:
            raise UsageError(
                f"the password has {len(password)} characters.",
                expected=f"{SHORTEST} to {LONGEST}; a few words that only you put together do well.",
            )
        with self._one:
            return str(self._hasher.hash(password))

    @cached_property
    def _hasher(self) -> Any:
        try:
            import argon2
        except ModuleNotFoundError as problem:
            raise MissingExtra.of("web", "an account with a password") from problem
        return argon2.PasswordHasher()

    @cached_property
    def _nobody(self) -> str:
        return str(self._hasher.hash("nobody has this password"))


def highest(person: Person) -> str:
    """The role of a person that may most.

    >>> highest(Person(1, "ada", ("labeller", "reviewer")))
    'reviewer'
    """
    return max(person.roles, key=lambda role: RANKS[role])


def roles(text: str) -> tuple[str, ...]:
    """Roles from words with commas between.

    Raises:
        UsageError: one of them is unknown, or there is none.

    >>> roles("reviewer, labeller")
    ('labeller', 'reviewer')
    """
    found = tuple(sorted({part.strip() for part in text.split(",")}))
    for role in found:
        if role not in ROLES:
            raise UsageError(f"there is no role '{role}'.", expected=f"One of: {', '.join(ROLES)}.")
    return found


class Attempts:
    """Counts failed sign-ins and says when there were too many, by name and address and by address.

    Args:
        most: failures of a name from one address within `seconds`.
        wide: failures from one address, and failures of one name, within `seconds`.
        seconds: how long a failure counts.
        clock: the time, in seconds.
    """

    def __init__(
        self,
        most: int = 5,
        wide: int = 50,
        seconds: float = 900.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.most, self.wide, self.seconds, self.clock = most, wide, seconds, clock
        self._failed: dict[tuple[str, str], deque[float]] = {}
        self._guard = threading.Lock()

    def wait(self, name: str, address: str) -> float:
        """Seconds until another try is allowed; 0 where it is allowed now."""
        with self._guard:
            self._forget()
            now, until = self.clock(), 0.0
            for key, most in self._keys(name, address):
                times = self._failed.get(key, ())
                if len(times) >= most:
                    until = max(until, times[len(times) - most] + self.seconds - now)
            return max(0.0, until)

    def failed(self, name: str, address: str) -> None:
        """Counts a failure."""
        with self._guard:
            for key, most in self._keys(name, address):
                self._failed.setdefault(key, deque(maxlen=most)).append(self.clock())

    def _keys(self, name: str, address: str) -> tuple[tuple[tuple[str, str], int], ...]:
        return (((name, address), self.most), (("", address), self.wide), ((name, ""), self.wide))

    def _forget(self) -> None:
        old = self.clock() - self.seconds
        for key in [key for key, times in self._failed.items() if times[-1] < old]:
            del self._failed[key]
