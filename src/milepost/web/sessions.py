"""Sessions: a random secret in a cookie, of which the project's log keeps only a digest."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta

from milepost.store.rows import Rows

STREAM = "session"
HOURS = 12


class Sessions:
    """Who is signed in; survives a restart of the server.

    Args:
        rows: the log that keeps them.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def begin(self, name: str, way: str) -> str:
        """Begins a session and returns its secret.

        Args:
            name: who is signed in.
            way: "password" or "link"; a session counts only where that way in is open.
        """
        token = secrets.token_urlsafe(32)
        until = datetime.now(UTC) + timedelta(hours=HOURS)
        self.rows.append(STREAM, _digest(token), {"name": name, "way": way, "until": until.isoformat()})
        return token

    def name(self, token: str, way: str) -> str:
        """Who a session belongs to, or "" where there is none, it is over, or it came another way."""
        entry = self.rows.last(STREAM, _digest(token)) if token else None
        if entry is None or entry.body["way"] != way:
            return ""
        return (
            str(entry.body["name"]) if datetime.fromisoformat(entry.body["until"]) > datetime.now(UTC) else ""
        )

    def end(self, token: str) -> None:
        """Ends a session."""
        self._over(_digest(token))

    def drop(self, name: str, but: str = "") -> None:
        """Ends every session of a person, except the one with a secret; older ones than last are over."""
        begun = datetime.now(UTC) - timedelta(hours=HOURS)
        newest = {entry.key: entry.body for entry in self.rows.since(STREAM, begun)}
        kept = _digest(but) if but else ""
        for key, body in newest.items():
            if body["name"] == name and body["way"] != "over" and key != kept:
                self._over(key)

    def _over(self, key: str) -> None:
        self.rows.append(STREAM, key, {"name": "", "way": "over", "until": ""})


def proof(token: str) -> str:
    """What a form carries, so that only a page of this session can have sent it.

    >>> proof("a") == proof("a"), proof("a") == proof("b")
    (True, False)
    """
    return hmac.new(token.encode(), b"milepost form", hashlib.sha256).hexdigest()


def proven(token: str, given: str) -> bool:
    """Whether a form's proof belongs to a session.

    >>> proven("a", proof("a")), proven("", proof("")), proven("a", "")
    (True, False, False)
    """
    return bool(token) and hmac.compare_digest(proof(token).encode(), given.encode())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
