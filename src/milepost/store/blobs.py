"""Bytes named by their SHA-256, in a folder or any bucket that fsspec can reach."""

from __future__ import annotations

import io
import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from milepost.digest import Digest, Json, digest_bytes, digest_file, plain
from milepost.errors import Corrupt, EnvironmentProblem, MissingExtra, UsageError

_DIGEST = re.compile(r"[0-9a-f]{64}")
_STALE_SECONDS = 86_400
MEND = "Restore it from a backup, or run the step that made it again."


class Blobs:
    """Content-addressed bytes: what is put once is stored once, under its digest, whole or not at all.

    Args:
        where: a folder (made where it is missing), or a URL such as `s3://bucket/project`.

    Raises:
        EnvironmentProblem: the place cannot be reached or written.

    >>> blobs = Blobs(tempfile.mkdtemp())
    >>> blobs.get(blobs.put(b"hello"))
    b'hello'
    """

    def __init__(self, where: str | Path) -> None:
        self.url = str(where)
        self._verified: set[Digest] = set()
        self._folder: Path | None = None
        if "://" not in self.url or self.url.startswith("file://"):
            self._folder = Path(self.url.removeprefix("file://")).absolute()
            with self._writing():
                (self._folder / "tmp").mkdir(parents=True, exist_ok=True)
                self._sweep()
        else:
            self._bucket, self._root = _connect(self.url)

    def put(self, data: bytes) -> Digest:
        """Stores bytes and returns their digest."""
        name = digest_bytes(data)
        if not self._has(name, len(data)):
            self._store(lambda path: path.write_bytes(data))
        return name

    def put_soon(self, data: bytes) -> Digest:
        """Stores bytes in a tenth of the time and returns their digest; safe after `settle`."""
        if self._folder is None:
            return self.put(data)
        name = digest_bytes(data)
        if self._has(name, None) and (self._folder / _place(name)).stat().st_size == len(data):
            return name
        with self._writing():
            handle, temporary = tempfile.mkstemp(dir=self._folder / "tmp", prefix=f"{os.getpid()}-")
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            self._rename(Path(temporary), name)
        return name

    def settle(self) -> None:
        """Waits until all that was stored soon is on the disk."""
        if self._folder is not None and hasattr(os, "sync"):
            os.sync()

    def put_file(self, path: str | Path) -> Digest:
        """Stores a copy of a file and returns its digest.

        Raises:
            OSError: the file cannot be read.
        """
        import shutil

        name = digest_file(path)
        if not self._has(name, Path(path).stat().st_size):
            self._store(lambda copy: shutil.copyfile(path, copy))
        return name

    def get(self, name: Digest) -> bytes:
        """Returns the bytes of a digest.

        Raises:
            Corrupt: what is stored under the digest is something else, or nothing is.
        """
        data = self._read(name)
        if digest_bytes(data) != name:
            raise self._damaged(name)
        return data

    def has(self, name: Digest) -> bool:
        """True where something is stored under the digest."""
        return self._has(name, None)

    def path(self, name: Digest) -> Path:
        """The file of a digest in a local store, verified the first time.

        Raises:
            Corrupt: the file's bytes have another digest, or it is not there.
            EnvironmentProblem: the store is not a folder.
        """
        if self._folder is None:
            raise EnvironmentProblem(
                f"'{self.url}' is not a folder, so its blobs have no path.", todo="Read it with get()."
            )
        path = self._folder / _place(name)
        if not path.is_file():
            raise self._missing(name)
        if name not in self._verified:
            if digest_file(path) != name:
                raise self._damaged(name)
            self._verified.add(name)
        return path

    def put_array(self, array: np.ndarray[Any, Any]) -> Digest:
        """Stores an array as .npy and returns its digest.

        Raises:
            UsageError: the array holds Python objects.
        """
        if array.dtype.hasobject:
            raise UsageError(f"an array of Python objects (dtype {array.dtype}) is not stored.")

        def write(path: Path) -> None:
            with path.open("wb") as stream:
                np.save(stream, np.ascontiguousarray(array) if array.ndim else array, allow_pickle=False)

        return self._store(write)

    def get_array(self, name: Digest) -> np.ndarray[Any, Any]:
        """Returns an array: read-only and memory-mapped from a local store, in memory from elsewhere."""
        if self._folder is None:
            return np.asarray(np.load(io.BytesIO(self.get(name)), allow_pickle=False))
        path = self.path(name)
        try:
            return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
        except ValueError:  # an empty array cannot be mapped
            return np.asarray(np.load(path, allow_pickle=False))

    def put_frame(self, frame: pl.DataFrame) -> Digest:
        """Stores a frame as Parquet (zstd) and returns its digest."""
        return self._store(lambda path: frame.write_parquet(path, compression="zstd"))

    def get_frame(self, name: Digest) -> pl.DataFrame:
        """Returns a frame."""
        if self._folder is None:
            return pl.read_parquet(io.BytesIO(self.get(name)))
        return pl.read_parquet(self.path(name))

    def put_json(self, value: object) -> Digest:
        """Stores a value as canonical JSON (sorted keys) and returns its digest."""
        text = json.dumps(plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return self.put(text.encode())

    def get_json(self, name: Digest) -> Json:
        """Returns a JSON value."""
        return json.loads(self.get(name))

    def _store(self, write: Callable[[Path], object]) -> Digest:
        """Writes a temporary file, then moves it under its digest: readers see all of it or nothing."""
        home = self._folder / "tmp" if self._folder is not None else None
        with self._writing():
            handle, temporary = tempfile.mkstemp(dir=home, prefix=f"{os.getpid()}-")
            os.close(handle)
            try:
                write(Path(temporary))
                name = digest_file(temporary)
                if not self._has(name, Path(temporary).stat().st_size):
                    self._move(Path(temporary), name)
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(temporary)
        return name

    def _move(self, temporary: Path, name: Digest) -> None:
        if self._folder is None:
            self._bucket.put_file(str(temporary), f"{self._root}/{_place(name)}")
            return
        _sync(temporary)
        _sync(self._rename(temporary, name).parent)

    def _rename(self, temporary: Path, name: Digest) -> Path:
        assert self._folder is not None
        target = self._folder / _place(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.chmod(temporary, 0o444)
        os.replace(temporary, target)
        return target

    def _has(self, name: Digest, size: int | None) -> bool:
        """Whether the digest is stored; with a size, whether it is stored whole."""
        if self._folder is not None:
            path = self._folder / _place(name)
            if size is None or not path.is_file() or size != path.stat().st_size:
                return size is None and path.is_file()
            if name not in self._verified and digest_file(path) == name:
                self._verified.add(name)
            return name in self._verified
        path_in_bucket = f"{self._root}/{_place(name)}"
        if not self._bucket.exists(path_in_bucket):
            return False
        return size is None or self._bucket.size(path_in_bucket) == size

    def _read(self, name: Digest) -> bytes:
        try:
            if self._folder is not None:
                return (self._folder / _place(name)).read_bytes()
            return bytes(self._bucket.cat_file(f"{self._root}/{_place(name)}"))
        except FileNotFoundError as problem:
            raise self._missing(name) from problem

    def _missing(self, name: Digest) -> Corrupt:
        return Corrupt(f"there is no blob {name} in '{self.url}'.", todo=MEND)

    def _damaged(self, name: Digest) -> Corrupt:
        """The error for bytes that are not what they are named by; a file is set aside, to be made anew."""
        where = f"in '{self.url}'"
        if self._folder is not None:
            path = self._folder / _place(name)
            aside = path.with_name(f"{name}.damaged")
            with suppress(OSError):
                os.replace(path, aside)
                where = f"and were set aside as '{aside}'"
        return Corrupt(
            f"the bytes stored as {name} have another digest: they were damaged, {where}.", todo=MEND
        )

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except (OSError, pl.exceptions.PolarsError) as problem:
            why = getattr(problem, "strerror", None) or str(problem).strip().split("\n")[0]
            raise EnvironmentProblem(
                f"'{self.url}' cannot be written ({why}).",
                expected="What was recorded before is kept.",
                todo="Check the rights and the space there, then run again.",
            ) from problem

    def _sweep(self) -> None:
        """Removes what killed processes left half-written a day ago or longer."""
        assert self._folder is not None
        for path in (self._folder / "tmp").iterdir():
            with suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > _STALE_SECONDS and not _alive(path.name):
                    path.unlink()


def _connect(url: str) -> tuple[Any, str]:
    import fsspec

    try:
        bucket, root = fsspec.core.url_to_fs(url)
    except ImportError as problem:
        raise MissingExtra(
            f"'{url}' needs another package ({problem}).", todo="Install it with pip."
        ) from problem
    except ValueError as problem:
        raise EnvironmentProblem(f"'{url}' cannot be reached ({problem}).") from problem
    return bucket, str(root).rstrip("/")


def _place(name: Digest) -> str:
    if not _DIGEST.fullmatch(name):
        raise UsageError(f"'{name}' is not a digest.", expected="64 hexadecimal digits are expected.")
    return f"{name[:2]}/{name[2:4]}/{name}"


def _alive(name: str) -> bool:
    """Whether the process that a temporary file's name begins with is still there."""
    number = name.partition("-")[0]
    if not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
