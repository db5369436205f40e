"""A new brief: what is said holds, what is not is inferred with a reason."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from milepost import Project
from milepost.brief import Brief
from milepost.errors import InputError, UsageError
from milepost.project.start import guess_time, start
from milepost.testing import toys


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    toys.shop(200).write_parquet(tmp_path / "rows.parquet")
    return tmp_path / "rows.parquet"


@pytest.mark.parametrize(
    ("target", "task"),
    [("bought", "binary"), ("tier", "multiclass"), ("spent", "regression"), ("spent,age", "vector")],
)
def test_the_task_follows_from_the_target(rows: Path, tmp_path: Path, target: str, task: str) -> None:
    assert start(tmp_path / "p", str(rows), target, {}).target.task == task


def test_what_is_said_holds(rows: Path, tmp_path: Path) -> None:
    said = {
        "metric": "brier",
        "budget": "7s",
        "time": "joined",
        "split": "time",
        "positive": "no",
        "threads": 1,
    }
    brief = start(tmp_path / "p", str(rows), "bought", said)
    assert (brief.success.metric, brief.budget.seconds, brief.budget.threads) == ("brier", 7.0, 1)
    assert (brief.data.time, brief.data.split, brief.target.positive) == ("joined", "time", "no")
    assert Brief.load(tmp_path / "p") == brief


def test_another_brief_lends_what_is_not_said(rows: Path, tmp_path: Path) -> None:
    like = Brief.of({"problem": {"why": "To learn."}, "budget": {"seconds": 33.0}})
    brief = start(tmp_path / "p", str(rows), "bought", {}, like)
    assert (brief.problem.why, brief.budget.seconds) == ("To learn.", 33.0)


def test_paths_are_kept_whole_so_that_the_folder_may_be_anywhere(rows: Path, tmp_path: Path) -> None:
    assert Path(start(tmp_path / "deep" / "p", str(rows), "bought", {}).data.source).is_absolute()


def test_an_unknown_time_column_is_refused(rows: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column 'joind'. Did you mean 'joined'"):
        start(tmp_path / "p", str(rows), "bought", {"time": "joind"})
    assert not (tmp_path / "p" / "milepost.toml").exists()


def test_a_project_is_never_written_over(rows: Path, tmp_path: Path) -> None:
    start(tmp_path / "p", str(rows), "bought", {})
    with pytest.raises(UsageError, match="already holds a project"):
        start(tmp_path / "p", str(rows), "bought", {})


def test_time_is_guessed_only_where_rows_stand_in_its_order() -> None:
    table = toys.shop(100)
    assert guess_time(table, ["bought"]) == ("", "")
    assert guess_time(table.sort("joined"), ["bought"])[0] == "joined"
    assert (
        guess_time(table.sort("joined").with_columns(joined=pl.lit(None, pl.Datetime)), ["bought"])[0] == ""
    )


def test_a_metric_that_cannot_be_is_refused_before_anything_is_written(rows: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no metric 'roc_acu'. Did you mean 'roc_auc'"):
        start(tmp_path / "p", str(rows), "bought", {"metric": "roc_acu"})
    with pytest.raises(InputError, match="mae is no metric for binary tasks"):
        start(tmp_path / "p", str(rows), "bought", {"metric": "mae"})
    assert not (tmp_path / "p" / "milepost.toml").exists()


def test_a_metric_of_the_folder_s_own_plugins_is_known(rows: Path, tmp_path: Path) -> None:
    (tmp_path / "p" / "plugins").mkdir(parents=True)
    (tmp_path / "p" / "plugins" / "caught.py").write_text(
        "from milepost.metrics import labels, metric\n\n\n"
        '@metric(better="higher", reads="labels", tasks=("binary",), says="{value:.0%} are caught")\n'
        "def caught_here(truth, predicted, weight=None):\n"
        '    """The share caught."""\n'
        "    return float(predicted[truth == 1].mean())\n"
    )
    assert (
        start(tmp_path / "p", str(rows), "bought", {"metric": "caught_here"}).success.metric == "caught_here"
    )


@pytest.mark.parametrize("name", ["test", "production"])
def test_a_file_that_is_not_there_is_refused(rows: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=f"no file 'nowhere.csv' for --{name}"):
        start(tmp_path / "p", str(rows), "bought", {name: "nowhere.csv"})


def test_a_project_whose_data_lie_inside_moves_with_them(rows: Path, tmp_path: Path) -> None:
    inside = tmp_path / "p" / "mine.parquet"
    inside.parent.mkdir()
    shutil.copy(rows, inside)
    assert start(inside.parent, str(inside), "bought", {}).data.source == "mine.parquet"
    (tmp_path / "p").rename(tmp_path / "q")
    assert Project(tmp_path / "q").run(until="collect", yes=True).miles[1].state == "passed"
    assert Path(start(tmp_path / "r", str(rows), "bought", {}).data.source) == rows.resolve()


def test_identifiers_are_passed_through_to_the_answers(tmp_path: Path) -> None:
    table = toys.shop(200).with_columns(
        client_id=pl.Series([f"c{i * 7919 % 1000:03}" for i in range(200)]),
        tag=pl.Series([f"x{i}" for i in range(200)]),
    )
    table.write_parquet(tmp_path / "rows.parquet")
    brief = start(tmp_path / "p", str(tmp_path / "rows.parquet"), "bought", {})
    assert "client_id" in brief.data.keys
    assert "tag" not in brief.data.keys  # unique, but nothing says that it is a name
    assert not {"age", "bought"} & set(brief.data.keys)
