"""Sessions run models, bytes and files."""

import time

import numpy as np
import onnx
import onnxruntime
import pytest

from milepost.graphs.builder import Builder
from milepost.graphs.session import column, door, run, session


def doubler():
    builder = Builder()
    x = builder.input("x", "float")
    builder.output(builder.node("Add", x, x), "y", "float", 1)
    return builder.model()


def test_a_model_its_bytes_and_its_file(tmp_path):
    onnx.save(doubler(), tmp_path / "model.onnx")
    x = np.ones((3, 1), np.float32)
    for source in (doubler(), doubler().SerializeToString(), str(tmp_path / "model.onnx")):
        answers = run(session(source, threads=2), {"x": x, "not needed": x})
        assert list(answers) == ["y"]
        assert answers["y"].tolist() == [[2], [2], [2]]


def test_a_column_may_have_the_name_of_an_answer():
    builder = Builder()
    names = ["value", "label", "value (column)", "age"]
    tensors = [builder.input(name, "float") for name in names]
    assert len(set(tensors)) == len(names)
    builder.output(builder.node("Sum", *tensors), "value", "float", 1)
    opened = session(builder.model())
    feeds = {name: np.full((2, 1), 10.0**place, np.float32) for place, name in enumerate(names)}
    assert run(opened, feeds)["value"].ravel().tolist() == [1111.0, 1111.0]
    assert [column(door(name)) for name in names] == names


def test_a_thousand_columns_are_looked_up_at_once_and_one_that_lacks_is_named():
    builder, names = Builder(), [f"c{place}" for place in range(1_000)]
    raw = [builder.input(name, "float") for name in names]
    builder.output(builder.node("Concat", *raw, axis=1), "y", "float", len(names))
    feeds = {name: np.ones((1, 1), np.float32) for name in names}
    plain = onnxruntime.InferenceSession(builder.model().SerializeToString())
    quickest = []
    for opened in (session(builder.model()), plain):
        spent = []
        for _ in range(5):
            start = time.process_time()
            (said,) = opened.run(None, feeds)
            spent.append(time.process_time() - start)
        assert said.tolist() == [[1.0] * len(names)]
        quickest.append(min(spent))
    assert quickest[0] < quickest[1]
    del feeds["c7"]
    with pytest.raises(ValueError, match=r"\['c7'\]"):
        session(builder.model()).run(None, feeds)


def test_each_session_keeps_the_names_of_its_own_doors():
    opened = []
    for name in ("x", "proba"):
        b = Builder()
        b.output(b.node("Neg", b.input(name, "float")), f"{name} turned", "float", 1)
        opened.append(session(b.model()))
    table = {"x": np.float32([[1]]), "proba": np.float32([[2]])}
    for _ in range(2):
        said = [{name: float(value[0, 0]) for name, value in run(one, table).items()} for one in opened]
        assert said == [{"x turned": -1.0}, {"proba turned": -2.0}]
