"""Bad and strange images, sounds and texts: a sentence, the count, the list; the rest goes on."""

from __future__ import annotations

import hashlib
import os
import signal
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from milepost import Project
from milepost.data.shelf import Shelf
from milepost.testing.media import folder, png, shape, wav
from milepost.testing.toys import plain

Cli = Callable[..., tuple[int, str]]
ROWS = 30


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return folder(tmp_path / "d", each=ROWS)


@pytest.fixture
def collect(cli: Cli, tmp_path: Path) -> Cli:
    """Makes a project of what is given and collects its rows; the first code that is not 0."""

    def call(source: object, *options: object, until: str = "collect") -> tuple[int, str]:
        code, said = cli("new", tmp_path / "p", "--data", source, *options)
        return (code, said) if code else cli("run", tmp_path / "p", "--until", until, "--yes", "--no-input")

    return call


def listed(tmp_path: Path) -> dict[str, str]:
    frame = pl.read_csv(tmp_path / "p" / "set-aside.csv")
    return dict(zip(frame["file"], frame["reason"], strict=True))


def header(width: int, height: int) -> bytes:
    """A PNG file that claims a size and holds next to nothing."""
    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", size), (b"IDAT", zlib.compress(bytes(1_000))), (b"IEND", b""))
    parts = [struct.pack(">I", len(b)) + a + b + struct.pack(">I", zlib.crc32(a + b)) for a, b in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_broken_pictures_are_set_aside_with_their_reasons(collect: Cli, data: Path, tmp_path: Path) -> None:
    good = (data / "disc" / "disc-0000.png").read_bytes()
    bad = {
        "empty.png": b"",
        "cut.png": good[: len(good) // 2],
        "words.png": b"not a picture at all",
        "gigantic.png": header(40_000, 30_000),
        "sound.png": wav(np.zeros(100)),
        "zeros.jpg": bytes(5_000),
    }
    for name, content in bad.items():
        (data / "disc" / name).write_bytes(content)
    before = {path: path.read_bytes() for path in data.rglob("*.*")}
    code, said = collect(data)
    assert code == 0, said
    assert "6 rows were set aside" in said
    reasons = listed(tmp_path)
    assert set(reasons) == {f"disc/{name}" for name in bad}
    assert reasons["disc/empty.png"] == "it is empty (0 bytes)"
    assert "sound" in reasons["disc/sound.png"]
    assert "pixels" in reasons["disc/gigantic.png"]
    assert Project(tmp_path / "p").found("collect").labelled == 2 * ROWS
    assert {path: path.read_bytes() for path in data.rglob("*.*")} == before


def test_a_label_file_that_names_what_is_not_there(collect: Cli, data: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(png(np.zeros((9, 9, 3))))
    (data / "disc" / "link.png").symlink_to(tmp_path / "secret.png")
    names = sorted(path.relative_to(data).as_posix() for path in data.rglob("*-*.png"))
    bad = ["disc/gone.png", "../secret.png", str(tmp_path / "secret.png"), "disc/link.png", "https://h/a.png"]
    rows = pl.DataFrame({"picture": [*names, *bad], "y": ["a", "b"] * ROWS + ["a"] * 5})
    rows.write_csv(data / "labels.csv")
    code, said = collect(data, "--target", "y")
    assert code == 0, said
    assert "5 rows were set aside" in said
    reasons = listed(tmp_path)
    assert {name: reasons[name] for name in bad} == {
        "disc/gone.png": "it is not there",
        "../secret.png": "it leads out of the data's folder",
        str(tmp_path / "secret.png"): "it leads out of the data's folder",
        "disc/link.png": "it leads out of the data's folder",
        "https://h/a.png": "it is an address, and nothing is fetched",
    }
    stored = [path.name for path in (tmp_path / "p" / ".milepost" / "blobs").rglob("*") if path.is_file()]
    assert hashlib.sha256((tmp_path / "secret.png").read_bytes()).hexdigest() not in stored


def test_beside_numbers_the_value_is_missing_and_the_row_stays(
    collect: Cli, data: Path, tmp_path: Path
) -> None:
    names = sorted(path.relative_to(data).as_posix() for path in data.rglob("*.png"))
    (data / names[3]).write_bytes(b"")
    rows = pl.DataFrame({"picture": names, "price": np.arange(2.0 * ROWS), "y": ["a", "b"] * ROWS})
    rows.write_csv(data / "rows.csv")
    code, said = collect(data / "rows.csv", "--target", "y")
    assert code == 0, said
    assert "1 value was taken as missing" in said
    assert Project(tmp_path / "p").found("collect").rows == 2 * ROWS


def test_a_text_column_that_is_said_to_be_images(cli: Cli, tmp_path: Path) -> None:
    plain(120, word=pl.lit("some words")).write_csv(tmp_path / "rows.csv")
    assert cli("new", tmp_path / "p", "--data", tmp_path / "rows.csv", "--target", "y")[0] == 0
    Project(tmp_path / "p").brief.changed({"columns.word": {"modality": "image"}}).write(tmp_path / "p")
    code, said = cli("run", tmp_path / "p", "--until", "understand", "--yes", "--no-input")
    assert code == 2
    assert "'word' is said to be an image, but it holds text, not images" in said


def test_a_column_of_addresses_is_refused_as_images_with_the_reason(
    collect: Cli, cli: Cli, tmp_path: Path
) -> None:
    urls = [f"https://example.org/{i}.png" for i in range(120)]
    plain(120).with_columns(pl.Series("url", urls)).write_csv(tmp_path / "rows.csv")
    code, said = collect(tmp_path / "rows.csv", "--target", "y")
    assert code == 0, said
    notes = " ".join(Project(tmp_path / "p").found("collect").notes)
    assert "nothing is fetched, so they stay text" in notes
    Project(tmp_path / "p").brief.changed({"columns.url": {"modality": "image"}}).write(tmp_path / "p")
    assert cli("run", tmp_path / "p", "--until", "understand", "--yes", "--no-input")[0] == 2


def test_a_zip_bomb_is_refused_before_it_goes_off(collect: Cli, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(4):
            archive.writestr(f"{'ab'[number % 2]}/{number}.png", bytes(40 << 20))
    code, said = collect(tmp_path / "bomb.zip")
    assert code == 2
    assert "unpacks to 160 MiB or more, which no archive of images or sounds does" in said
    assert not (tmp_path / "p" / "milepost.toml").exists()


def test_folders_as_people_have_them(collect: Cli, data: Path, tmp_path: Path) -> None:
    (data / "empty class").mkdir()
    (data / "lonely").mkdir()
    (data / "lonely" / "one.png").write_bytes(shape("disc", np.random.default_rng(5)))
    (data / "notes.csv").write_text("a,b\n1,2\n")
    (data / "disc" / "about.txt").write_text("these are discs")
    (data / "disc" / "Thumbs.db").write_bytes(b"x")
    odd = os.fsdecode(b"caf\xe9.png")
    (data / "disc" / odd).write_bytes(shape("disc", np.random.default_rng(6)))
    os.mkfifo(data / "disc" / "pipe.png")
    code, said = collect(data)
    assert code == 0, said
    found = Project(tmp_path / "p").found("collect")
    notes = " ".join(found.notes)
    assert "1 empty folders are no classes: 'empty class'" in notes
    assert "classes of one file: 'lonely'" in notes
    assert found.labelled == 2 * ROWS + 2
    assert set(listed(tmp_path)) == {"notes.csv", "disc/about.txt", "disc/pipe.png"}
    project = Project(tmp_path / "p")
    made = project.ledger.last("collect").artifacts
    names = {name for part in ("development", "test") for name in project.blobs.get_frame(made[part])["file"]}
    assert {"disc/caf\\xe9.png", "lonely/one.png"} <= names


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_files_that_may_not_be_read(collect: Cli, data: Path, tmp_path: Path) -> None:
    (data / "disc" / "disc-0000.png").chmod(0)
    assert collect(data)[0] == 0
    assert listed(tmp_path) == {"disc/disc-0000.png": "it cannot be read (Permission denied)"}


def test_equal_files_with_different_labels_are_told(collect: Cli, data: Path, tmp_path: Path) -> None:
    for number in range(3):
        copy = (data / "disc" / f"disc-{number:04d}.png").read_bytes()
        (data / "square" / f"copy-{number}.png").write_bytes(copy)
    code, said = collect(data)
    assert code == 0, said
    found = Project(tmp_path / "p").found("collect")
    assert found.clashing == (6, 3)
    groups = Project(tmp_path / "p")
    evidence = groups.ledger.last("collect")
    rows = groups.blobs.get_frame(evidence.artifacts["development"])
    test = groups.blobs.get_frame(evidence.artifacts["test"])
    assert not set(rows["image"]) & set(test["image"]), "copies stay on one side"


def test_forty_labels_of_which_twelve_never_occur(collect: Cli, data: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    names = sorted(path.relative_to(data).as_posix() for path in data.rglob("*.png"))
    columns = {f"l{i:02d}": (rng.random(2 * ROWS) < (0.3 if i < 28 else 0)).astype(int) for i in range(40)}
    pl.DataFrame({"image": names, **columns}).write_csv(data / "labels.csv")
    code, said = collect(data, "--target", ",".join(columns), "--task", "multilabel", until="annotate")
    assert code == 0, said
    assert "28 labels" in said, said


DYING = """
import os, signal, sys
from milepost.cli import run
from milepost.data.shelf import Shelf

folder, after = sys.argv[1:]
take, seen = Shelf._take, []

def dying(self, reference):
    seen.append(reference)
    if len(seen) > int(after):
        os.kill(os.getpid(), signal.SIGKILL)
    return take(self, reference)

Shelf._take = dying
sys.exit(run(["run", folder, "--until", "collect", "--yes", "--no-input"]))
"""


def test_killed_while_media_are_taken_in_nothing_is_stored_twice(
    cli: Cli, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("new", tmp_path / "p", "--data", data)[0] == 0
    done = subprocess.run([sys.executable, "-c", DYING, str(tmp_path / "p"), "40"], capture_output=True)
    assert done.returncode == -signal.SIGKILL
    taken, take = [], Shelf._take
    monkeypatch.setattr(Shelf, "_take", lambda self, one: taken.append(one) or take(self, one))
    code, said = cli("run", tmp_path / "p", "--until", "collect", "--yes", "--no-input")
    assert code == 0, said
    assert 2 * ROWS - 40 <= len(taken) <= 2 * ROWS - 40 + 4
    assert Project(tmp_path / "p").found("collect").labelled == 2 * ROWS
