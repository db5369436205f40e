"""The process that brings and takes labels and photos: `python -m milepost.web.porter FOLDER TRANSFER`."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from milepost.data.archives import unpack
from milepost.data.files import Aside, Say
from milepost.errors import EnvironmentProblem, InputError, Interrupted, MilepostError
from milepost.labels.formats.bundle import Bad
from milepost.labels.formats.catalogue import format_of
from milepost.labels.labels import Labels
from milepost.project import Project
from milepost.project import bundle as files
from milepost.project.labels import ProjectLabels
from milepost.project.photos import place
from milepost.steps.work import STORE
from milepost.web.beginning import begin
from milepost.web.child import Scribe, held

PLACE = "transfers"
"""The folder of transfers below the project's store: logs, results, what was written."""
TAKES: Mapping[str, str] = {
    "label-studio": "json", "coco": "json", "jsonl": "json", "csv": "text", "crowd": "text",
    "parquet": "parquet", "yolo": "zip", "voc": "zip", "hugging-face": "zip",
}  # fmt: skip
"""What a file has to be to be read as a format; formats that are folders come and go as zip archives."""
SUFFIXES: Mapping[str, str] = {
    "json": ".json", "text": ".csv", "parquet": ".parquet", "zip": ".zip",
}  # fmt: skip
KEPT = "What was brought is kept; the same file again brings the rest."
Told = dict[str, Any]


def run(folder: Path, name: str) -> int:
    """Does what the first line of a transfer's log asks for, writes its result, and returns the exit code."""
    path = folder / STORE / PLACE / f"{name}.jsonl"
    asked = json.loads(path.open(encoding="utf-8").readline())
    scribe = Scribe(path, (asked["what"]["do"],))
    room = path.with_suffix("")
    room.mkdir()
    with held(path.with_suffix(".lock")):
        scribe.write("here", pid=os.getpid())
        try:
            what = {**asked["what"], "by": asked["by"], "room": room}
            work = None if what["do"] == "begin" else WORKS[what["do"]]
            told = work(Project(folder), what, scribe.say) if work else made(folder, what, scribe.say)
            (room / "result.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
            code, text = 0, str(told["sentence"])
        except (KeyboardInterrupt, Interrupted):
            code, text = (
                Interrupted.exit_code,
                KEPT,
            )
        except MilepostError as problem:
            code, text = problem.exit_code, str(problem)
        except OSError as problem:
            code, text = (
                EnvironmentProblem.exit_code,
                f"A file cannot be used ({problem.strerror}).",
            )
        except Exception as problem:
            scribe.write("end", code=1, text=f"A fault of milepost: {problem!r}.", line=repr(problem))
            raise
        scribe.write("end", code=code, text=text, line=text)
    return code


def bring(project: Project, asked: Told, say: Say) -> Told:
    """Reads labels of a file; each entry of it is counted as what it was."""
    path, format = Path(asked["path"]), str(asked["format"])
    if asked["kind"] != TAKES[format]:
        raise InputError(
            f"the file is no {format_of(format).title}: it is {asked['kind']}.",
            expected=f"A file that is {TAKES[format]}.",
            todo="Choose its format, and read it again.",
        )
    aside: list[Bad] = []
    if asked["kind"] == "zip":
        path, left = _unpacked(path, say)
        aside = [Bad(one.file, one.reason) for one in left]
        path = _inner(path) if format in ("yolo", "voc") else path
    found = files.read(_queue(project, asked), path, format, asked["by"], say)
    bad = [*aside, *found.bad]
    return {
        "sentence": f"{found.answers:,} labels of {found.entries:,} entries count now; {len(bad):,} are bad.",
        "counts": {
            "entries read": found.entries,
            "items in them": found.items,
            "labels in them": found.said - found.drafts,
            "drafts, which are not brought": found.drafts,
            "suggestions of models, which are not brought": found.suggestions,
            **({"shapes in these labels": found.shapes} if found.shapes else {}),
            "entries that cannot be read": found.unread,
            "labels that count now": found.answers,
        },
        "bad": [asdict(one) for one in bad],
        "notes": list(found.notes),
    }


def _queue(project: Project, asked: Told) -> Labels:
    """The queue of the column that was meant, or of the target."""
    column = asked.get("column", "")
    return project.labels.column(column).store if column else project.labels.store


def photos(project: Project, asked: Told, say: Say) -> Told:
    """Puts images, sounds or texts where the project's data lie."""
    path = Path(asked["path"])
    left: list[Aside] = []
    if asked["kind"] == "zip":
        path, left = _unpacked(path, say)
    made = place(project, path, say)
    bad = [*(Bad(one.file, one.reason) for one in left), *made.bad]
    return {
        "sentence": f"{made.added:,} files are new, {made.there:,} were there already; {len(bad):,} are bad.",
        "counts": {"files": made.files + len(left), "new": made.added, "there already": made.there},
        "bad": [asdict(one) for one in bad],
        "notes": ["Nobody is asked to label them yet."] if made.added else [],
    }


def made(folder: Path, asked: Told, say: Say) -> Told:
    """Makes a project of what was said and sent."""
    project, bad = begin(folder, asked, say)
    return {
        "sentence": f"The project is there: {project.brief.data.source}.",
        "counts": {},
        "bad": [asdict(one) for one in bad],
        "notes": [],
    }


def ask(project: Project, asked: Told, say: Say) -> Told:
    """Asks people for labels of rows that have none, as `milepost labels start` does."""
    say("reading the rows", None)
    made = ProjectLabels(project.road, asked["by"]).start()
    return {
        "sentence": f"{made.added:,} items are new, {made.gold:,} questions with a known answer.",
        "counts": {"new items": made.added, "new questions with a known answer": made.gold},
        "bad": [],
        "notes": [f"{made.apart:,} rows are copies of rows on both sides of the seal."] if made.apart else [],
    }


def write(project: Project, asked: Told, say: Say) -> Told:
    """Writes labels in a format; a folder becomes a zip archive."""
    format, room = str(asked["format"]), Path(asked["room"])
    kind, which = format_of(format), asked["which"]
    say("writing", None)
    target = room / "made" if kind.folder else room / f"labels-{format}{SUFFIXES[TAKES[format]]}"
    if format == "jsonl":
        target = target.with_suffix(".jsonl")
    made = files.write(_queue(project, asked), target, format, which == "waiting", which == "consensus")
    if kind.folder:
        target = _packed(target, room / f"labels-{format}.zip")
    return {
        "sentence": f"{made.items:,} items and {made.answers:,} labels are written.",
        "counts": {"items": made.items, "labels": made.answers, "bytes": target.stat().st_size},
        "bad": [],
        "notes": list(made.lost),
        "file": target.name,
    }


WORKS: Mapping[str, Callable[[Project, Told, Say], Told]] = {
    "labels": bring, "photos": photos, "ask": ask, "write": write,
}  # fmt: skip
"""What can be asked for, by name."""


def _unpacked(path: Path, say: Say) -> tuple[Path, list[Aside]]:
    if not zipfile.is_zipfile(path):
        raise InputError("the file is no zip archive, or not all of it came.", todo="Pack and send it again.")
    return unpack(path, say)


def _inner(folder: Path) -> Path:
    """The folder itself, or the one in it where it holds nothing else."""
    inside: Sequence[Path] = [path for path in folder.iterdir() if not path.name.startswith(".")]
    return _inner(inside[0]) if len(inside) == 1 and inside[0].is_dir() else folder


def _packed(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in sorted(folder.rglob("*")):
            if each.is_file():
                archive.write(each, each.relative_to(folder).as_posix())
    shutil.rmtree(folder)
    return path


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a server in the background hands on "ignored"
    sys.exit(run(Path(sys.argv[1]), sys.argv[2]))
