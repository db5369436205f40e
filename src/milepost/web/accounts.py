"""People with a password: kept as argon2 hashes in the project's log, each change a row of its own."""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from milepost.errors import MissingExtra, UsageError, did_you_mean
from milepost.store.rows import Rows
from milepost.web.access import ROLES

STREAM = "account"
SHORTEST, LONGEST = 10, 200
"""Characters of a password; longer ones would only keep the hash busy."""
_NAME = re.compile(r"[^\W_][\w .@-]{0,59}")


@dataclass(frozen=True)
class Account:
    """One person's account.

    Args:
        name: the name to sign in with, which stands in the ledger.
        role: owner, reviewer or labeller.
        open: whether it may be used.
        hash: of the password.
    """

    name: str
    role: str
    open: bool
    hash: str


class Accounts:
    """All accounts of a project.

    Args:
        rows: the log that keeps them.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self._one = threading.Lock()

    def all(self) -> list[Account]:
        """Every account, by name."""
        newest = {entry.key: entry.body for entry in self.rows.select(STREAM)}
        return [Account(name, **newest[name]) for name in sorted(newest)]

    def get(self, name: str) -> Account | None:
        """An account that may be used, or None."""
        entry = self.rows.last(STREAM, name)
        found = Account(name, **entry.body) if entry else None
        return found if found and found.open else None

    def add(self, name: str, role: str, password: str) -> Account:
        """Makes an account.

        Raises:
            UsageError: the name is taken or none, the role is unknown, or the password is too short.
        """
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"'{name}' cannot be the name of an account.",
                expected="Letters, digits, spaces and . @ - _, 60 at most.",
            )
        if self.rows.last(STREAM, name):
            raise UsageError(f"there is an account '{name}' already.", todo="Take another name.")
        return self._keep(Account(name, _role(role), True, self._hash(password)))

    def change(self, name: str, role: str = "", password: str = "", open: bool | None = None) -> Account:
        """Changes what is given of an account, be it open or closed.

        Raises:
            UsageError: there is no such account, or the last open owner would be lost.
        """
        known = {account.name: account for account in self.all()}
        if name not in known:
            raise UsageError(f"there is no account '{name}'.", todo=did_you_mean(name, known))
        old = known[name]
        made = Account(
            name,
            _role(role) if role else old.role,
            old.open if open is None else open,
            self._hash(password) if password else old.hash,
        )
        owners = [a for a in (*(v for k, v in known.items() if k != name), made) if a.open]
        if old.role == "owner" and old.open and not any(a.role == "owner" for a in owners):
            raise UsageError(f"'{name}' is the last owner.", todo="Make somebody else an owner first.")
        return self._keep(made)

    def check(self, name: str, password: str) -> Account | None:
        """The account of a name and its password, or None; both answers take as long."""
        from argon2.exceptions import InvalidHashError, VerificationError

        account = self.get(name)
        with self._one:  # a hash takes 64 MiB
            try:
                self._hasher.verify(account.hash if account else self._nobody, password[:LONGEST])
            except (VerificationError, InvalidHashError):
                return None
        return account

    def _keep(self, account: Account) -> Account:
        body = {"role": account.role, "open": account.open, "hash": account.hash}
        self.rows.append(STREAM, account.name, body)
        return account

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


def _role(role: str) -> str:
    if role not in ROLES:
        raise UsageError(f"there is no role '{role}'.", expected=f"One of: {', '.join(ROLES)}.")
    return role


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
