"""Files below a folder are found without leaving it, whatever lies there."""

import hashlib
import os
from pathlib import Path

import pytest

from milepost.data.files import LARGEST, Roots, contents, indexed, shown, tree
from milepost.modalities import media


def put(folder: Path, name: str, data: bytes = b"x") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_a_tree_names_regular_files_in_order_and_tells_what_it_leaves_out(tmp_path: Path):
    data, outside = tmp_path / "data", put(tmp_path, "secret.png")
    for name in (
        "b/2.png",
        "a/10.png",
        "a/9.png",
        ".hidden/x.png",
        "__MACOSX/y.png",
        "own/milepost.toml",
        "own/z.png",
    ):
        put(data, name)
    (data / "empty").mkdir()
    (data / "a" / "out.png").symlink_to(outside)
    (data / "a" / "in.png").symlink_to(data / "b" / "2.png")
    (data / "loop").symlink_to(data)
    os.mkfifo(data / "pipe.png")
    found = tree(data)
    assert found.names == ("a/10.png", "a/9.png", "a/in.png", "b/2.png")
    assert found.empty == ("empty",)
    reasons = {aside.file: aside.reason for aside in found.aside}
    assert reasons["a/out.png"] == "it is a link that leads out of the folder"
    assert "link" in reasons["loop"]
    assert reasons["pipe.png"] == "it is no regular file"
    assert tree(data, most=0).names == ()


def test_names_that_are_no_utf8_are_shown_and_read(tmp_path: Path):
    name = os.fsdecode(b"caf\xe9.png")
    try:
        path = put(tmp_path, name, b"bytes")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    assert tree(tmp_path).names == (name,)
    assert shown(name) == "caf\\xe9.png"
    ((value, reason),) = contents([(shown(name), path)], "image")
    assert (value, reason) == (f"image:{hashlib.sha256(b'bytes').hexdigest()}", "")
    assert media.load(str(value)) == b"bytes"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("../secret.png", "it leads out of the data's folder"),
        ("a/../../secret.png", "it leads out of the data's folder"),
        ("/etc/hostname", "it leads out of the data's folder"),
        ("link.png", "it leads out of the data's folder"),
        ("dir/secret.png", "it leads out of the data's folder"),
        ("a", "it is no regular file"),
        ("nowhere.png", "it is not there"),
        ("https://example.org/a.png", "it is an address, and nothing is fetched"),
        ("data:image/png;base64,AAAA", "it is an address, and nothing is fetched"),
        ("a\0b.png", "it is no path"),
        ("x" * 5_000 + ".png", "it is no"),
    ],
)
def test_paths_that_are_not_read(value: str, reason: str, tmp_path: Path):
    put(tmp_path, "secret.png")
    put(tmp_path, "outside/secret.png")
    data = tmp_path / "data"
    put(data, "a/1.png")
    (data / "link.png").symlink_to(tmp_path / "secret.png")
    (data / "dir").symlink_to(tmp_path / "outside")
    path, why = Roots([data]).find(value)
    assert path is None
    assert why.startswith(reason) or (value.startswith("x") and why == "it is not there")


def test_paths_start_at_each_root_in_turn_and_may_be_written_in_full(tmp_path: Path):
    one, two = put(tmp_path / "one", "a/1.png"), put(tmp_path / "two", "2.png")
    roots = Roots([tmp_path / "one", tmp_path / "two"])
    assert roots.find("a/1.png")[0] == one.resolve()
    assert roots.find("./a//1.png ")[0] == one.resolve()
    assert roots.find("a\\1.png")[0] == one.resolve()
    assert roots.find("2.png")[0] == two.resolve()
    assert roots.find(str(one.resolve()))[0] == one.resolve()
    assert roots.read == {one.resolve(), two.resolve()}


def test_files_are_found_by_names_that_occur_once(tmp_path: Path):
    for name in ("images/1.png", "images/2.png", "more/2.png", "images/2.txt"):
        put(tmp_path, name)
    index = indexed(tree(tmp_path))
    assert index == dict.fromkeys(("1", "1.png"), tmp_path / "images/1.png") | {
        "2.txt": tmp_path / "images/2.txt"
    }
    assert Roots([tmp_path], index).find("1.png")[0] == tmp_path / "images/1.png"
    assert Roots([tmp_path], deep=tmp_path).find("1")[0] == tmp_path / "images/1.png"
    assert Roots([tmp_path], deep=tmp_path).find("2.png") == (None, "it is not there")


def test_contents_say_what_cannot_be_read(tmp_path: Path):
    good, empty, huge = put(tmp_path, "a.png", b"1"), put(tmp_path, "b.png", b""), put(tmp_path, "c.png")
    os.truncate(huge, LARGEST + 1)
    told = list(contents([(p.name, p) for p in (good, empty, huge, tmp_path / "gone.png")], "image"))
    assert told[0][0] == f"image:{hashlib.sha256(b'1').hexdigest()}"
    assert told[1] == (None, "it is empty (0 bytes)")
    assert told[2] == (None, "it is 256 MiB large, more than 256 MiB")
    assert told[3][1].startswith("it cannot be read")


def test_texts_are_read_in_any_encoding_and_progress_is_told(tmp_path: Path):
    files = [put(tmp_path, "a.txt", "größe".encode("utf-16")), put(tmp_path, "b.txt", bytes(range(256)))]
    told = list(contents([(p.name, p) for p in files], "text"))
    assert told == [("größe", ""), (None, "it is not text")]
    said: list[tuple[str, float | None]] = []
    many = [("a", files[0])] * 2_001
    assert len(list(contents(many, "text", lambda *words: said.append(words)))) == 2_001
    assert [text for text, _ in said] == [f"{n} of 2,001 files read" for n in ("0", "1,000", "2,000")]
