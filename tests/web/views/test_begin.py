"""A project is begun on the web: framed, its data sent, and the pages of the road are there."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.web.conftest import Visitor, visitor
from tests.web.views.test_transfer import picture

from milepost.web.app import create
from milepost.web.pages import PROOF
from milepost.web.sessions import proof
from milepost.web.site import AUDIT, Door


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[Visitor]:
    """An owner of a folder in which there is nothing yet."""
    app = create(tmp_path / "new", Door(True, "ada", "k", 1))
    yield visitor(app, "ada")
    app.state.site.runs.close()
    app.state.site.transfers.close()


def send(owner: Visitor, name: str, data: bytes, batch: str = "") -> Any:
    headers = {PROOF: proof(owner.token), "content-type": "application/octet-stream"}
    where = {"name": name, **({"batch": batch} if batch else {})}
    return owner.client.post("/transfer/upload", params=where, content=data, headers=headers).json()


def begun(owner: Visitor, **form: str) -> Any:
    """Sends the form and waits; returns what the page shows then."""
    answer = owner.send("/begin", {"question": "What is it?", **form})
    assert answer.status_code == 303, answer.text
    end = time.monotonic() + 60
    while (page := owner.json("/begin.json"))["going"]:
        assert time.monotonic() < end
        time.sleep(0.05)
    return page


def test_every_page_leads_to_the_beginning(stranger: Visitor) -> None:
    assert stranger.get("/").headers["location"] == "/road"
    for path in ("/road", "/data", "/ask", "/report"):
        assert stranger.get(path).headers["location"] == "/begin", path
    assert stranger.get("/road.json").status_code == 409
    page = stranger.get("/begin")
    assert page.status_code == 200
    assert 'href="/threshold"' not in page.text, "no menu of pages that are not there"


def test_a_table_becomes_a_project_and_who_began_it_stays_signed_in(stranger: Visitor) -> None:
    table = pl.DataFrame({"x": range(60), "late": ["yes", "no"] * 30}).write_csv().encode()
    file = send(stranger, "flights 2026.csv", table)
    page = begun(stranger, file=file["id"], target="late", budget="3s", for_whom="the desk")
    assert page["there"], page
    project = stranger.site.project
    assert project.brief.problem.question == "What is it?"
    assert project.brief.problem.for_whom == "the desk"
    assert (project.brief.target.columns, project.brief.data.source) == (("late",), "data.csv")
    assert project.brief.budget.seconds == 3
    assert "inferred" in (project.folder / "milepost.toml").read_text(), "each guess is explained"
    assert stranger.get("/road").status_code == 200
    assert [entry.key for entry in project.ledger.rows.select(AUDIT)][-1] == "/begin"
    assert stranger.send("/begin", {"question": "Again?", "data": "/x"}).status_code == 400


def test_photos_one_by_one_or_packed_are_to_be_labelled(stranger: Visitor, tmp_path: Path) -> None:
    first = send(stranger, "../a.png", picture(10))
    for shade in range(20, 240, 10):
        batch = send(stranger, "a.png", picture(shade), first["id"])
    assert (batch["id"], batch["count"]) == (first["id"], 23)
    assert "among files of another kind" not in str(send(stranger, "rows.csv", b"a,b\n1,2", first["id"]))
    assert "no such upload" in str(send(stranger, "a.png", picture(1), "0" * 24))
    page = begun(
        stranger, file=first["id"], target="kind", labels="cat, <img src=x onerror=alert(1)", budget="3s"
    )
    assert page["there"], page
    assert len(list((tmp_path / "new" / "data").iterdir())) == 23, "none is written over"
    answer = stranger.send("/ask", {"who": "we"})
    assert answer.status_code == 303, answer.text
    assert stranger.site.labels.answers.counts()[0]["items"] == 23
    assert "<img src=x" not in stranger.get("/ask").text


def test_an_archive_whose_folders_are_classes(stranger: Visitor, tmp_path: Path) -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for at in range(24):
            archive.writestr(f"{'cats' if at % 2 else 'dogs'}/{at}.png", picture(at * 10))
        archive.writestr("../evil.png", picture(3))
    file = send(stranger, "pets.zip", out.getvalue())
    page = begun(stranger, file=file["id"], budget="3s")
    assert page["there"], page
    assert stranger.site.project.brief.target.task == "binary"
    assert not (tmp_path / "evil.png").exists()


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"question": ""}, "what is to be found out"),
        ({"data": ""}, "nothing says which data"),
        ({"data": "/x", "file": "0" * 24}, "two sources"),
        ({"file": "../../etc"}, "no such upload"),
    ],
)
def test_a_form_that_cannot_be_comes_back(stranger: Visitor, form: dict[str, str], says: str) -> None:
    answer = stranger.send("/begin", {"question": "Why?", **form})
    assert answer.status_code == 400
    assert says in answer.text


def test_what_cannot_be_read_leaves_the_folder_as_it_was_and_the_form_filled_in(
    stranger: Visitor, tmp_path: Path
) -> None:
    file = send(stranger, "rows.csv", b"a,b\n1,2\n3,4\n")
    page = begun(stranger, file=file["id"], target="c", why="because")
    assert "there is no column 'c'" in page["problem"]
    assert (page["given"]["target"], page["given"]["why"], page["given"]["file"]) == (
        "c",
        "because",
        file["id"],
    )
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [".milepost"]
    page = begun(stranger, data=str(tmp_path / "none.csv"), target="a")
    assert "none.csv" in page["problem"]
    assert not page["there"]
