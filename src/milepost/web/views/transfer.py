"""Labels and photos in and out: files are sent, read while people go on, and what became of them is told."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from fastapi.responses import FileResponse, Response
from starlette.exceptions import HTTPException

from milepost.errors import UsageError, did_you_mean
from milepost.labels.formats.catalogue import FORMATS
from milepost.steps.work import STORE
from milepost.web import desk, uploads
from milepost.web.forms import Form, sheet
from milepost.web.guard import UPLOAD_BYTES
from milepost.web.pages import Ask, Found, Pages, download
from milepost.web.porter import PLACE, TAKES
from milepost.web.runs import Progress
from milepost.web.site import Site

pages = Pages(columns=True)
SHOWN = 100
"""Bad entries that the page shows; the file has all."""
PAST = 20
"""Transfers that are listed, the newest ones."""
WHICH = {
    "answers": "every label that people gave",
    "consensus": "one label an item: what people say together",
    "waiting": "the items that still want labels, for people elsewhere",
}
_NAME = re.compile(r"[0-9A-Za-z]{8,40}-[0-9a-f]{4}")


@pages.page("/transfer", "transfer.html", "owner")
def transfer(site: Site, ask: Ask) -> Found:
    """Files that were sent, the transfer that is going or was asked for, and what each format cannot hold."""
    labels, name = desk.known(site), ask.query.get("of", "")
    seen = site.transfers.get(name) if _NAME.fullmatch(name) else site.transfers.last()
    last = site.transfers.last()
    chosen = ask.query.get("file", "")
    return {
        "asked": labels is not None,
        "files": [_sent(each, chosen) for each in uploads.every(sent(site))],
        "formats": [
            {
                "name": name,
                "title": format.title,
                "takes": TAKES[name],
                "holds": labels is not None and labels.kind in format.kinds,
                "cannot": format.cannot,
            }
            for name, format in FORMATS.items()
        ],
        "kind": labels.kind if labels is not None else "",
        "which": WHICH,
        "most": UPLOAD_BYTES,
        "job": {**_short(seen), "share": seen.share, "going": seen.going} if seen is not None else None,
        "going": last is not None and last.going,
        "result": result(site, seen) if seen is not None else None,
        "past": [_short(each) for each in _past(site)],
    }


@pages.stream("/transfer/upload")
async def upload(site: Site, ask: Ask, body: AsyncIterator[bytes]) -> Found:
    """Takes a file, bounded and known by its content; nothing is done with it yet."""
    name, batch = ask.query.get("name", ""), ask.query.get("batch", "")
    made = await uploads.receive(sent(site), name, body, UPLOAD_BYTES, batch)
    return {"id": made.id, "kind": made.kind, "bytes": made.bytes, "count": made.count}


@pages.change("/transfer/drop")
def drop(site: Site, ask: Ask, form: Form) -> str:  # noqa: ARG001
    """Removes a file that was sent."""
    uploads.drop(sent(site), form.get("file", ""))
    return "/transfer"


@pages.change("/transfer/read")
def read(site: Site, ask: Ask, form: Form) -> str:
    """Begins to read a file, as labels of a format or as new photos."""
    found = uploads.get(sent(site), form.get("file", ""))
    what: dict[str, Any] = {"name": found.name, "path": str(found.path.absolute()), "kind": found.kind}
    format = form.get("format", "")
    if format == "photos":
        what |= {"do": "photos"}
    else:
        what |= {"do": "labels", "format": known(format), "column": site.column}
    return f"/transfer?of={site.transfers.start(ask.person.name, what)}"


@pages.change("/transfer/ask")
def begin(site: Site, ask: Ask, form: Form) -> str:  # noqa: ARG001
    """Begins to ask people for labels of rows that are new."""
    return f"/transfer?of={site.transfers.start(ask.person.name, {'do': 'ask'})}"


@pages.change("/transfer/write")
def write(site: Site, ask: Ask, form: Form) -> str:
    """Begins to write labels in a format."""
    which = form.get("which", "answers")
    if which not in WHICH:
        raise UsageError(f"there is nothing called '{which[:40]}'.", todo=did_you_mean(which[:40], WHICH))
    what = {"do": "write", "format": known(form.get("format", "")), "which": which, "column": site.column}
    return f"/transfer?of={site.transfers.start(ask.person.name, what)}"


@pages.change("/transfer/stop")
def stop(site: Site, ask: Ask, form: Form) -> str:  # noqa: ARG001
    """Stops the transfer that is going."""
    return f"/transfer?of={site.transfers.stop()}"


@pages.raw("/transfer/bad/{name}.csv", "owner")
def bad(site: Site, ask: Ask) -> Response:
    """Every entry of a file that could not be used, with its place and the reason."""
    told = _result(site, ask.path["name"])
    return download(sheet(("place", "reason"), ((b["place"], b["reason"]) for b in told["bad"])), "bad.csv")


@pages.raw("/transfer/made/{name}", "owner")
def made(site: Site, ask: Ask) -> Response:
    """The file that a transfer wrote."""
    told = _result(site, ask.path["name"])
    path = room(site) / ask.path["name"] / str(told.get("file", ""))
    if "file" not in told or not path.is_file():
        raise HTTPException(404)
    return FileResponse(path, media_type="application/octet-stream", filename=path.name)


def room(site: Site) -> Path:
    """Where transfers lie."""
    return site.folder / STORE / PLACE


def sent(site: Site) -> Path:
    """Where files lie that were sent."""
    return site.folder / STORE / "uploads"


def known(format: str) -> str:
    """The name of a format that there is.

    Raises:
        UsageError: there is none of that name.
    """
    if format not in FORMATS:
        raise UsageError(f"there is no format '{format[:40]}'.", todo=did_you_mean(format[:40], FORMATS))
    return format


def guess(file: uploads.Upload) -> str:
    """The format that a file most likely has, by its kind and the names and words in it."""
    if file.kind in ("image", "sound"):
        return "photos"
    if file.kind in ("parquet", "text"):
        return {"parquet": "parquet", "text": "csv"}[file.kind]
    with file.path.open("rb") as stream:
        head = stream.read(uploads.HEAD).lstrip(b"\xef\xbb\xbf \r\n\t")
    if file.kind == "json":
        if head[:1] == b"[":
            return "label-studio"
        return "coco" if b'"annotations"' in head and b'"categories"' in head else "jsonl"
    return _packed(file.path)


def _packed(path: Path) -> str:
    """The format of a zip archive, by the names in it."""
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return "photos"
    if any(name.endswith(("metadata.jsonl", "metadata.csv", "data.jsonl")) for name in names):
        return "hugging-face"
    if any(name.endswith(".xml") for name in names):
        return "voc"
    return "yolo" if any(name.endswith(("data.yaml", "classes.txt")) for name in names) else "photos"


def result(site: Site, of: Progress) -> Found | None:
    """What became of a transfer, its first bad entries only; None while it goes, or where it failed."""
    path = room(site) / of.id / "result.json"
    if not path.is_file():
        return None
    told: Found = json.loads(path.read_text(encoding="utf-8"))
    return {**told, "bad": told["bad"][:SHOWN], "every": len(told["bad"])}


def _result(site: Site, name: str) -> Found:
    path = room(site) / name / "result.json"
    if not _NAME.fullmatch(name) or not path.is_file():
        raise HTTPException(404)
    told: Found = json.loads(path.read_text(encoding="utf-8"))
    return told


def _sent(file: uploads.Upload, chosen: str) -> dict[str, Any]:
    return {
        "id": file.id,
        "name": file.name,
        "kind": file.kind,
        "bytes": file.bytes,
        "count": file.count,
        "guess": guess(file),
        "chosen": file.id == chosen,
    }


def _past(site: Site) -> list[Progress]:
    found = sorted(room(site).glob("*.jsonl"), reverse=True)[:PAST] if room(site).is_dir() else []
    return [each for path in found if (each := site.transfers.get(path.stem)) is not None]


def _short(each: Progress) -> dict[str, Any]:
    return {
        "id": each.id,
        "at": each.begun[:19].replace("T", " "),
        "by": each.by,
        "do": each.what["do"],
        "name": each.what.get("name", ""),
        "format": each.what.get("format", ""),
        "state": each.state,
        "text": each.text,
    }
