"""Libraries load without pandas, and know its tables as soon as it is there."""

import subprocess
import sys
from textwrap import dedent

import pytest

from milepost import libraries
from milepost.libraries import EAGER, Later, Sparing, Standin


def _said(code: str, folder="."):
    """What a process of its own prints."""
    done = subprocess.run(
        [sys.executable, "-c", dedent(code)], capture_output=True, text=True, cwd=folder, check=False
    )
    assert not done.returncode, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("library", EAGER)
def test_loads_without_pandas(library):
    code = f"""
    import milepost, sys, {library}
    print(*(name for name in ("pandas", "pyarrow") if name in sys.modules), {library}.__version__)
    """
    assert len(_said(code)) == 1


def test_tables_of_pandas_are_known_when_it_is_loaded_later():
    code = """
    import {first}
    import sys, lightgbm, catboost, numpy as np
    assert ("pandas" in sys.modules) == ("milepost" not in sys.modules)
    import pandas as pd
    a, b = np.random.default_rng(0).normal(size=500), pd.Categorical([*"abcde"] * 100)
    table = pd.DataFrame({{"a": a, "b": b}})
    y = pd.Series(table.a * 2 + table.b.cat.codes)
    trees = lightgbm.LGBMRegressor(verbose=-1, n_estimators=20).fit(table, y)
    assert trees.booster_.pandas_categorical == [[*"abcde"]]
    assert trees.booster_.trees_to_dataframe().shape[0] > 20
    other = catboost.CatBoostRegressor(iterations=20, verbose=0).fit(table, y, cat_features=["b"])
    assert isinstance(other.get_feature_importance(prettified=True), pd.DataFrame)
    from sklearn.preprocessing import StandardScaler
    scaled = StandardScaler().set_output(transform="pandas").fit_transform(table[["a"]])
    assert isinstance(scaled, pd.DataFrame)
    print(trees.predict(table)[0], other.predict(table)[0], scaled.a[0])
    """
    assert _said(code.format(first="milepost")) == _said(code.format(first="os"))


def test_where_pandas_is_loaded_nothing_stands_in():
    code = """
    import milepost, pandas, lightgbm.compat
    print(lightgbm.compat.pd_DataFrame is pandas.DataFrame)
    """
    assert _said(code) == ["True"]


def test_a_name_that_is_used_while_it_is_not_there_loads_the_library():
    code = """
    import sys
    from milepost.libraries import Standin
    sys.modules["pandas"] = Standin("pandas")
    import pandas
    early, made = pandas.DataFrame, pandas.Series
    assert not isinstance(1, early) and not isinstance(1, (int, early)[1:])
    print(type(sys.modules["pandas"]).__name__)
    print(made([1, 2]).sum(), early.__name__ if hasattr(early, "__name__") else "later")
    class Mine(early):
        pass
    import pandas as real
    assert issubclass(Mine, real.DataFrame) and issubclass(real.DataFrame, early)
    assert isinstance(Mine({"a": [1]}), early) and early.from_dict({"a": [1]}).shape == (1, 1)
    print(pandas.__version__ == real.__version__)
    """
    assert _said(code) == ["Standin", "3", "later", "True"]


def test_a_library_that_needs_the_other_one_gets_it(tmp_path):
    package = tmp_path / "lightgbm"
    package.mkdir()
    (package / "__init__.py").write_text("from pandas.api.types import is_bool\nknown = is_bool(True)\n")
    code = "import milepost, lightgbm, sys; print(lightgbm.known, 'pandas' in sys.modules)"
    assert _said(code, tmp_path) == ["True", "True"]


def test_other_libraries_are_found_as_always_and_installing_twice_does_no_harm():
    libraries.install()
    assert sum(isinstance(finder, Sparing) for finder in sys.meta_path) == 1
    assert Sparing().find_spec("statsmodels", None) is None


def test_unknown_marks_of_what_stands_in_are_errors():
    with pytest.raises(AttributeError, match="is not loaded and has no __path__"):
        _ = Standin("pandas").__path__
    with pytest.raises(AttributeError, match=r"pandas\.DataFrame is not loaded"):
        _ = Later("DataFrame").__slots__


def test_a_whole_road_on_a_parquet_file_loads_neither_pandas_nor_pyarrow(tmp_path):
    code = """
    import sys, numpy as np, polars as pl
    from milepost import Project
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 2))
    kind = rng.choice(["a", "b", "c"], 400)
    y = x[:, 0] + (kind == "a") + rng.normal(size=400)
    pl.DataFrame({"x": x[:, 0], "z": x[:, 1], "kind": kind, "y": y}).write_parquet("rows.parquet")
    project = Project.new("road", "rows.parquet", "y", threads=2, budget="4s")
    project.run(yes=True, waive_all="a test")
    print(*(name for name in ("lightgbm", "sklearn", "pandas", "pyarrow") if name in sys.modules))
    """
    assert _said(code, tmp_path)[-2:] == ["lightgbm", "sklearn"]
