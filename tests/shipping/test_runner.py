from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from milepost.errors import Corrupt
from milepost.graphs.builder import Builder
from milepost.shipping.manifest import Column, open_package
from milepost.shipping.package import Contents, build
from milepost.shipping.runner import Runner
from milepost.shipping.wire import Refused
from milepost.testing.packages import predictions, toy_package
from milepost.testing.wide import answers, wide_package

ROW = {"age": 30, "seats": 2, "carrier": "UA", "day": "2013-05-01", "member": True}


@pytest.fixture(scope="module")
def runner(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packages") / "toy"
    toy_package(folder)
    return Runner(open_package(folder))


def inverse(tmp_path, outputs=("value",)):
    """A package whose model is 1 / x."""
    b = Builder()
    x = b.input("x", "float")
    y = b.cast(b.node("Div", b.const(np.float32([[1]])), x), "double")
    b.output(y, "value", "double", 1)
    made = Contents(
        name="inverse",
        task={"name": "regression", "targets": ["y"]},
        columns=(Column("x", "float", "number", "float"), Column("unused", "text", "category", "string")),
        rows={"x": [2.0], "unused": ["a"]},
        answers={name: [[0.5]] for name in outputs},
    )
    build(tmp_path / "inverse", b.model(), made)
    return open_package(tmp_path / "inverse")


def test_one_row_many_rows_and_numpy_agree(runner):
    table = {name: [value] * 3 for name, value in ROW.items()}
    expected = predictions(table, "binary")
    one, many = runner.one(ROW), runner.many(table)
    for i, name in enumerate(runner.outputs):
        assert one[i].shape == (1, many[i].shape[1])
        if name == "proba":
            np.testing.assert_allclose(one[i][0], expected[name][0], atol=1e-6)
            np.testing.assert_allclose(many[i], expected[name], atol=1e-6)
        else:
            assert one[i][0].tolist() == many[i][2].tolist() == expected[name][0].tolist()


def test_a_bad_value_is_named_with_its_row(runner):
    with pytest.raises(Refused, match=r"'age' cannot be 'old'\. a number or null") as problem:
        runner.one({**ROW, "age": "old"})
    assert (problem.value.field, problem.value.row) == ("age", 0)
    table = {name: [value] * 3 for name, value in ROW.items()}
    table["carrier"] = ["UA", "AA", 7]
    with pytest.raises(Refused) as problem:
        runner.many(table)
    assert (problem.value.field, problem.value.row) == ("carrier", 2)


def test_a_missing_column_is_a_key_error(runner):
    with pytest.raises(KeyError, match="seats"):
        runner.one({"age": 1})


def test_an_answer_that_is_not_finite_is_refused_and_an_unused_column_is_not_fed(tmp_path):
    runner = Runner(inverse(tmp_path))
    assert runner.one({"x": 4, "unused": None})[0].tolist() == [[0.25]]
    with pytest.raises(Refused, match="no finite answer") as problem:
        runner.many({"x": [1, 0], "unused": ["", ""]})
    assert (problem.value.row, problem.value.status) == (1, 422)


def test_a_graph_without_a_promised_output_is_corrupt(tmp_path):
    with pytest.raises(Corrupt, match="does not yield 'proba'"):
        Runner(inverse(tmp_path, ("value", "proba")))


def test_a_graph_that_is_none_is_corrupt(tmp_path):
    column = Column("x", "float", "number", "float")
    made = Contents(name="none", task={}, columns=(column,), rows={"x": [1]}, answers={"value": [[1]]})
    build(tmp_path / "none", b"garbage", made)
    with pytest.raises(Corrupt, match="cannot be opened"):
        Runner(open_package(tmp_path / "none"))


def test_batches_cover_all_rows(runner):
    table = {name: [value] * 7 for name, value in ROW.items()}
    for batch in (1, 3, 7, 100):
        assert runner.answers(table, batch)["proba"].shape == (7, 2)


def test_rows_of_several_threads_are_not_mixed(runner):
    rows = [{**ROW, "age": age, "carrier": "UA" if age % 2 else "DL"} for age in range(90)]
    alone = [runner.one(row)[runner.outputs.index("proba")].tolist() for row in rows]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(10):
            together = list(
                pool.map(lambda row: runner.one(row)[runner.outputs.index("proba")].tolist(), rows)
            )
            assert together == alone


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    pytest.importorskip("PIL")
    folder = tmp_path_factory.mktemp("packages") / "wide"
    wide_package(folder, ("age", "message", "photo"))
    return open_package(folder)


def test_texts_and_pictures_of_any_size_are_answered_in_the_order_of_their_rows(wide):
    runner, rows = Runner(wide), wide.rows
    found = {batch: runner.answers(rows, batch)["proba"] for batch in (1, 5, 40)}
    expected = answers(rows)["proba"]
    for batch, proba in found.items():
        np.testing.assert_allclose(proba, expected, atol=1e-5, err_msg=str(batch))
    assert len(np.unique(expected[:, 1].round(4))) > 20, "rows differ, so that their order shows"
    backwards = runner.many({name: values[::-1] for name, values in rows.items()})
    np.testing.assert_allclose(backwards[runner.outputs.index("proba")][::-1], expected, atol=1e-5)


def test_a_bad_picture_is_named_with_its_row(wide):
    runner = Runner(wide)
    row = {column.name: column.example for column in wide.manifest.columns}
    with pytest.raises(Refused, match="'photo' cannot be 'x': it is not base64") as problem:
        runner.one({**row, "photo": "x"})
    assert problem.value.field == "photo"
    table = {name: [value] * 30 for name, value in row.items()}
    table["photo"][17] = "AAAA"
    with pytest.raises(Refused, match="it is no picture") as problem:
        runner.many(table)
    assert (problem.value.field, problem.value.row) == ("photo", 17)
    with pytest.raises(KeyError, match="photo"):
        runner.many({name: values for name, values in table.items() if name != "photo"})
