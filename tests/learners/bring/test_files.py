from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from milepost.data.infer import infer_schema
from milepost.data.transform import Transform
from milepost.errors import InputError
from milepost.graphs.builder import Builder
from milepost.learners.bring.files import File

FRAME = pl.DataFrame(
    {"age": [30.0, None, 50.5], "kids": [1.0, 2.0, 1e30], "plan": ["a", None, "b"], "y": [0, 1, 0]},
    schema={"age": pl.Float64, "kids": pl.Float64, "plan": pl.String, "y": pl.Int64},
)
SCHEMA = infer_schema(pl.concat([FRAME] * 20), ("y",))


def write(path: Path, inputs: dict[str, tuple[str, int]], make: Any, width: int | None = 1) -> Path:
    builder = Builder()
    tensors = [builder.input(name, kind, wide) for name, (kind, wide) in inputs.items()]
    builder.output(make(builder, *tensors), "score", "float", width)
    path.write_bytes(builder.model().SerializeToString())
    return path


def plain(builder: Builder, age: str, plan: str) -> str:
    is_b = builder.cast(builder.node("Equal", plan, builder.const(np.array([["b"]], object))), "float")
    return builder.node("Add", age, is_b)


def test_inputs_named_like_columns_read_raw_values_of_both_kinds(tmp_path: Path) -> None:
    path = write(tmp_path / "m.onnx", {"age": ("float", 1), "plan": ("string", 1)}, plain)
    part = File(path, "own", (), "", 0).part(SCHEMA)
    found = Transform("what own reads", (part,)).matrix(FRAME)  # type: ignore[arg-type]
    assert found[[0, 2], 0].tolist() == [30.0, 51.5]
    assert np.isnan(found[1, 0])


def test_one_input_reads_the_columns_that_are_listed(tmp_path: Path) -> None:
    path = write(tmp_path / "m.onnx", {"x": ("int64", 2)}, lambda b, x: b.cast(x, "float"), 2)
    part = File(path, "own", ("kids", "age"), "", 0).part(SCHEMA)
    found = Transform("what own reads", (part,)).matrix(FRAME)  # type: ignore[arg-type]
    assert found.tolist() == [[1.0, 30.0], [2.0, 0.0], [2.0**31, 50.0]]  # missing is 0


def test_columns_that_are_not_there_or_of_another_kind_are_named(tmp_path: Path) -> None:
    path = write(tmp_path / "m.onnx", {"agee": ("float", 1)}, lambda b, x: x)
    with pytest.raises(InputError, match="reads 'agee', which is no input of this table.*age"):
        File(path, "own", (), "", 0).part(SCHEMA)
    path = write(tmp_path / "m.onnx", {"plan": ("float", 1)}, lambda b, x: x)
    with pytest.raises(
        InputError, match='as a number, here it is a category. Write modality = "number" under'
    ):
        File(path, "own", (), "", 0).part(SCHEMA)


def test_what_is_no_model_and_outputs_that_are_not_clear_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        File(tmp_path / "none.onnx", "own", (), "", 0)
    (tmp_path / "bad.onnx").write_bytes(b"no model")
    with pytest.raises(InputError, match="'bad.onnx' is no ONNX model"):
        File(tmp_path / "bad.onnx", "own", (), "", 0)
    path = write(tmp_path / "m.onnx", {"age": ("float", 1)}, lambda b, x: x)
    with pytest.raises(InputError, match="has no output 'scor'.*score"):
        File(path, "own", (), "scor", 0)
