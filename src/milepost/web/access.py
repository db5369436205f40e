"""Who may do what: roles, and the one dependency that every route has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request

from milepost.errors import MilepostError

RANKS: Mapping[str, int] = {"anyone": 0, "labeller": 1, "reviewer": 2, "owner": 3}
"""Each role may do what those below it may."""
ROLES = tuple(name for name in RANKS if name != "anyone")


@dataclass(frozen=True)
class Person:
    """Somebody who asks for a page.

    Args:
        name: the name that stands in the ledger; "" of a stranger.
        role: one of `RANKS`.
        token: the secret of the session or of the visit; forms carry a proof of it.
    """

    name: str
    role: str
    token: str = ""

    def may(self, role: str) -> bool:
        """Whether this person may do what a role may.

        >>> Person("ada", "reviewer").may("labeller"), Person("ada", "reviewer").may("owner")
        (True, False)
        """
        return RANKS[self.role] >= RANKS[role]


class Stranger(MilepostError):
    """Nobody is signed in, and the page is not for everybody."""


class Denied(MilepostError):
    """The person may not see or do this."""


class Need:
    """The dependency of every route: lets through who has a role, or a higher one.

    Args:
        role: the lowest role that may.
    """

    def __init__(self, role: str) -> None:
        self.role = role
        self.rank = RANKS[role]

    def __call__(self, request: Request) -> Person:
        """The person who asks.

        Raises:
            Stranger: nobody is signed in.
            Denied: the role is too low.
        """
        person: Person = request.app.state.site.who(request.cookies)
        request.state.person = person
        if person.may(self.role):
            return person
        if person.role == "anyone":
            raise Stranger("nobody is signed in.", todo="Sign in first.")
        raise Denied(
            f"{person.name} is {person.role} here.",
            expected=f"This is for the role {self.role}.",
            todo="Ask an owner of the project.",
        )
