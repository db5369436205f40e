"""Tables that are parts of one are joined; what differs too much is refused."""

from pathlib import Path

import polars as pl
import pytest

from milepost.data.parts import joined
from milepost.errors import InputError


def test_rows_are_joined_and_types_reconciled(tmp_path: Path):
    pl.DataFrame({"a": [1, 2], "b": ["x", "y"]}).write_parquet(tmp_path / "1.parquet")
    pl.DataFrame({"a": ["p"], "b": ["z"], "c": [1]}).write_parquet(tmp_path / "2.parquet")
    table = joined(tmp_path, sorted(tmp_path.iterdir()))
    assert table.frame["a"].to_list() == ["1", "2", "p"]
    assert "columns missing in some files were filled with nothing: 'c'." in table.notes
    assert len(table.files) == 2


def test_tables_of_other_columns_are_refused(tmp_path: Path):
    pl.DataFrame({"a": [1], "b": [2]}).write_csv(tmp_path / "1.csv")
    pl.DataFrame({"c": [1], "d": [2]}).write_csv(tmp_path / "2.csv")
    with pytest.raises(InputError, match="are not parts of one table"):
        joined(tmp_path, sorted(tmp_path.iterdir()))
    with pytest.raises(InputError, match="holds no table"):
        joined(tmp_path, [])
