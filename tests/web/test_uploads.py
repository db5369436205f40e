"""Uploads: to the disk as they come, bounded, known by content, named by nobody but this server."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from milepost.errors import EnvironmentProblem, InputError, UsageError
from milepost.web import uploads

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 30


def send(room: Path, *parts: bytes, name: str = "x", most: int = 1 << 20) -> uploads.Upload:
    async def body() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    return asyncio.run(uploads.receive(room, name, body(), most))


def test_a_file_comes_in_parts_and_is_found_again(tmp_path: Path) -> None:
    parts = [b"a,b\n", *(b"%d,x\n" % at for at in range(400_000))]
    made = send(tmp_path, *parts, name="../../rows <b>.csv", most=1 << 30)
    assert made.path.read_bytes() == b"".join(parts)
    assert made.path.parent.parent.parent == tmp_path
    assert (made.kind, made.name, made.path.name) == ("text", "../../rows <b>.csv", "upload.csv")
    assert uploads.get(tmp_path, made.id) == made
    assert uploads.every(tmp_path) == [made]
    uploads.drop(tmp_path, "../" + made.id)
    assert made.path.exists()
    uploads.drop(tmp_path, made.id)
    assert uploads.every(tmp_path) == []


@pytest.mark.parametrize("name", ["", "..", "0" * 24, "../uploads", "0" * 23 + "/"])
def test_only_what_was_sent_is_found(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="no such upload"):
        uploads.get(tmp_path, name)


def test_pictures_keep_a_harmless_name(tmp_path: Path) -> None:
    made = send(tmp_path, PNG, name="C:\\photos\\..\\.my \x00cat?.PNG")
    assert (made.kind, made.path.name) == ("image", "my _cat_.PNG")
    assert uploads.safe("...", "sound") == "sound.wav"
    assert uploads.safe("x" * 300 + ".jpg", "image").endswith(".jpg")


def test_nothing_is_left_of_what_is_refused(tmp_path: Path) -> None:
    for parts, says in (((), "empty"), ((b"a", b"b" * 20), "more than 10 bytes"), ((b"<html>",), "no kind")):
        with pytest.raises(InputError, match=says):
            send(tmp_path, *parts, most=10)
    assert list(tmp_path.iterdir()) == []


def test_a_connection_that_breaks_leaves_nothing(tmp_path: Path) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"a,b\n" * 10
        raise ConnectionError("gone")

    with pytest.raises((ConnectionError, EnvironmentProblem)):
        asyncio.run(uploads.receive(tmp_path, "x", body(), 1000))
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=uploads.SPARE))
    with pytest.raises(EnvironmentProblem, match="disk is full"):
        send(tmp_path, b"a,b\n")
    assert list(tmp_path.iterdir()) == []


def test_what_nobody_used_for_days_is_removed(tmp_path: Path) -> None:
    old = send(tmp_path, b"a,b\n")
    past = time.time() - (uploads.DAYS + 1) * 86_400
    os.utime(tmp_path / old.id, (past, past))
    fresh = send(tmp_path, b"a,b\n")
    assert [each.id for each in uploads.every(tmp_path)] == [fresh.id]


def test_only_the_head_is_looked_at(tmp_path: Path) -> None:
    cut = b"a" * (uploads.HEAD - 1) + "é".encode()
    assert uploads.sniffed(cut[: uploads.HEAD]) == "text", "a letter that is cut through is no fault"
    assert uploads.sniffed(b"\xef\xbb\xbf  {") == "json"
    assert uploads.sniffed("a;b".encode("utf-16")) == ""
