import time

import numpy as np
import pytest

from milepost.serving.answer import Answerer
from milepost.shipping.wire import Refused
from milepost.testing.packages import TASKS, predictions


@pytest.fixture(scope="module")
def answerers(packages):
    return {task: Answerer(packages[task], most=200) for task in TASKS}


def golden(package):
    rows = package.rows
    return [dict(zip(rows, values, strict=True)) for values in zip(*rows.values(), strict=True)]


@pytest.mark.parametrize("task", TASKS)
def test_one_row_many_rows_columns_and_numpy_agree(answerers, packages, task):
    package, answerer = packages[task], answerers[task]
    rows = golden(package)
    together = answerer.answer(rows)
    expected = predictions(package.rows, task)
    from_columns = answerer.shape(answerer.run_columns(package.rows), rows)
    assert from_columns == together
    for number in (0, 7, 99):
        (alone,) = answerer.answer([rows[number]])
        assert alone.keys() == together[number].keys()
        for name, value in alone.items():
            assert value == pytest.approx(together[number][name], abs=1e-6), name
    if task == "binary":
        assert [a["decision"] for a in together] == expected["label"].ravel().tolist()
        likelier = np.where(expected["proba"][:, 1] >= 0.5, "late", "on time")
        assert [a["prediction"] for a in together] == likelier.tolist()
        assert any(a["prediction"] != a["decision"] for a in together)
        np.testing.assert_allclose([a["proba_late"] for a in together], expected["proba"][:, 1], atol=1e-6)
    if task == "multiclass":
        assert set(together[0]) == {"prediction", "proba_early", "proba_on time", "proba_late"}
    if task == "multilabel":
        borne = [[name for name in names if name] for names in expected["label"].tolist()]
        assert [a["prediction"] for a in together] == [a["decision"] for a in together] == borne
        assert {len(names) for names in borne} >= {0, 1, 2}
        np.testing.assert_allclose([a["proba_meal"] for a in together], expected["proba"][:, 1], atol=1e-6)
    if task == "regression":
        np.testing.assert_allclose([a["prediction"] for a in together], expected["value"][:, 0], rtol=1e-6)
    if task == "vector":
        assert set(together[0]) == {"prediction_delay", "prediction_taxi"}


def test_keys_are_passed_through(answerers, row):
    answers = answerers["binary"].answer([{**row, "id": "A7"}, row, {**row, "id": None}])
    assert answers[0]["id"] == "A7"
    assert "id" not in answers[1]
    assert answers[2]["id"] is None


@pytest.mark.parametrize("count", [1, 2])
def test_an_unknown_column_is_named_with_the_nearest(answerers, row, count):
    with pytest.raises(Refused, match=r"no column 'agee'\. Did you mean 'age'") as problem:
        answerers["binary"].answer([row] * (count - 1) + [{**row, "agee": 3}])
    assert (problem.value.field, problem.value.row, problem.value.status) == ("agee", count - 1, 400)


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("name", ["age", "carrier", "day"])
def test_a_missing_column_is_named(answerers, row, count, name):
    cut = {key: value for key, value in row.items() if key != name}
    with pytest.raises(Refused, match=rf"the column '{name}' is missing.*send null") as problem:
        answerers["binary"].answer([row] * (count - 1) + [cut])
    assert (problem.value.field, problem.value.row) == (name, count - 1)
    assert answerers["binary"].answer([row] * (count - 1) + [{**cut, name: None}])


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize(
    "bad", [{"age": "30"}, {"carrier": 3}, {"day": "May"}, {"member": "yes"}, {"seats": [2]}]
)
def test_a_wrong_type_is_named_with_its_value(answerers, row, count, bad):
    (name,) = bad
    with pytest.raises(Refused, match=f"'{name}' cannot be") as problem:
        answerers["binary"].answer([row] * (count - 1) + [{**row, **bad}])
    assert (problem.value.field, problem.value.row) == (name, count - 1)


@pytest.mark.parametrize("bad", [None, 3, "row", [1]])
def test_a_row_that_is_no_object_is_named(answerers, row, bad):
    with pytest.raises(Refused, match="row 1 is") as problem:
        answerers["binary"].answer([row, bad])
    assert problem.value.row == 1


def test_too_few_and_too_many_rows_are_refused(answerers, row):
    with pytest.raises(Refused, match="no rows"):
        answerers["binary"].answer([])
    with pytest.raises(Refused, match="201 rows") as problem:
        answerers["binary"].answer([row] * 201)
    assert problem.value.status == 413


def test_a_key_is_a_plain_value(answerers, row):
    with pytest.raises(Refused, match="'id' cannot be a list of 1") as problem:
        answerers["binary"].answer([{**row, "id": [1]}])
    assert problem.value.field == "id"


def test_columns_of_unequal_length_are_refused(answerers, row):
    columns = {name: [value] for name, value in row.items()}
    with pytest.raises(Refused, match="'member' has 2 values"):
        answerers["binary"].run_columns({**columns, "member": [True, False]})
    with pytest.raises(Refused, match="no column 'x'"):
        answerers["binary"].run_columns({**columns, "x": [1]})
    with pytest.raises(Refused, match="'age' is missing"):
        answerers["binary"].run_columns({n: v for n, v in columns.items() if n != "age"})


@pytest.mark.alone
def test_a_single_row_is_answered_quickly(answerers, row):
    answerer = answerers["binary"]
    for _ in range(50):
        answerer.answer([row])
    spent = []
    for _ in range(5):
        start = time.process_time()
        for _ in range(200):
            answerer.answer([row])
        spent.append((time.process_time() - start) / 200)
    assert min(spent) < 0.3e-3
