"""Full disks, other processes, jumping clocks, damaged and foreign stores: exit code 1, nothing lost."""

from __future__ import annotations

import gc
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from milepost import Project
from milepost.store import aided, labels
from milepost.store.rows import Rows
from milepost.testing.toys import plain

Cli = Callable[..., tuple[int, str]]


def limited(folder: Path, size: int) -> subprocess.CompletedProcess[str]:
    """Runs the road in a process whose files may not grow beyond a size: as a full disk answers."""
    code = (
        "import resource, sys\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))\n"
        "from milepost.cli.main import run\n"
        "sys.exit(run(sys.argv[1:]))\n"
    )
    words = [sys.executable, "-c", code, "run", str(folder), "--until", "annotate", "--yes", "--no-input"]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("size", [2_000, 30_000])
def test_a_full_disk_is_told_and_the_work_goes_on(size: int, cli: Cli, go: Cli, tmp_path: Path) -> None:
    assert go(plain(2000), until="frame")[0] == 0
    folder = tmp_path / "p"
    shutil.rmtree(folder / ".milepost")
    ended = limited(folder, size)
    assert ended.returncode == 1, ended.stderr
    assert "Traceback" not in ended.stderr
    assert re.search(r"cannot be written|failed \(", ended.stderr), ended.stderr
    code, said = cli("run", folder, "--until", "annotate", "--yes", "--no-input")
    assert code == 0, said


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """A file system of 300 kB, where this user may make one."""
    place = tmp_path / "small"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "none", str(place)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("this user may not mount a file system")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=False)


def test_a_disk_that_fills_up_loses_nothing(full: Path, tmp_path: Path) -> None:
    plain(20_000).write_parquet(tmp_path / "big.parquet")
    milepost = [sys.executable, "-m", "milepost"]

    def call(*words: object) -> tuple[int, str]:
        ended = subprocess.run([*milepost, *map(str, words)], capture_output=True, text=True, check=False)
        assert "Traceback" not in ended.stderr
        assert "fault of milepost" not in ended.stderr
        return ended.returncode, ended.stderr

    assert call("new", full / "p", "--data", tmp_path / "big.parquet", "--target", "y")[0] == 0
    code, said = call("run", full / "p", "--until", "collect", "--yes", "--no-input")
    assert code == 1
    assert "No space left" in said or "disk" in said
    subprocess.run(["mount", "-o", "remount,size=50m", str(full)], check=True)
    assert call("run", full / "p", "--until", "collect", "--yes", "--no-input")[0] == 0


def test_two_processes_do_not_work_on_one_project(collected: Path, cli: Cli) -> None:
    words = [sys.executable, "-m", "milepost", "run", str(collected), "--until", "annotate"]
    with Rows(collected / ".milepost" / "rows.db").lock():
        other = subprocess.run(words, capture_output=True, text=True, check=False)
        assert other.returncode == 1
        assert f"pid {os.getpid()}" in other.stderr
        assert cli("status", collected)[0] == 0
    assert cli("run", collected, "--until", "annotate")[0] == 0


@pytest.mark.parametrize("stamp", [0, 2**33])
def test_a_clock_that_jumps_changes_no_order(stamp: int, collected: Path, cli: Cli, tmp_path: Path) -> None:
    with Rows(collected / ".milepost" / "rows.db") as rows, rows._engine.begin() as connection:
        body = '{"value": 1, "by": "a", "because": ""}'
        connection.exec_driver_sql(
            "INSERT INTO entries (stream, key, at, body) VALUES ('answer', 'later', ?, ?)",
            ("2999-01-01T00:00:00+00:00", body),
        )
    project = Project(collected)
    project.ledger.answer("later", 2, "b")
    assert project.ledger.answers()["later"]["value"] == 2
    os.utime(tmp_path / "data.parquet", (stamp, stamp))
    left = collected / ".milepost" / "blobs" / "tmp" / f"{os.getpid()}-at-work"
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    assert cli("run", collected, "--until", "annotate", "--yes", "--no-input")[0] == 0
    assert left.exists(), "a living process still writes it"


def blob(folder: Path, step: str, name: str) -> Path:
    project = Project(folder)
    evidence = project.ledger.last(step)
    assert evidence is not None
    return project.blobs.path(evidence.artifacts[name])


def test_a_damaged_blob_is_found_named_and_made_again(collected: Path, cli: Cli) -> None:
    path = blob(collected, "collect", "development")
    data = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    code, said = cli("run", collected, "--until", "annotate", "--yes", "--no-input")
    assert code == 1
    assert path.name in said
    assert "have another digest" in said
    assert "what 'collect' kept as 'development'" in said
    assert f"milepost run {collected} --from collect" in said
    assert path.with_name(f"{path.name}.damaged").is_file()
    assert cli("run", collected, "--from", "collect", "--until", "annotate", "--yes", "--no-input")[0] == 0


def test_all_blobs_may_be_damaged_or_lost(collected: Path, cli: Cli) -> None:
    for path in (collected / ".milepost" / "blobs").glob("??/??/*"):
        path.chmod(0o644)
        path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert cli("run", collected, "--from", "frame", "--until", "annotate", "--yes", "--no-input")[0] == 0
    shutil.rmtree(collected / ".milepost" / "blobs")
    code, said = cli("run", collected, "--from", "annotate", "--until", "annotate", "--yes", "--no-input")
    assert code == 1
    assert "there is no blob" in said
    assert cli("run", collected, "--from", "frame", "--until", "annotate", "--yes", "--no-input")[0] == 0


def store(folder: Path, *statements: str) -> None:
    connection = sqlite3.connect(folder / ".milepost" / "rows.db")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_newer_store_is_refused_and_an_older_one_brought_up(collected: Path, cli: Cli) -> None:
    store(collected, "UPDATE schema_version SET version = 99")
    code, said = cli("status", collected)
    assert code == 1
    assert "Upgrade milepost" in said
    older = ["DROP TRIGGER entries_no_update", "DROP TRIGGER entries_no_delete"]
    older += [f"DROP TABLE {table.name}" for table in (*labels.TABLES, aided.table)]
    store(collected, *older, "UPDATE schema_version SET version = 1")
    code, said = cli("status", collected, "--json")
    assert code == 0
    assert '"passed"' in said
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        store(collected, "DELETE FROM entries")


@pytest.mark.parametrize("size", [None, 5000])
def test_a_damaged_database_is_told(size: int | None, collected: Path, cli: Cli) -> None:
    gc.collect()  # what this process had opened is closed, and merged into the file
    path = collected / ".milepost" / "rows.db"
    whole = path.read_bytes()
    for extra in collected.glob(".milepost/rows.db-*"):
        extra.unlink()
    path.write_bytes(b"nothing" * 999 if size is None else whole[:size])
    code, said = cli("run", collected, "--until", "annotate")
    assert code == 1
    assert "is damaged" in said or (size and "failed (" in said)
    path.unlink()
    assert cli("run", collected, "--until", "annotate", "--yes", "--no-input")[0] == 0


def test_a_folder_that_cannot_be_written(go: Cli, cli: Cli, tmp_path: Path) -> None:
    assert go(plain(), until="frame")[0] == 0
    for place in ("/proc/nowhere", tmp_path / "data.parquet", tmp_path / "data.parquet" / "below"):
        code, said = cli("new", place, "--data", tmp_path / "data.parquet", "--target", "y")
        assert code == 1, said
        assert "cannot be" in said
    shutil.rmtree(tmp_path / "p" / ".milepost")
    (tmp_path / "p" / ".milepost").write_text("a file where a folder should be")
    code, said = cli("run", tmp_path / "p")
    assert code == 1
    assert "cannot be made" in said
    (tmp_path / "p" / ".milepost").unlink()
    assert cli("run", tmp_path / "p", "--until", "frame", "--yes", "--no-input")[0] == 0


def test_a_read_only_project_can_be_looked_at(collected: Path, tmp_path: Path) -> None:
    place = tmp_path / "readonly"
    place.mkdir()
    bind = f"mount --bind '{collected}' '{place}' && mount -o remount,ro,bind '{place}'"
    if subprocess.run(bind, shell=True, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a folder")
    try:
        found = {}
        for words in (("status",), ("run", "--until", "annotate"), ("report",)):
            line = [sys.executable, "-m", "milepost", words[0], str(place), *words[1:]]
            ended = subprocess.run(line, capture_output=True, text=True, check=False)
            assert "Traceback" not in ended.stderr
            found[words[0]] = ended.returncode
            assert ended.returncode == 0 or "cannot be written" in ended.stderr or "readonly" in ended.stderr
        assert found["run"] == found["report"] == 1
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False)
