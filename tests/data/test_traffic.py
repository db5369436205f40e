"""Requests are read from logs and tables, whole, in order, and divided as asked."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from milepost.data.traffic import keyed, traffic
from milepost.data.windows import spans
from milepost.errors import InputError
from milepost.serving.log import Log, Record
from milepost.testing.media import folder


def written(folder: Path) -> Path:
    """A log as a server writes it: two requests of one row, one of two."""
    log = Log(folder, "shop", "abc")
    for at, name, rows in ((200.0, "b", 1), (100.0, "a", 2), (90_000.0, "c", 1)):
        made = [{"age": i, "zip": "07030"} for i in range(rows)]
        log.put(
            Record(
                at,
                name,
                "/predict",
                rows,
                lambda m=made: m,
                lambda m=made: [{"prediction": 1.0}] * len(m),
                0.002,
            )
        )
    log.close()
    return folder


def test_a_server_s_log_is_read_in_order_with_a_name_a_row(tmp_path: Path) -> None:
    found = traffic(written(tmp_path), columns={"zip": "text"})
    assert found.id.to_list() == ["a#0", "a#1", "b", "c"]
    assert found.frame["zip"].to_list() == ["07030"] * 4
    assert found.frame["age"].to_list() == [0, 1, 0, 0]
    assert found.ms.tolist() == [2.0] * 4
    assert found.versions == {"abc": 4}
    assert found.answers["prediction"].to_list() == [1.0] * 4
    assert found.time[0] == datetime(1970, 1, 1, 0, 1, 40)
    named, length = spans(found, "1d")
    assert (length, [s.name for s in named]) == ("1 day", ["1970-01-01", "1970-01-02"])
    assert [len(s.rows) for s in named] == [3, 1]


def test_a_line_that_a_crash_cut_off_is_passed_over_and_counted(tmp_path: Path) -> None:
    file = min(written(tmp_path).glob("*.jsonl"))
    with file.open("ab") as log:
        log.write(b'{"time": "1970-01-01T00:00:00", "rows": [{"ag')
    found = traffic(file)
    assert found.frame.height < 5
    assert found.notes == ("1 lines of the log were cut off and are passed over.",)
    file.write_bytes(json.dumps({"rows": []}).encode())
    with pytest.raises(InputError, match="no request was logged"):
        traffic(file)


def table(rows: int = 3000, days: int = 30) -> pl.DataFrame:
    start = datetime(2024, 3, 1)
    at = [start + timedelta(days=days * i / rows) for i in range(rows)]
    return pl.DataFrame({"at": at, "n": range(rows), "proba_yes": 0.5}).sample(
        fraction=1.0, shuffle=True, seed=1
    )


def test_a_table_is_sorted_by_its_time_and_keeps_its_answers(tmp_path: Path) -> None:
    table().write_parquet(tmp_path / "r.parquet")
    found = traffic(tmp_path / "r.parquet", time="at", keys=["n"])
    assert found.frame["n"].to_list() == list(range(3000))
    assert found.id.to_list()[:3] == ["0", "1", "2"]
    assert found.answers.columns == ["proba_yes"]
    plain = traffic(tmp_path / "r.parquet", time="at")
    order = table()["n"].to_list()
    assert plain.id[0] == f"r#{order.index(0)}"  # rows keep the number they have in the file
    named, length = spans(found)
    assert length == "1 week"
    assert sum(len(s.rows) for s in named) == 3000
    assert np.array_equal(np.concatenate([s.rows for s in named]), np.arange(3000))


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no requests"):
        traffic(tmp_path)
    with pytest.raises(InputError, match="no column 'att'"):
        traffic(table(), time="att")
    with pytest.raises(InputError, match="holds no moments"):
        traffic(table().with_columns(at=pl.lit("x")), time="at")
    with pytest.raises(InputError, match="no column 'm'"):
        keyed(table(), ["m"])


def test_an_input_may_be_called_like_an_answer() -> None:
    frame = pl.DataFrame({"prediction_yesterday": [1.0, 2.0], "proba_yes": [0.1, 0.2], "x": [1, 2]})
    found = traffic(frame, columns={"prediction_yesterday": "float", "x": "int"})
    assert found.frame.columns == ["prediction_yesterday", "x"]
    assert found.answers.columns == ["proba_yes"]


def test_keys_of_several_columns_are_joined() -> None:
    frame = pl.DataFrame({"a": [1.0, 2.5], "b": ["x", None]})
    assert keyed(frame, ["a", "b"]).to_list() == ["1|x", "2.5|"]
    assert traffic(frame).key(["id"]).to_list() == ["row#0", "row#1"]


def test_files_of_a_folder_are_asked_about_under_the_name_that_the_package_knows(tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    found = traffic(folder(tmp_path / "photos", each=3), columns={"photo": "image"})
    assert found.frame["photo"].null_count() == 0
    assert found.frame.height == 6
