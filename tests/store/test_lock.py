"""Locks that do not live in a database."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from milepost.errors import EnvironmentProblem
from milepost.store import lock


def _try(path: Path, out: multiprocessing.Queue[str]) -> None:
    lock._held.clear()
    try:
        with lock.file(path):
            out.put("got it")
    except EnvironmentProblem as problem:
        out.put(problem.what)


def _in_fork(path: Path) -> str:
    context = multiprocessing.get_context("fork")
    out = context.Queue()
    child = context.Process(target=_try, args=(path, out))
    child.start()
    said: str = out.get(timeout=20)
    child.join()
    return said


def test_forked_children_do_not_inherit_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with lock.file(path):
        assert "another run is at work" in _in_fork(path)
    assert _in_fork(path) == "got it"


def test_an_error_inside_frees_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with pytest.raises(ZeroDivisionError), lock.file(path):
        _ = 1 / 0
    with lock.file(path):
        assert path.read_text().startswith("pid ")


def test_elsewhere_tells_urls_apart() -> None:
    first, second = lock.elsewhere("mysql://host/a", "run"), lock.elsewhere("mysql://host/b", "run")
    again = lock.elsewhere("mysql://host/a", "run")
    with first, second, pytest.raises(EnvironmentProblem, match="this very process"), again:
        pass
