import polars as pl
import pytest

from milepost.errors import InputError
from milepost.serving.answer import Answerer
from milepost.shipping.batch import predict
from milepost.shipping.manifest import open_package
from milepost.testing.packages import TASKS, toy_package

FRAME = pl.DataFrame(
    {
        "id": ["a", "b", "c"],
        "age": [30.0, None, 61.5],
        "seats": [1, 2, 9],
        "carrier": ["UA", None, "never seen"],
        "day": ["2013-05-01", None, "2013-12-24"],
        "member": [True, None, False],
        "note": ["passed", "over", "here"],
    },
    schema_overrides={"day": pl.String},
).with_columns(pl.col("day").str.to_date())


@pytest.mark.parametrize("task", TASKS)
def test_a_table_is_answered_as_the_server_answers_it(tmp_path, task):
    toy_package(tmp_path / "toy", task)
    package = open_package(tmp_path / "toy")
    found = predict(package, FRAME)
    rows = FRAME.drop("note").with_columns(pl.col("day").dt.to_string("iso")).to_dicts()
    served = Answerer(package).answer(rows)
    assert found.columns == list(served[0])
    for table_row, server_row in zip(found.to_dicts(), served, strict=True):
        for name, value in server_row.items():
            assert table_row[name] == (
                pytest.approx(value, abs=1e-5) if isinstance(value, float) else value
            ), name


def test_a_missing_column_is_named(toy):
    with pytest.raises(InputError, match="'seats'"):
        predict(toy, FRAME.drop("seats"))
