"""What all pages share: the project, who is signed in, the run that is going, the audit."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from milepost.brief import FILE
from milepost.errors import MilepostError
from milepost.labels.labels import Labels
from milepost.ledger import Ledger
from milepost.project import Project
from milepost.project.tell import title
from milepost.steps.work import STORE
from milepost.store.people import Person as Member
from milepost.store.rows import Rows
from milepost.web.access import Person
from milepost.web.accounts import Accounts, Attempts, highest
from milepost.web.costly import Costly
from milepost.web.runs import Runs
from milepost.web.sessions import Sessions

AUDIT = "audit"


class Unframed(MilepostError):
    """There is no project in the folder yet; the page that begins one is `/begin`."""


@dataclass(frozen=True)
class Door:
    """How people come in.

    Args:
        link: by a link that was printed, without accounts; else by name and password.
        owner: the name of who comes in by the link.
        key: the link's secret, good for one use.
        port: the server's; a cookie's name holds it, since browsers tell ports not apart.
        names: names by which the server may be addressed.
        secure: whether it speaks TLS, so that cookies are sent over nothing else.
    """

    link: bool = True
    owner: str = ""
    key: str = ""
    port: int = 0
    names: tuple[str, ...] = ()
    secure: bool = False


@dataclass
class Site:
    """One project on the web, or a folder in which one is begun."""

    folder: Path
    door: Door
    attempts: Attempts = field(default_factory=Attempts)

    def __post_init__(self) -> None:
        self.cookie = f"milepost-{self.door.port}"
        self.visit = f"{self.cookie}-visit"
        self._guard = threading.Lock()
        self._key = self.door.key
        self._project: Project | None = Project(self.folder) if self.begun else None
        self._stamp = self._changed()
        project = self._project
        self.rows = project.ledger.rows if project else Rows(self.folder / STORE / "rows.db")
        self.sessions = Sessions(self.rows)
        self.labels = Labels(self.rows)
        self.accounts = Accounts(self.labels.people)
        self.runs = Runs(self.folder)
        self.transfers = Runs(self.folder, "transfers", "milepost.web.porter")
        self.agreement = Costly()
        self.column = ""
        self.seats: dict[str, Site] = {}
        """The site with the labels of each column in place of the target's, by the name of the column."""
        self.kept: dict[str, Any] = {}
        """What pages remember from one request to the next, by a name that changes with what it is of."""

    @property
    def begun(self) -> bool:
        """Whether there is a project."""
        return (self.folder / FILE).is_file()

    @property
    def project(self) -> Project:
        """The project as its brief is now.

        Raises:
            Unframed: there is none yet.
        """
        with self._guard:
            if (stamp := self._changed()) != self._stamp:
                made, known = Project(self.folder), self._project
                made.ledger.rows.close()
                made.ledger = known.ledger if known else Ledger(self.rows)
                made.blobs = known.blobs if known else made.blobs
                self._project, self._stamp = made, stamp
            if self._project is None:
                raise Unframed(f"there is no project in '{self.folder}' yet.", todo="Begin one: /begin")
            return self._project

    @property
    def title(self) -> str:
        """The project's name."""
        return title(self.project.road) if self.begun else self.folder.absolute().name

    def who(self, cookies: Mapping[str, str]) -> Person:
        """The person behind a request's cookies; a stranger has the role "anyone"."""
        token = cookies.get(self.cookie, "")
        name = self.sessions.name(token, "link" if self.door.link else "password")
        if name and self.door.link:
            return Person(name, "owner", token)
        account = self.accounts.get(name) if name else None
        if account is not None:
            return Person(account.name, highest(account), token)
        return Person("", "anyone", cookies.get(self.visit, ""))

    def member(self, person: Person) -> Member:
        """The account of whoever asks, which labels are given as."""
        return self.accounts.guest(person.name) if self.door.link else self.accounts.people.named(person.name)

    def unlock(self, key: str) -> str:
        """Takes the one-time link and returns the secret of the session that it begins, or ""."""
        import hmac

        with self._guard:
            if not self._key or not hmac.compare_digest(self._key.encode(), key.encode()):
                return ""
            self._key = ""
        return self.sessions.begin(self.door.owner, "link")

    def audit(self, person: Person, what: str, body: Mapping[str, Any]) -> None:
        """Notes who asked for which change, before it is made."""
        said = {"by": person.name, "role": person.role, **body}
        self.rows.append(AUDIT, what, said)

    def remember(self, subject: str, version: str, make: Any) -> Any:
        """What was made for this version of a subject, or else makes it."""
        known = self.kept.get(subject)
        if known is not None and known[0] == version:
            return known[1]
        made = make()
        self.kept[subject] = (version, made)
        return made

    def _changed(self) -> tuple[int, int]:
        try:
            found = (self.folder / FILE).stat()
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_size
