import math
from datetime import date, datetime, timedelta, timezone

import numpy as np
import polars as pl
import pytest

from milepost.errors import InputError
from milepost.serving.answer import Answerer
from milepost.shipping import batch
from milepost.shipping.batch import predict, tensor
from milepost.shipping.manifest import Column, open_package
from milepost.shipping.wire import MISSING
from milepost.steps import proof
from milepost.testing.packages import TASKS, toy_package
from milepost.testing.wide import wide_package

DAY = Column("day", "datetime", "moment", "int64")


@pytest.fixture(scope="module", params=sorted(TASKS))
def package(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("toys") / request.param
    toy_package(folder, request.param)
    return open_package(folder)


def table(rows):
    names = list(rows[0])
    return pl.DataFrame({name: [row[name] for row in rows] for name in names}, strict=False)


ROWS = [
    {"id": 1, "age": 30.5, "seats": 2, "carrier": "UA", "day": "2013-05-01", "member": True},
    {"id": 2, "age": None, "seats": None, "carrier": None, "day": None, "member": None},
    {"id": 3, "age": -1e6, "seats": 9, "carrier": "Zürich 東京 🛫", "day": "1900-01-01", "member": False},
    {"id": 4, "age": 1e30, "seats": 2**31, "carrier": "never seen", "day": "2100-12-31", "member": True},
    {"id": 5, "age": 0.0, "seats": 0, "carrier": " AA ", "day": "2000-02-29", "member": False},
]


def same(found, answers):
    assert found.columns == list(answers[0])
    for mine, theirs in zip(found.to_dicts(), answers, strict=True):
        for name, value in theirs.items():
            if isinstance(value, float):
                assert mine[name] == pytest.approx(value, abs=1e-6)
            else:
                assert mine[name] == (";".join(value) if isinstance(value, list) else value)


def test_the_same_rows_get_the_answers_of_the_server(package):
    same(predict(package, table(ROWS)), Answerer(package).answer(ROWS))


def test_golden_rows_get_the_answers_of_the_server(package):
    rows = [
        dict(zip(package.rows, values, strict=True)) for values in zip(*package.rows.values(), strict=True)
    ]
    frame = pl.DataFrame(package.rows, strict=False).with_columns(pl.col("day").cast(pl.String))
    same(predict(package, frame), Answerer(package).answer(rows))


def test_text_from_a_file_reads_like_typed_values(package):
    typed = predict(package, table(ROWS))
    written = table(ROWS).with_columns(
        pl.col("age", "seats").cast(pl.String), pl.col("member").cast(pl.String).str.to_uppercase()
    )
    assert predict(package, written).equals(typed)


def test_extra_columns_and_other_orders_do_not_matter(package):
    frame = table(ROWS)
    other = frame.select(reversed(frame.columns)).with_columns(arrival=pl.lit("late"), noise=pl.lit(1))
    assert predict(package, other).equals(predict(package, frame))


def test_parts_of_a_table_get_the_answers_of_the_whole(package, monkeypatch):
    frame = pl.concat([table(ROWS)] * 5)
    whole = predict(package, frame)
    monkeypatch.setattr(batch, "BATCH", 3)
    assert [part.height for part in batch.batches(package, frame)][:2] == [3, 3]
    parts = predict(package, frame)
    numbers = [name for name in whole.columns if whole[name].dtype.is_float()]
    assert parts.drop(numbers).equals(whole.drop(numbers))
    assert np.allclose(parts.select(numbers), whole.select(numbers), atol=1e-6)


def test_a_table_without_rows_gets_a_table_without_rows(package):
    frame = table(ROWS)
    nothing = predict(package, frame.clear())
    assert nothing.height == 0
    assert nothing.columns == predict(package, frame).columns


def test_a_missing_column_is_named_with_the_nearest_one(package):
    with pytest.raises(InputError, match=r"lack the column 'carrier'.*Did you mean 'carier'\?"):
        predict(package, table(ROWS).rename({"carrier": "carier"}))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("age", "old", "row 1: 'age' cannot be 'old'"),
        ("day", "someday", "row 1: 'day' cannot be 'someday'"),
        ("member", "perhaps", "row 1: 'member' cannot be 'perhaps'"),
        ("age", "1e39", "row 1: 'age' cannot be"),
    ],
)
def test_a_value_of_another_kind_is_quoted_with_its_row(package, name, value, said):
    frame = table(ROWS).with_columns(pl.col(name).cast(pl.String))
    values = frame[name].to_list()
    values[1] = value
    with pytest.raises(InputError) as problem:
        predict(package, frame.with_columns(pl.Series(name, values)))
    assert said in str(problem.value)


def seconds(*values, dtype=None):
    return tensor(pl.Series("day", values, dtype=dtype), DAY).ravel().tolist()


def test_moments_are_the_same_in_every_way_they_may_come():
    noon = 1367409600
    east = timezone(timedelta(hours=2))
    aware = pl.Series([datetime(2013, 5, 1, 14, tzinfo=east)]).dt.convert_time_zone("Asia/Tokyo")
    assert seconds("2013-05-01T12:00:00", "2013-05-01 14:00:00+02:00", "2013-05-01T12:00:00Z") == [noon] * 3
    assert seconds(datetime(2013, 5, 1, 12), datetime(2013, 5, 1, 12, 0, 0, 999_999)) == [noon] * 2
    assert tensor(aware.alias("day"), DAY).ravel().tolist() == [noon]
    assert seconds(float(noon) + 0.7) == [noon]
    assert seconds("2013-05-01", None) == [noon - 43200, MISSING]
    assert seconds(date(2013, 5, 1)) == [noon - 43200]
    assert seconds("5/1/2013", "12/31/2013") == [noon - 43200, noon - 43200 + 244 * 86400]
    assert seconds(datetime(1969, 12, 31, 23, 59, 59, 500_000)) == [-1]
    with pytest.raises(InputError, match=r"seconds|date"):
        seconds(1_367_409_600_000)


def test_codes_are_the_same_in_every_way_they_may_come():
    kind = Column("kind", "int", "category", "string")
    for values in ([5, None], [5.0, None], ["5", None], ["5.0", ""]):
        assert tensor(pl.Series("kind", values), kind).ravel().tolist() == ["5", ""]
    assert tensor(pl.Series("kind", [2.5, math.nan]), kind).ravel().tolist() == ["2.5", ""]
    assert tensor(pl.Series("kind", ["x", "1e2"]), kind).ravel().tolist() == ["x", "100"]


def test_a_column_without_a_value_is_missing_whatever_its_type():
    for column in (DAY, Column("a", "float", "number", "float"), Column("b", "bool", "category", "string")):
        for kind in (pl.String, pl.Float64, pl.Null):
            assert len(tensor(pl.Series(column.name, [None, None], dtype=kind), column)) == 2


def test_texts_pictures_and_sounds_of_a_table_get_the_answers_of_the_server(tmp_path):
    pytest.importorskip("PIL")
    pytest.importorskip("soundfile")
    wide_package(tmp_path / "wide", ("age", "message", "photo", "clip"))
    package = open_package(tmp_path / "wide")
    rows = package.rows
    frame = proof.raw(package.manifest.columns, rows)
    assert frame["photo"].drop_nulls().str.starts_with("image:").all()
    found = predict(package, frame)
    asked = [dict(zip(rows, values, strict=True)) for values in zip(*rows.values(), strict=True)]
    served = Answerer(package).answer(asked)
    assert found["prediction"].to_list() == [answer["prediction"] for answer in served]
    np.testing.assert_allclose(found["proba_odd"], [answer["proba_odd"] for answer in served], atol=1e-6)
    np.testing.assert_allclose(found["proba_odd"], np.array(package.answers["proba"])[:, 1], atol=1e-5)


def test_text_of_any_kind_gets_the_answers_of_the_server(tmp_path):
    wide_package(tmp_path / "wide", ("message",))
    package = open_package(tmp_path / "wide")
    texts = [
        "",
        None,
        "a\0e\0i",
        "e\u0301",
        "\u00e9",
        "x" * 16_383 + "é",
        "👩\u200d👩\u200d👧",
        "שלום",
        "a" * 100_000,
    ]
    served = Answerer(package).answer([{"message": text} for text in texts])
    found = predict(package, pl.DataFrame({"message": texts}))
    np.testing.assert_allclose(found["proba_odd"], [answer["proba_odd"] for answer in served], atol=1e-7)
    assert abs(found["proba_odd"][3] - found["proba_odd"][4]) > 0.01, "no normal form is made"
