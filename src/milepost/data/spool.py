"""A place for bytes without a file of their own, out of tables and archives, until the process ends."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import threading
from pathlib import Path

from milepost.digest import Digest, digest_bytes
from milepost.errors import EnvironmentProblem
from milepost.modalities import media

_guard = threading.Lock()
_folders: list[Path] = []


def folder() -> Path:
    """The folder of this process, made when it is first asked for and removed at the end."""
    with _guard:
        if not _folders:
            try:
                made = Path(tempfile.mkdtemp(prefix="milepost-media-"))
            except OSError as problem:
                raise EnvironmentProblem(
                    f"no temporary folder can be made ({problem.strerror}).",
                    todo="Set TMPDIR to one with space.",
                ) from problem
            atexit.register(shutil.rmtree, made, ignore_errors=True)
            _folders.append(made)
        return _folders[0]


def put(data: bytes) -> Digest:
    """Keeps bytes until the process ends, and makes them known to `media.load`.

    Raises:
        EnvironmentProblem: there is no space.
    """
    name = digest_bytes(data)
    path = folder() / name[:2] / name
    if not path.exists():
        try:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        except OSError as problem:
            raise EnvironmentProblem(
                f"'{path.parent}' cannot be written ({problem.strerror}).",
                todo="Set TMPDIR to a folder with more space.",
            ) from problem
    media.known(name, path)
    return name
