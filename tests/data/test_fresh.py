import polars as pl
import pytest

from milepost.data.fresh import fresh
from milepost.errors import InputError
from milepost.testing.media import folder


def test_text_stays_text_and_numbers_are_found(tmp_path):
    (tmp_path / "rows.csv").write_text("zip,n,when\n07030,1,2013-01-05\n10001,,2013-01-06\n?,3,\n")
    found = fresh(tmp_path / "rows.csv", {"zip": "text", "absent": "text"})
    assert found["zip"].to_list() == ["07030", "10001", None]
    assert found["n"].to_list() == [1, None, 3]
    assert found["when"].dtype == pl.Date


def test_numbers_alone_stay_text_where_they_were_learnt_as_text(tmp_path):
    (tmp_path / "rows.csv").write_text("kind,n\n5,1\n1.0,2\n")
    assert fresh(tmp_path / "rows.csv", {"kind": "text"})["kind"].to_list() == ["5", "1.0"]
    assert fresh(tmp_path / "rows.csv")["kind"].to_list() == [5.0, 1.0]


def test_no_rows_will_do(tmp_path):
    (tmp_path / "rows.csv").write_text("a,b\n")
    found = fresh(tmp_path / "rows.csv")
    assert found.columns == ["a", "b"]
    assert found.height == 0


def test_frames_of_any_library(tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pl.DataFrame({"a": [1, 2], "b": ["x", ""]})
    frame.write_parquet(tmp_path / "rows.parquet")
    for source in (frame, frame.lazy(), frame.to_pandas(), tmp_path / "rows.parquet", frame.to_arrow()):
        assert fresh(source)["b"].to_list() == ["x", None]
    assert fresh(pandas.DataFrame({"a": [1]}))["a"].to_list() == [1]
    assert fresh(pandas.DataFrame({"a": [1], "b": [2]}).iloc[:0]).height == 0
    assert fresh(pandas.DataFrame({"zip": [7030], "n": [1]}), {"zip": "text"})["zip"].to_list() == ["7030"]


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(InputError, match="no file"):
        fresh(tmp_path / "absent.csv")


def test_rows_of_one_column_can_be_asked_about(tmp_path):
    path = tmp_path / "texts.csv"
    path.write_text('text\n"good, and cheap"\n"bad"\n')
    assert fresh(path)["text"].to_list() == ["good, and cheap", "bad"]


def test_the_only_column_of_files_gets_the_name_that_the_package_knows(tmp_path):
    pytest.importorskip("PIL")
    photos = folder(tmp_path / "photos", each=3)
    assert set(fresh(photos).columns) == {"file", "image", "label"}
    assert fresh(photos, {"photo": "image"})["photo"].str.starts_with("image:").all()
    assert "image" in fresh(photos, {"front": "image", "back": "image"}).columns  # which of them is not said
    assert "image" in fresh(photos, {"clip": "sound"}).columns
