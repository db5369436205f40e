"""Files that people send: written to the disk as they come, bounded, and known by what is in them."""

from __future__ import annotations

import codecs
import json
import re
import secrets
import shutil
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, replace
from io import BufferedWriter
from pathlib import Path, PurePosixPath

from starlette.concurrency import run_in_threadpool

from milepost.errors import EnvironmentProblem, InputError, UsageError
from milepost.modalities.signatures import SUFFIXES, kind_of_bytes

HEAD = 1 << 16
"""Bytes by which a file is known."""
BLOCK = 1 << 20
SPARE = 1 << 28
"""Bytes of the disk that an upload leaves free, 256 MiB."""
DAYS = 2.0
"""An upload that nobody used is kept so long."""
ENDINGS = {"zip": ".zip", "parquet": ".parquet", "json": ".json", "text": ".csv"}
"""The ending under which each kind is kept; an image or a sound keeps its own."""
MEDIA = ("image", "sound")
"""Kinds of which several files are one upload."""
_ID = re.compile(r"[0-9a-f]{24}")
_ODD = re.compile(r"[^\w .()+-]", re.UNICODE)


@dataclass(frozen=True)
class Upload:
    """A file that was sent.

    Args:
        id: its name on this server.
        name: the name it had, for people; nothing is ever opened by it.
        kind: what it is by its content: "zip", "parquet", "json", "text", "image" or "sound".
        bytes: its size.
        path: where it lies; of several images or sounds that were sent together, their folder.
        count: how many files it is.
    """

    id: str
    name: str
    kind: str
    bytes: int
    path: Path
    count: int = 1


async def receive(room: Path, name: str, body: AsyncIterator[bytes], most: int, batch: str = "") -> Upload:
    """Writes a file to the disk as it comes; what is too large, cut off or of no known kind leaves nothing.

    Args:
        room: the folder of uploads.
        name: the name it has where it comes from.
        body: its bytes, in parts.
        most: how many there may be.
        batch: an upload of images or sounds to which another is added.

    Raises:
        UsageError: there is no such batch.
        InputError: it is empty, too large, or no kind of file that is read here.
        EnvironmentProblem: there is no space.
    """
    await run_in_threadpool(_tidy, room)
    folder = room / secrets.token_hex(12)
    folder.mkdir(parents=True)
    part, size, kept = folder / "part", 0, False
    try:
        with part.open("wb") as stream:
            waiting = bytearray()
            async for block in body:
                size += len(block)
                if size > most:
                    raise InputError(f"the file has more than {most:,} bytes.", expected="A smaller one.")
                waiting += block
                if len(waiting) >= BLOCK:
                    await run_in_threadpool(_append, stream, bytes(waiting))
                    waiting.clear()
            await run_in_threadpool(_append, stream, bytes(waiting))
        made = await run_in_threadpool(_known, part, name, size)
        if batch and made.kind in MEDIA:
            return await run_in_threadpool(_joined, get(room, batch), made)
        kept = True
        return made
    except OSError as problem:
        raise EnvironmentProblem(
            f"the file cannot be kept ({problem.strerror}).", todo="Make room on the server's disk."
        ) from problem
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


def get(room: Path, id: str) -> Upload:
    """An upload by its name on this server.

    Raises:
        UsageError: there is none.
    """
    told = room / id / "upload.json" if _ID.fullmatch(id) else None
    if told is None or not told.is_file():
        raise UsageError("there is no such upload.", todo="Send the file again.")
    said = json.loads(told.read_text(encoding="utf-8"))
    return Upload(**{**said, "path": Path(said["path"])})


def every(room: Path) -> list[Upload]:
    """All uploads that are there, the newest first."""
    found = sorted(room.glob("*/upload.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [get(room, path.parent.name) for path in found]


def drop(room: Path, id: str) -> None:
    """Removes an upload; one that is not there is passed over."""
    if _ID.fullmatch(id):
        shutil.rmtree(room / id, ignore_errors=True)


def sniffed(head: bytes) -> str:
    """What a file is by its first bytes: "zip", "parquet", "json", "text", "image", "sound", or "".

    >>> [sniffed(head) for head in (b"PK\\x03\\x04", b"PAR1", b' [{"a": 1}', b"a,b\\n1,2", b"GIF89a")]
    ['zip', 'parquet', 'json', 'text', 'image']
    >>> [sniffed(head) for head in (b"", b"<html>", b"\\x7fELF\\x00", b"MZ\\x90\\x00", b"%PDF-1.7")]
    ['', '', '', '', '']
    """
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head[:2] not in (b"\xff\xfe", b"\xfe\xff") and (media := kind_of_bytes(head)):
        return media  # text of two bytes a letter begins like a sound
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(head[:HEAD]).lstrip()
    except UnicodeDecodeError:
        return ""
    if not text or "\x00" in text or text.startswith(("<", "%PDF", "#!", "{\\rtf")):
        return ""
    return "json" if text[0] in "[{" else "text"


def safe(name: str, kind: str) -> str:
    """A name under which an image or a sound may be kept: no folder, nothing hidden, an ending of its kind.

    >>> safe("../../etc/cat.jpg", "image"), safe(".bashrc", "image"), safe("a\\\\b.PNG", "image")
    ('cat.jpg', 'bashrc.png', 'b.PNG')
    """
    last = PurePosixPath(name.replace("\\", "/")).name
    plain = _ODD.sub("_", last).strip(" .")[-120:] or kind
    endings = SUFFIXES[kind]
    return plain if PurePosixPath(plain).suffix.lower() in endings else f"{plain}{_ending(kind)}"


def _ending(kind: str) -> str:
    return {"image": ".png", "sound": ".wav"}[kind]


def _append(stream: BufferedWriter, data: bytes) -> None:
    if data and shutil.disk_usage(stream.name).free < SPARE + len(data):
        raise EnvironmentProblem("the server's disk is full.", todo="Make room on it.")
    stream.write(data)


def _known(part: Path, name: str, size: int) -> Upload:
    with part.open("rb") as stream:
        kind = sniffed(stream.read(HEAD))
    if not kind:
        raise InputError(
            "the file is no kind that is read here." if size else "the file is empty.",
            expected="CSV, JSON, JSON lines, Parquet, an image, a sound, or a zip archive.",
        )
    kept = safe(name, kind) if kind in MEDIA else f"upload{ENDINGS[kind]}"
    (part.parent / "file").mkdir()
    path = part.rename(part.parent / "file" / kept)
    return _noted(part.parent, Upload(part.parent.name, name[:200], kind, size, path))


def _joined(batch: Upload, one: Upload) -> Upload:
    """Adds an image or a sound to those that were sent before it; none is written over."""
    if batch.kind != one.kind:
        raise InputError(f"'{one.name[:80]}' is one {one.kind} among files of another kind.")
    folder = batch.path if batch.path.is_dir() else batch.path.parent
    target, number = folder / one.path.name, 1
    while target.exists():
        number += 1
        target = folder / f"{one.path.stem}-{number}{one.path.suffix}"
    one.path.rename(target)
    return _noted(
        folder.parent, replace(batch, bytes=batch.bytes + one.bytes, path=folder, count=batch.count + 1)
    )


def _noted(folder: Path, made: Upload) -> Upload:
    """Writes down what an upload is, whole or not at all."""
    told = json.dumps({**asdict(made), "path": str(made.path)}, ensure_ascii=False)
    (folder / "note").write_text(told, encoding="utf-8")
    (folder / "note").replace(folder / "upload.json")
    return made


def _tidy(room: Path) -> None:
    """Removes what nobody used for days."""
    for folder in room.glob("*/") if room.is_dir() else ():
        if time.time() - folder.stat().st_mtime > DAYS * 86_400:
            shutil.rmtree(folder, ignore_errors=True)
