"""Labels and photos on the web: sent, known by content, read by a process of its own, counted, written."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from tests.web.conftest import EVIL, Desk, Visitor, visitor

from milepost import Project
from milepost.labels.formats.catalogue import FORMATS
from milepost.labels.labelset import LabelSet
from milepost.labels.queue import Reply
from milepost.store.stock import NewItem
from milepost.web.app import create
from milepost.web.pages import PROOF
from milepost.web.porter import TAKES
from milepost.web.sessions import proof
from milepost.web.site import AUDIT, Door

BOX = [{"label": "cat", "x": 1.0, "y": 2.0, "w": 3.0, "h": 4.0}]


def queue(desk: Desk, kind: str) -> FastAPI:
    """Six pictures, one of them sealed; the first three have a label of bob's."""
    names = [f"{name}.png" for name in "abcdef"]
    items = [
        NewItem({"image": name, "width": 40, "height": 30}, key=name, sealed=name == "f.png")
        for name in names
    ]
    app = desk(LabelSet.start("pets", kind, ["Cat", "Dog"]), items, labels=2)
    labels = app.state.site.labels
    bob, values = labels.people.find("bob"), {"choice": "cat", "boxes": BOX}
    for place, item in enumerate(labels.queue.next(bob.id, 3)):
        labels.queue.submit(bob.id, Reply(item.id, f"c{place}", values[kind], seconds=2.0))
    return app


@pytest.fixture
def app(desk: Desk) -> Iterator[FastAPI]:
    app = queue(desk, "choice")
    yield app
    app.state.site.transfers.close()


def send(visitor: Visitor, data: bytes, name: str = "x.csv", csrf: str | None = None) -> Any:
    headers = {PROOF: proof(visitor.token) if csrf is None else csrf}
    return visitor.client.post("/transfer/upload", params={"name": name}, content=data, headers=headers)


def done(visitor: Visitor, answer: Any) -> dict[str, Any]:
    """The page of a transfer once it has ended."""
    assert answer.status_code == 303, answer.text[:800]
    place = answer.headers["location"].replace("/transfer?", "/transfer.json?")
    until = time.monotonic() + 300
    while (page := visitor.json(place))["job"]["going"]:
        assert time.monotonic() < until, page
        time.sleep(0.1)
    found: dict[str, Any] = page
    return found


def read(visitor: Visitor, data: bytes, format: str, name: str = "x") -> dict[str, Any]:
    sent = send(visitor, data, name)
    assert sent.status_code == 200, sent.text
    return done(visitor, visitor.send("/transfer/read", {"file": sent.json()["id"], "format": format}))


@pytest.mark.parametrize(("format", "kind"), [("yolo", "boxes"), ("parquet", "choice")])
def test_what_goes_out_comes_in_and_every_entry_is_counted(desk: Desk, format: str, kind: str) -> None:
    app = queue(desk, kind)
    owner = visitor(app, "owner")
    try:
        page = done(owner, owner.send("/transfer/write", {"format": format, "which": "answers"}))
        assert page["job"]["state"] == "done", page["job"]
        out = page["result"]["counts"]
        assert (out["items"], out["labels"]) == (5, 3)
        name = page["job"]["id"]
        made = owner.get(f"/transfer/made/{name}")
        assert made.headers["content-disposition"].startswith("attachment")
        assert b"f.png" not in made.content, "no sealed item goes out"
        page = read(owner, made.content, format)
        assert page["job"]["state"] == "done", page["job"]
        back = page["result"]["counts"]
        assert (back["items in them"], back["labels in them"]) == (out["items"], out["labels"])
        assert back["entries that cannot be read"] == 0
        assert back["labels that count now"] == 3, page["result"]
        kept = app.state.site.labels.answers.all()
        nameless = format == "yolo"
        assert len(kept) == (6 if nameless else 3), "who has no name in a file is whoever brought it"
        assert len(set(kept.people.tolist())) == (2 if nameless else 1)
    finally:
        app.state.site.transfers.close()


def test_bad_entries_are_listed_and_downloaded_without_formulas(app: FastAPI) -> None:
    owner = visitor(app, "owner")
    lines = [
        {"item": "a.png", "label": "Cat", "person": "zoe"},
        {"item": "b.png", "label": "Cow", "person": "zoe"},
        {"item": f"=1+1{EVIL}", "label": "Dog", "person": "zoe"},
    ]
    body = "\n".join(json.dumps(line) for line in lines) + "\nno json\n"
    page = read(owner, body.encode(), "jsonl", f"{EVIL}.jsonl")
    result = page["result"]
    assert result["counts"]["labels that count now"] == 1
    assert result["every"] == 3
    html = owner.get(f"/transfer?of={page['job']['id']}").text
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;.jsonl" in html
    table = owner.get(f"/transfer/bad/{page['job']['id']}.csv")
    assert len(table.text.splitlines()) == 4
    assert "'=1+1" in table.text
    assert [row.key for row in owner.site.project.ledger.rows.select(AUDIT)][-2:] == [
        "/transfer/upload", "/transfer/read",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the file is empty"),
        (b"\x7fELF\x02\x01\x00\x00", "no kind that is read here"),
        (b"<svg onload=alert(1)>", "no kind that is read here"),
        (b"MZ\x90\x00\x03", "no kind that is read here"),
        (b"a,b\n\x00", "no kind that is read here"),
        (b"\xff\xfea\x00", "no kind that is read here"),
    ],
)
def test_what_is_no_table_archive_or_picture_is_not_kept(app: FastAPI, data: bytes, says: str) -> None:
    owner = visitor(app, "owner")
    answer = send(owner, data)
    assert answer.status_code == 400
    assert says in answer.json()["error"]["what"]
    room = owner.site.folder / ".milepost" / "uploads"
    assert list(room.iterdir()) == []


def test_a_file_is_sent_by_owners_of_this_session_only(app: FastAPI) -> None:
    assert send(visitor(app, "owner"), b"a,b\n", csrf="forged").status_code == 401
    assert send(visitor(app, "reviewer"), b"a,b\n").status_code == 403
    assert send(visitor(app), b"a,b\n").status_code == 401
    assert not (app.state.site.folder / ".milepost" / "uploads").exists()


def test_what_is_larger_than_it_may_be_is_cut_off(app: FastAPI, monkeypatch: Any) -> None:
    monkeypatch.setattr("milepost.web.views.transfer.UPLOAD_BYTES", 1000)
    answer = send(visitor(app, "owner"), b"a,b\n" * 300)
    assert answer.status_code == 400
    assert "more than 1,000 bytes" in answer.json()["error"]["what"]
    monkeypatch.setattr("milepost.web.guard.LARGE", {"/transfer/upload": 1000})
    assert send(visitor(app, "owner"), b"a,b\n" * 300).status_code == 413


def packed(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_bombs_and_paths_that_lead_out_do_nothing(app: FastAPI, tmp_path: Path) -> None:
    owner = visitor(app, "owner")
    bomb = packed(**{"data.jsonl": b" " * (80 << 20)})
    assert len(bomb) < 1 << 20
    page = read(owner, bomb, "hugging-face")
    assert "unpacks to 80 MiB" in page["job"]["text"]
    line = json.dumps({"item": "a.png", "answers": [{"person": "eve", "act": "submitted", "value": '"Dog"'}]})
    page = read(owner, packed(**{"../../../evil.txt": b"x", "data.jsonl": line.encode()}), "hugging-face")
    assert [one["reason"] for one in page["result"]["bad"]] == ["it leads out of the archive"]
    assert page["result"]["counts"]["labels that count now"] == 1
    assert not list(tmp_path.rglob("evil.txt"))


def picture(grey: int) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (40, 30), (grey, grey // 2, 7)).save(out, "PNG")
    return out.getvalue()


def test_photos_go_where_the_data_lie_and_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for at in range(12):
        (tmp_path / "photos" / f"{at}.png").write_bytes(picture(at * 20))
    project = Project.new(tmp_path / "p", tmp_path / "photos", "species", labels="cat,dog")
    project.labels.start()
    owner = visitor(create(tmp_path / "p", Door(True, "ada", "k", 1)), "ada")
    try:
        files = {
            "new/a.png": picture(13), f"new/{EVIL.replace('/', '')}.png": picture(17), "0.png": picture(0),
            "1.png": picture(99), "x.exe": b"MZ", "b.png": b"<svg onload=alert(1)>",
        }  # fmt: skip
        page = read(owner, packed(**files), "photos", "more.zip")
        assert page["result"]["counts"] == {"files": 6, "new": 2, "there already": 1}
        assert {one["reason"] for one in page["result"]["bad"]} == {
            "another file of this name is there", "it is no image, sound or text",
            "by its name it is one image, by its content not",
        }  # fmt: skip
        assert (tmp_path / "photos" / "1.png").read_bytes() == picture(20), "nothing is written over"
        assert "<script>alert" not in owner.get("/transfer").text
        page = read(owner, picture(23), "photos", "../../c.png")
        assert page["result"]["counts"]["new"] == 1
        assert (tmp_path / "photos" / "c.png").is_file()
        page = done(owner, owner.send("/transfer/ask", {}))
        assert page["result"]["counts"]["new items"] == 3
    finally:
        owner.site.transfers.close()


def test_other_formats_and_files_are_refused(app: FastAPI) -> None:
    owner = visitor(app, "owner")
    page = read(owner, b"a,b\n1,2\n", "coco")
    assert "the file is no COCO: it is text" in page["job"]["text"]
    sent = send(owner, b"a,b\n").json()["id"]
    for fields in ({"file": sent, "format": "exe"}, {"file": "../x", "format": "csv"}, {"format": "csv"}):
        assert owner.send("/transfer/read", fields).status_code == 400
    for path in ("/transfer/made/..%2f..", "/transfer/bad/x.csv", f"/transfer/made/{'0' * 20}-abcd"):
        assert owner.get(path).status_code == 404
    page = done(owner, owner.send("/transfer/write", {"format": "voc"}))
    assert page["job"]["state"] == "failed"
    assert owner.send("/transfer/write", {"format": "csv", "which": "sealed"}).status_code == 400
    assert owner.send("/transfer/drop", {"file": sent}).status_code == 303
    assert sent not in [each["id"] for each in owner.json("/transfer.json")["files"]]


def test_what_a_format_cannot_hold_is_told_before(app: FastAPI) -> None:
    owner = visitor(app, "owner")
    found = {each["name"]: each for each in owner.json("/transfer.json")["formats"]}
    assert set(found) == set(FORMATS) == set(TAKES)
    assert [name for name, each in found.items() if not each["holds"]] == ["coco", "yolo", "voc"]
    page = owner.get("/transfer").text
    for sentence in FORMATS["csv"].cannot:
        assert sentence.split(":")[0] in page


def test_the_likely_format_is_chosen(app: FastAPI) -> None:
    owner = visitor(app, "owner")
    sent = {
        "csv": b"item,label\na,b\n",
        "label-studio": b'[{"id": 1}]',
        "coco": b'{"annotations": [], "categories": []}',
        "jsonl": b'{"item": 1}\n{"item": 2}\n',
        "voc": packed(**{"a.xml": b"<annotation/>"}),
        "yolo": packed(**{"data.yaml": b"names: [a]"}),
        "hugging-face": packed(**{"train/metadata.jsonl": b"{}"}),
        "photos": packed(**{"a.png": b"x"}),
    }
    for data in sent.values():
        assert send(owner, data).status_code == 200
    guessed = [each["guess"] for each in owner.json("/transfer.json")["files"]]
    assert sorted(guessed) == sorted(sent)
