from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from milepost import registry
from milepost.errors import EnvironmentProblem, MilepostError, UsageError
from milepost.graphs import python
from milepost.graphs.builder import Builder
from milepost.graphs.python import DOMAIN, OP, Part, parts
from milepost.graphs.session import run, session

SOURCE = "class Sum:\n    def raw(self, x):\n        return x.sum(axis=1, keepdims=True)\n"


class Half:
    def raw(self, x: Any) -> Any:
        return x / 2


class Wrong:
    def raw(self, x: Any) -> Any:
        return x.ravel()


class Bomb:
    def __reduce__(self) -> Any:
        return os.mkdir, ("exploded",)


@pytest.fixture(autouse=True)
def strict(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    allowed = registry.trusted()
    registry._allowed.clear()
    monkeypatch.chdir(tmp_path)
    yield
    if allowed:
        registry.trust()


def graph(*models: Any, part: Part | None = None) -> bytes:
    """Doubles, then each model in turn, then adds 1 and what was doubled."""
    builder = Builder()
    x = builder.input("x", "float", 2)
    first = now = builder.node("Add", x, x)
    for model in models or (None,):
        made = part or Part.of(model, "It is a test.", __name__)
        now = builder.node(OP, now, domain=DOMAIN, **made.attributes)
    both = builder.node("Add", builder.node("Add", now, builder.const(np.float32([[1]]))), first)
    builder.output(both, "y", "float", 2)
    return builder.model().SerializeToString()


def test_pieces_run_around_the_parts_at_any_batch() -> None:
    opened = session(graph(Half(), Half()))
    for rows in (1, 5):
        x = np.arange(2.0 * rows, dtype=np.float32).reshape(rows, 2)
        assert run(opened, {"x": x})["y"].tolist() == (x / 2 + 1 + 2 * x).tolist()
    assert [(door.name, door.type) for door in opened.get_inputs()] == [("x", "tensor(float)")]
    assert [door.name for door in opened.get_outputs()] == ["y"]


def test_foreign_code_runs_only_where_it_was_allowed(tmp_path: Path) -> None:
    part = Part("It is a test.", "", "", b"", pickle.dumps(Bomb()))
    with pytest.raises(UsageError, match="has not been allowed to run.*--python"):
        session(graph(part=part))
    assert not (tmp_path / "exploded").exists()
    registry.trust()
    session(graph(part=part))
    assert (tmp_path / "exploded").exists()


def test_a_model_of_a_plug_in_takes_its_source_along(tmp_path: Path) -> None:
    (tmp_path / "sums.py").write_text(SOURCE)
    module = registry.import_file(tmp_path / "sums.py")
    data = graph(part=Part.of(module.Sum(), "It is a test.", module.__name__))
    (part,) = parts(data)
    assert (part.file, part.source.decode(), part.modules) == ("sums.py", SOURCE, {module.__name__})
    del sys.modules[module.__name__]
    registry.trust()
    x = np.float32([[1, 2]])
    assert run(session(data), {"x": x})["y"].tolist() == [[9.0, 11.0]]


def test_the_libraries_that_a_pickle_needs_are_told() -> None:
    from sklearn.linear_model import LinearRegression

    fitted = LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0])
    found = Part.of(fitted, "It is a test.", "elsewhere")
    assert {"sklearn", "numpy"} <= found.packages
    assert found.digest == ""


def test_what_cannot_be_pickled_or_loaded_is_told_in_a_sentence() -> None:
    with pytest.raises(UsageError, match="cannot be pickled.*at the top of the plug-in"):
        Part.of(lambda x: x, "It is a test.", __name__)
    registry.trust()
    gone = Part("It is a test.", "", "", b"", b"cno_such_module\nThing\n.")
    with pytest.raises(EnvironmentProblem, match="cannot be loaded: ModuleNotFoundError"):
        session(graph(part=gone))


def test_scores_of_another_shape_are_refused() -> None:
    with pytest.raises(MilepostError, match=r"gives scores shaped \(4,\) to 2 rows"):
        run(session(graph(Wrong())), {"x": np.zeros((2, 2), np.float32)})


def test_an_ordinary_graph_has_no_parts() -> None:
    assert python.parts(b"whatever") == ()
