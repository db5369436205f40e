"""The web application as a test meets it: visitors of each role, and projects to visit."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from milepost import Project
from milepost.labels.labelset import LabelSet
from milepost.labels.rules import Rules
from milepost.store.people import Person
from milepost.store.stock import NewItem
from milepost.web.app import create
from milepost.web.pages import PROOF
from milepost.web.sessions import proof
from milepost.web.site import Door, Site

PASSWORD = "a few words of mine"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
EVIL = "<script>alert(1)</script>"


@dataclass
class Visitor:
    """Somebody with a browser: cookies, and forms with the proof of their session."""

    client: TestClient
    site: Site
    token: str = ""

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.client.get(path, **more)

    def json(self, path: str) -> Any:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text[:500]
        assert answer.headers["content-type"] == "application/json"
        return answer.json()

    def post(self, path: str, csrf: str | None = None, **fields: str) -> httpx.Response:
        sent = {"csrf": proof(self.token) if csrf is None else csrf, **fields}
        return self.client.post(path, data=sent)

    def act(self, path: str, csrf: str | None = None, **said: Any) -> httpx.Response:
        """What a script of a page asks for."""
        headers = {PROOF: proof(self.token) if csrf is None else csrf}
        return self.client.post(path, json=said, headers=headers)

    def send(self, path: str, fields: dict[str, str]) -> httpx.Response:
        return self.client.post(path, data={"csrf": proof(self.token), **fields})


Visit = Callable[..., Visitor]


def visitor(app: FastAPI, name: str = "") -> Visitor:
    """A visitor who is signed in by a name, or a stranger."""
    site: Site = app.state.site
    client = TestClient(app, base_url="http://localhost", follow_redirects=False)
    token = site.sessions.begin(name, "link" if site.door.link else "password") if name else ""
    if token:
        client.cookies.set(site.cookie, token)
    return Visitor(client, site, token)


def peopled(folder: Path) -> FastAPI:
    """The application for others, with an account of each role whose name is the role."""
    app = create(folder, Door(link=False, port=1))
    for role in ("owner", "reviewer", "labeller"):
        app.state.site.accounts.add(role, role, PASSWORD, "setup")
    return app


@pytest.fixture(scope="session")
def open_app(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The application of a finished project, which tests may read."""
    folder = tmp_path_factory.mktemp("web") / "shop"
    shutil.copytree(finished.folder, folder)
    return peopled(folder)


@pytest.fixture
def reader(open_app: FastAPI) -> Visit:
    """Visits the finished project by role; nothing may be changed."""
    return lambda name="owner": visitor(open_app, name)


@pytest.fixture
def owner(copied: Project) -> Iterator[Visitor]:
    """An owner of a finished project that may be changed."""
    app = create(copied.folder, Door(True, "ada", "k", 1))
    yield visitor(app, "ada")
    app.state.site.runs.close()


@pytest.fixture
def young(tmp_path: Path, shop: pl.DataFrame) -> Iterator[Visitor]:
    """An owner of a project that has just been made."""
    shop.write_csv(tmp_path / "shop.csv")
    Project.new(tmp_path / "young", tmp_path / "shop.csv", "bought", budget="3s")
    app = create(tmp_path / "young", Door(True, "ada", "k", 1))
    yield visitor(app, "ada")
    app.state.site.runs.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium, without a window."""
    playwright = pytest.importorskip("playwright.sync_api", reason="the extra [dev] brings Playwright")
    with playwright.sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield made
        made.close()


Desk = Callable[..., FastAPI]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Makes a project in which labels are given: a set of labels, items, and a person of each role."""
    made: list[FastAPI] = []

    def make(label_set: LabelSet, items: list[NewItem], **rules: Any) -> FastAPI:
        frame = pl.DataFrame({"x": range(40), "y": ["a", "b"] * 20})
        frame.write_csv(tmp_path / "rows.csv")
        Project.new(tmp_path / "desk", tmp_path / "rows.csv", "y", budget="3s")
        app = peopled(tmp_path / "desk")
        site: Site = app.state.site
        for name in ("bob", "cy"):
            site.accounts.people.add(Person(0, name, ("labeller",)), "setup")
        site.labels.start(label_set, "owner", Rules(**rules))
        site.labels.add_items(items, "owner")
        made.append(app)
        return app

    yield make
    for app in made:
        app.state.site.runs.close()


@pytest.fixture(scope="session")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """A finished project whose file, columns, labels and cells try to be scripts and formulas."""
    import numpy as np

    folder = tmp_path_factory.mktemp("nasty")
    rng = np.random.default_rng(0)
    x = rng.normal(size=240)
    likes = np.where(x + 0.5 * rng.normal(size=240) > 0, f"{EVIL}yes", "=1+1")
    cells = np.where(rng.random(240) < 0.5, f"</td>{EVIL}", "=HYPERLINK(1)")
    frame = pl.DataFrame({f"x{EVIL}": x, "=cmd": rng.normal(size=240), "text": cells, f"y{EVIL}": likes})
    path = folder / f"rows {EVIL.replace('/', '')}.csv"
    frame.write_csv(path)
    Project.new(folder / "p", path, f"y{EVIL}", budget="3s", threads=1)
    project = Project(folder / "p")
    said = {"budget.trials": 1, "problem.name": EVIL, "problem.question": EVIL}
    project.brief.changed(said).write(project.folder)
    status = Project(folder / "p").run(yes=True, waive_all=f"a toy {EVIL}")
    assert status.done, status
    return create(folder / "p", Door(True, EVIL, "k", 1))


@pytest.fixture
def forms() -> Callable[[str], list[str]]:
    """The actions of every form on a page that changes something."""
    return lambda html: re.findall(r'<form method="post" action="([^"]+)"', html)
