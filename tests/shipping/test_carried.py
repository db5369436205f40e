from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from milepost import registry
from milepost.errors import Corrupt
from milepost.graphs.builder import Builder
from milepost.graphs.python import DOMAIN, OP, Part
from milepost.shipping import carried
from milepost.shipping.elsewhere import browser, device
from milepost.shipping.manifest import Column, open_package
from milepost.shipping.package import Contents, build
from milepost.shipping.server import requirements
from milepost.shipping.verify import verify

SOURCE = """import polars


class Double:
    def raw(self, x):
        return 2 * x
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that doubles a number in Python."""
    (tmp_path / "double.py").write_text(SOURCE)
    module = registry.import_file(tmp_path / "double.py")
    builder = Builder()
    part = Part.of(module.Double(), "It is a test.", module.__name__)
    raw = builder.node(OP, builder.input("x", "float"), domain=DOMAIN, **part.attributes)
    builder.output(builder.cast(raw, "double"), "value", "double", 1)
    rows = [float(n) for n in range(30)]
    task = {"name": "regression", "targets": ["y"], "labels": []}
    contents = Contents(
        name="double", task=task, columns=[Column("x", "float", "number", "float", 1.0)],
        rows={"x": rows}, answers={"value": np.array(rows)[:, None] * 2}, scale=(1.0,),
    )  # fmt: skip
    build(tmp_path / "package", builder.model(), contents)
    monkeypatch.setattr(registry, "_allowed", type(registry._allowed)())
    return tmp_path / "package"


def test_the_manifest_names_reason_source_digest_and_libraries(package: Path) -> None:
    opened = open_package(package)
    told = opened.manifest.python
    assert told["why"] == ["It is a test."]
    assert (package / "double.py").read_text() == SOURCE
    assert list(told["sources"]) == ["double.py"]
    assert {"onnx", "polars"} <= set(told["libraries"])
    assert f"polars=={told['libraries']['polars']}\n" in requirements(opened.manifest)
    assert carried.sentence(opened.manifest) == "It is a test"


def test_it_is_proven_in_python_and_refused_elsewhere(package: Path) -> None:
    opened = open_package(package)
    assert verify(opened).passed
    for place in (browser, device):
        assert place(opened) == ["the package is Python only, and there is no Python there. It is a test."]


def test_code_of_another_s_package_waits_until_it_is_allowed(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("milepost.graphs.python._made", set())
    proof = verify(open_package(package))
    assert not proof.passed
    assert "not been allowed to run" in proof.sentence
    registry.trust()
    assert verify(open_package(package)).passed


def test_a_source_that_is_not_what_runs_is_found(package: Path) -> None:
    (package / "double.py").write_text("nothing to see here")
    proof = verify(open_package(package))
    assert "the file double.py is not the source that the graph carries." in proof.problems
    (package / "double.py").unlink()
    with pytest.raises(Corrupt, match="double.py"):
        open_package(package)


def test_an_ordinary_package_carries_nothing() -> None:
    builder = Builder()
    builder.output(builder.input("x", "float"), "value", "float", 1)
    assert carried.told(builder.model().SerializeToString()) == {}
