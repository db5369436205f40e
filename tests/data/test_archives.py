"""Zip archives of media: unpacked, with limits."""

import zipfile
from pathlib import Path

import pytest

from milepost.data import archives
from milepost.data.read import read
from milepost.errors import InputError
from milepost.modalities import media
from milepost.testing.media import folder


def packed(path: Path, members: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_an_archive_of_a_folder_reads_like_the_folder(tmp_path: Path):
    root = folder(tmp_path / "d", each=3)
    members = {f"d/{p.relative_to(root)}": p.read_bytes() for p in root.rglob("*.png")}
    path = packed(tmp_path / "d.zip", members)
    one, other = read(path), read(root)
    assert one.frame.drop("file").equals(other.frame.drop("file"))
    assert media.load(one.frame["image"][0]) in members.values()
    assert one.files[0][0] == str(path)
    assert read(path).frame.equals(one.frame)


def test_members_that_lead_out_and_links_are_left_out(tmp_path: Path):
    path = packed(
        tmp_path / "a.zip", {"a/1.png": b"1", "b/2.png": b"2", "../out.png": b"3", "/abs.png": b"4"}
    )
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("a/link.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/hostname")
    table = read(path)
    assert table.frame["file"].to_list() == ["a/1.png", "b/2.png"]
    assert {a.file: a.reason for a in table.aside} == {
        "../out.png": "it leads out of the archive",
        "/abs.png": "it leads out of the archive",
        "a/link.png": "it is a link",
    }
    assert not (tmp_path / "out.png").exists()


def test_a_bomb_is_refused_by_what_it_says(tmp_path: Path):
    path = packed(tmp_path / "bomb.zip", {f"a/{i}.png": bytes(30 << 20) for i in range(4)})
    assert path.stat().st_size < 1 << 20
    with pytest.raises(InputError, match="unpacks to 120 MiB or more"):
        read(path)


def test_a_bomb_that_lies_about_its_size_is_stopped(tmp_path: Path):
    path = packed(tmp_path / "liar.zip", {"a/1.png": bytes(1 << 20), "a/2.png": b"2"})
    data = path.read_bytes().replace((1 << 20).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(data)
    with pytest.raises(InputError, match="cannot be unpacked"):
        read(path)


def test_a_broken_archive_leaves_nothing_behind(tmp_path: Path):
    path = packed(tmp_path / "b.zip", {"a/1.png": b"1" * 500, "a/2.png": b"2" * 500}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"2" * 500, b"3" * 500))
    for _ in range(2):
        with pytest.raises(InputError, match="cannot be unpacked"):
            archives.unpack(path)


def test_other_archives_are_left_to_others(tmp_path: Path):
    assert not archives.holds_media(packed(tmp_path / "a.zip", {"a.csv": b"a,b"}))
    assert not archives.holds_media(packed(tmp_path / "t.zip", {"a.txt": b"a,b"}))
    (tmp_path / "no.zip").write_bytes(b"no")
    assert not archives.holds_media(tmp_path / "no.zip")
