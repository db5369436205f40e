import polars as pl
import pytest

from milepost.errors import InputError
from milepost.project.answer import predict, predict_file
from milepost.shipping.manifest import open_package
from milepost.testing.packages import toy_package

HEAD = "id,age,seats,carrier,day,member\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("toys") / "binary"
    toy_package(path)
    return path


def answer(folder, tmp_path, text, suffix="csv"):
    source, out = tmp_path / "rows.csv", tmp_path / f"out.{suffix}"
    source.write_text(text, encoding="utf-8")
    rows = predict_file(folder, str(source), out).frame.height
    found = pl.read_csv(out) if suffix == "csv" else pl.read_parquet(out)
    assert found.height == rows
    return found


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_file_is_answered_in_its_order_with_keys_and_decision(folder, tmp_path, suffix):
    text = HEAD + "9,30,2,UA,2013-05-01,true\n7,,,,,\n8,61.5,1,東京,2013-05-01 12:00:00,false\n"
    found = answer(folder, tmp_path, text, suffix)
    assert found["id"].to_list() == [9, 7, 8]
    assert found.columns == ["id", "prediction", "proba_on time", "proba_late", "decision"]


def test_a_file_with_a_head_only_gives_a_file_with_a_head_only(folder, tmp_path):
    assert answer(folder, tmp_path, HEAD).height == 0


def test_codes_with_leading_zeros_and_numbers_stay_what_they_were_in_training(folder, tmp_path):
    rows = pl.DataFrame(
        {"age": [30.0], "seats": [2], "carrier": ["07"], "day": ["2013-05-01"], "member": [True]}
    )
    text = "age,seats,carrier,day,member\n30,2,07,2013-05-01,true\n"
    assert answer(folder, tmp_path, text, "parquet").equals(predict(folder, rows))


def test_pandas_in_gives_pandas_out_with_its_index(folder):
    pandas = pytest.importorskip("pandas")
    rows = pandas.DataFrame(
        {
            "id": [5, 6],
            "age": [30.0, None],
            "seats": [2, 3],
            "carrier": ["UA", None],
            "day": pandas.to_datetime(["2013-05-01", "2013-05-02"]),
            "member": [True, False],
        },
        index=["b", "a"],
    )
    found = predict(folder, rows)
    assert isinstance(found, pandas.DataFrame)
    assert found.index.tolist() == ["b", "a"]
    polars = predict(folder, pl.from_pandas(rows))
    assert found["proba_late"].tolist() == polars["proba_late"].to_list()
    assert predict(folder, rows.iloc[:0]).empty


def test_an_opened_package_and_a_lazy_frame_do_as_well(folder):
    rows = pl.DataFrame({"age": [1.0], "seats": [1], "carrier": ["AA"], "day": [None], "member": [None]})
    assert predict(open_package(folder), rows.lazy()).equals(predict(folder, rows))


def test_errors_name_the_file_and_the_folder(folder, tmp_path):
    with pytest.raises(InputError, match="no file"):
        predict_file(folder, str(tmp_path / "absent.csv"), tmp_path / "out.csv")
    (tmp_path / "rows.csv").write_text(HEAD + "1,30,2,UA,2013-05-01,true\n")
    with pytest.raises(InputError, match="no folder"):
        predict_file(folder, str(tmp_path / "rows.csv"), tmp_path / "deep" / "out.csv")
    with pytest.raises(InputError, match="suffix"):
        predict_file(folder, str(tmp_path / "rows.csv"), tmp_path / "out.docx")
