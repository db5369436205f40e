"""Bytes by digest, in a folder and in a bucket."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.errors import Corrupt, EnvironmentProblem, UsageError
from milepost.store.blobs import Blobs


@pytest.fixture(params=["folder", "memory"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs" if request.param == "folder" else f"memory://{tmp_path.name}/blobs")


def test_round_trips(blobs: Blobs, tmp_path: Path) -> None:
    assert blobs.put(b"abc") == hashlib.sha256(b"abc").hexdigest()
    assert blobs.get(blobs.put(b"abc")) == b"abc"
    assert blobs.get(blobs.put(b"")) == b""
    (tmp_path / "f").write_bytes(b"file" * 1000)
    assert blobs.get(blobs.put_file(tmp_path / "f")) == b"file" * 1000
    value = {"b": [1, 2.5, None, "ö"], "a": True}
    assert blobs.get_json(blobs.put_json(value)) == value
    assert blobs.put_json({"x": 1, "y": 2}) == blobs.put_json({"y": 2, "x": 1})
    frame = pl.DataFrame({"a": [1, None], "b": ["x", "y"]})
    name = blobs.put_frame(frame)
    assert blobs.get_frame(name).equals(frame)
    assert blobs.put_frame(frame) == name
    assert blobs.has(name)
    assert not blobs.has("0" * 64)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12.0).reshape(3, 4),
        np.arange(12.0).reshape(3, 4).T,
        np.zeros((0, 3), np.float32),
        np.array(5),
        np.array(["a", "bc"]),
    ],
)
def test_arrays(blobs: Blobs, array: np.ndarray) -> None:
    back = blobs.get_array(blobs.put_array(array))
    assert back.dtype == array.dtype
    assert np.array_equal(back, array)


def test_arrays_of_objects_are_refused(blobs: Blobs) -> None:
    with pytest.raises(UsageError, match="Python objects"):
        blobs.put_array(np.array([{}]))


def test_local_arrays_are_mapped_and_read_only(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    back = blobs.get_array(blobs.put_array(np.ones(1000)))
    assert isinstance(back.base, np.memmap) or isinstance(back, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        back[0] = 2


def test_the_same_bytes_are_stored_once_in_two_levels(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    name = blobs.put(b"abc")
    first = blobs.path(name).stat().st_mtime_ns
    assert blobs.put(b"abc") == name
    assert blobs.path(name) == tmp_path / name[:2] / name[2:4] / name
    assert blobs.path(name).stat().st_mtime_ns == first
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [blobs.path(name)]


def test_damage_is_found_and_named(tmp_path: Path) -> None:
    name = Blobs(tmp_path).put_array(np.ones(10))
    path = Blobs(tmp_path).path(name)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    blobs = Blobs(tmp_path)
    for read in (blobs.get, blobs.path, blobs.get_array, blobs.get_frame):
        with pytest.raises(Corrupt, match=name):
            read(name)


def test_half_a_blob_is_replaced(blobs: Blobs) -> None:
    name = blobs.put(b"whole bytes")
    if blobs._folder is not None:
        path = blobs.path(name)
        path.chmod(0o644)
        path.write_bytes(b"who")
    else:
        blobs._bucket.pipe_file(f"{blobs._root}/{name[:2]}/{name[2:4]}/{name}", b"who")
    assert blobs.put(b"whole bytes") == name
    assert blobs.get(name) == b"whole bytes"


def test_missing_and_wrong_names(blobs: Blobs) -> None:
    with pytest.raises(EnvironmentProblem, match="there is no blob 000"):
        blobs.get("0" * 64)
    for name in ("../../etc/passwd", "abc", "A" * 64):
        with pytest.raises(UsageError, match="not a digest"):
            blobs.get(name)


def test_a_bucket_has_no_paths() -> None:
    blobs = Blobs("memory://x")
    with pytest.raises(EnvironmentProblem, match="not a folder"):
        blobs.path(blobs.put(b"a"))


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentProblem, match="cannot be written"):
        Blobs(tmp_path / "file" / "blobs")
    with pytest.raises(EnvironmentProblem, match="nosuch"):
        Blobs("nosuch://bucket")


def test_old_leftovers_are_swept(tmp_path: Path) -> None:
    Blobs(tmp_path)
    old, new = tmp_path / "tmp" / "old", tmp_path / "tmp" / "new"
    old.write_text("x")
    new.write_text("x")
    os.utime(old, (time.time() - 1e6,) * 2)
    Blobs(tmp_path)
    assert not old.exists()
    assert new.exists()


_WRITER = """
import sys
import os
from milepost.store.blobs import Blobs
blobs = Blobs(sys.argv[1])
print("go", flush=True)
while True:
    blobs.put(os.urandom(2_000_000))
"""


def test_kill_never_leaves_half_a_blob(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", _WRITER, str(tmp_path)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    time.sleep(0.3)
    child.kill()
    child.wait()
    child.stdout.close()
    found = [p.name for p in tmp_path.rglob("*") if p.is_file() and p.parent.name != "tmp"]
    blobs = Blobs(tmp_path)
    assert found
    assert all(len(blobs.get(name)) == 2_000_000 for name in found)


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    blobs = Blobs("memory://any")
    assert blobs.get(blobs.put(data)) == data


def test_what_is_stored_soon_is_stored_whole_and_once(blobs: Blobs) -> None:
    name = blobs.put_soon(b"soon" * 100)
    blobs.settle()
    assert blobs.get(name) == b"soon" * 100
    assert blobs.put_soon(b"soon" * 100) == name == blobs.put(b"soon" * 100)


def test_a_blob_that_a_power_cut_left_empty_is_stored_again(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    name = blobs.put_soon(b"whole")
    path = blobs.path(name)
    path.chmod(0o644)
    path.write_bytes(b"")
    assert Blobs(tmp_path).put_soon(b"whole") == name
    assert Blobs(tmp_path).get(name) == b"whole"
