import io

import numpy as np
import polars as pl
import pytest

from milepost.data.infer import infer_schema
from milepost.data.schema import Column as Field
from milepost.data.schema import Schema
from milepost.modalities import media
from milepost.shipping import inline
from milepost.shipping.batch import predict
from milepost.shipping.manifest import Column, open_package
from milepost.shipping.package import Contents, build
from milepost.shipping.verify import verify
from milepost.steps import proof
from milepost.steps.proof import samples
from milepost.tasks.base import tasks


@pytest.fixture
def golden(staged):
    work = staged("binary").work("ship")
    found = work.json("final", "golden")
    columns = proof.rows(staged("binary").development, schema(staged), 60, 0)[0]
    return columns, found["rows"]


def schema(staged):
    return infer_schema(
        staged("binary").development, ["late"], {"bill": {"role": "ignored"}}, time="day", keys=["id"]
    )


def test_golden_rows_hold_edges_and_no_row_of_the_data(staged):
    frame = staged("binary").development
    columns, rows = proof.rows(frame, schema(staged), 60, 0)
    assert [c.name for c in columns] == ["age", "kind", "sex", "since"]
    assert {len(values) for values in rows.values()} == {60}
    assert "Zürich 東京 🛫" in rows["kind"]
    assert all(None in values for values in rows.values())
    known = {tuple(map(str, row)) for row in frame.select("age", "kind", "sex", "since").rows()}
    made = {tuple(map(str, row)) for row in zip(*rows.values(), strict=True)}
    assert not known & made
    assert all(column.example is not None for column in columns)
    assert proof.rows(frame, schema(staged), 60, 0) == (columns, rows)


def test_raw_rows_are_what_the_wire_makes_of_json(golden):
    columns, rows = golden
    frame = proof.raw(columns, rows)
    assert frame.columns == [c.name for c in columns]
    for name, values in rows.items():
        gone = frame[name].is_null().to_list()
        assert gone == [value is None or value == "" for value in values]
    assert frame["since"].dtype == pl.Int64


@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel", "regression", "vector"])
def test_a_package_gives_the_answers_of_the_native_model(staged, tmp_path, task):
    stage = staged(task)
    work = stage.work("ship")
    found, native = work.json("final", "golden"), np.asarray(work.array("final", "golden answers"))
    columns = proof.rows(stage.development, stage_schema(stage), 60, 0)[0]
    contents = Contents(
        name="toy", task=stage.task.plain(), columns=columns, rows=found["rows"],
        answers=proof.answers(stage.task, native, None), scale=np.atleast_1d(work.json("final", "scale")),
    )  # fmt: skip
    build(tmp_path / "package", work.blobs.get(work.artifact("final", "graph")), contents)
    assert verify(tmp_path / "package").passed
    answered = predict(open_package(tmp_path / "package"), proof.raw(columns, found["rows"]))
    if task == "binary":
        assert np.allclose(answered["proba_1"], native, atol=1e-6)


def stage_schema(stage):
    roles = {"bill": {"role": "ignored"}, "day": {"role": "ignored"}}
    return infer_schema(stage.development, list(stage.task.targets), roles, keys=["id"])


def test_answers_decide_in_single_precision_and_name_the_label():
    binary = tasks["binary"].of({"targets": ["t"], "labels": ["no", "yes"]})
    found = proof.answers(binary, np.array([0.2, 0.3, 0.9]), 0.3)
    assert found["decision"] == [[0], [1], [1]]
    assert found["label"] == [["no"], ["yes"], ["yes"]]
    assert "decision" not in proof.answers(binary, np.array([0.2]), None)
    many = tasks["multiclass"].of({"targets": ["t"], "labels": ["a", "b", "c"]})
    assert proof.answers(many, np.eye(3), None)["label"] == [["a"], ["b"], ["c"]]
    plain = {"targets": ["t"], "labels": ["a", "b"], "form": ";"}
    found = proof.answers(tasks["multilabel"].of(plain), np.array([[0.3, 0.6], [0.2, 0.1]]), (0.3, 0.7))
    assert found["decision"] == [[1, 0], [0, 0]]
    assert found["label"] == [["a", ""], ["", ""]]
    number = tasks["regression"].of({"targets": ["t"], "scale": [1.0]})
    assert proof.answers(number, np.array([1.5, 2.0]), None) == {"value": [[1.5], [2.0]]}


def test_raw_rows_of_texts_pictures_and_sounds():
    columns = [
        Column("t", "text", "text", "bytes"), Column("p", "image", "image", "pixels"),
        Column("s", "sound", "sound", "wave"), Column("n", "float", "number", "float"),
    ]  # fmt: skip
    data = {
        "t": ["a\0", None],
        "p": ["AAAA", None],
        "s": [None, "data:audio/wav;base64,BBBB"],
        "n": [1, None],
    }
    frame = proof.raw(columns, data)
    assert frame["t"].to_list() == ["a\0", None]
    assert (media.load(frame["p"][0]), frame["p"][1]) == (b"\0\0\0", None)
    assert media.load(frame["s"][1]) == b"\x04\x10\x41"
    assert frame["s"].dtype == pl.String
    assert frame.columns == ["t", "p", "s", "n"]
    assert [proof.tolerance(columns[:1]), proof.tolerance(columns[3:])] == [1e-4, 1e-5]


def test_packages_with_pictures_have_fewer_golden_rows():
    pytest.importorskip("PIL")
    frame = pl.DataFrame(
        {"p": [media.reference("image", "0" * 64)] * 30, "t": ["win a prize", "see you"] * 15}
    )
    made = Schema(
        (Field("p", "image", "image", "input", "pixels"), Field("t", "text", "text", "input", "bytes"))
    )
    columns, rows = proof.rows(frame, made, 500, 0)
    assert {name: len(values) for name, values in rows.items()} == {"p": proof.FEW, "t": proof.FEW}
    assert columns[0].example in rows["p"]
    assert set(columns[1].example.split()) <= {"win", "a", "prize", "see", "you"}
    assert not any("image:" in (value or "") for value in rows["p"])


def test_golden_pictures_are_as_large_as_those_of_the_data():
    Image = pytest.importorskip("PIL.Image")
    stream = io.BytesIO()
    Image.new("RGB", (90, 70)).save(stream, "PNG")
    media.shelve("sizes", {"1" * 64: stream.getvalue()}.get)
    frame = pl.DataFrame({"p": [media.reference("image", "1" * 64), None] * 15})
    made = Schema((Field("p", "image", "image", "input", "pixels"),))
    assert proof.samples(frame, made, 0) == {"p": [[90, 70]]}
    columns, _ = proof.rows(frame, made, 500, 0)
    assert inline.row(columns[0].example, "image").shape == (70, 90, 3)


def test_packages_of_many_columns_have_fewer_golden_rows_with_every_edge():
    names = [f"x{i}" for i in range(600)]
    frame = pl.DataFrame(dict.fromkeys(names, [1.0, 2.0, 2.5, None] * 20))
    made = Schema(tuple(Field(name, "float", "number", "input", "float") for name in names))
    columns, rows = proof.rows(frame, made, 500, 0)
    assert len(columns) == 600
    assert {len(values) for values in rows.values()} == {proof.CELLS // 600}
    assert all(None in values and max(v for v in values if v is not None) > 2.5 for values in rows.values())


def test_each_column_is_shuffled_on_its_own_by_its_place():
    frame = pl.DataFrame({"x": np.arange(900) * 0.5, "word": [f"w{i % 7}" for i in range(900)]})
    schema = infer_schema(frame)
    drawn = samples(frame, schema, 3)
    assert drawn == {
        name: frame[name].sample(900, seed=3 + place, shuffle=True).to_list()
        for place, name in enumerate(schema.names)
    }
    assert drawn["x"] != frame["x"].to_list()
    assert sorted(drawn["x"]) == frame["x"].to_list()
