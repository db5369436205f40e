"""A project as its user meets it: made, run, asked, changed, and picked up again."""

from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from milepost import Project
from milepost.errors import BriefError, GateFailed, InputError, UsageError, Waits
from milepost.ledger import OPEN


def test_the_whole_road_is_walked_and_leaves_evidence(finished: Project) -> None:
    status = finished.status()
    assert [mile.step for mile in status.miles] == [
        "frame", "collect", "annotate", "understand", "measure", "prepare", "protocol", "baseline", "overfit",
        "tune", "final", "explain", "ship",
    ]  # fmt: skip
    assert all(mile.state in OPEN for mile in status.miles)
    assert status.code == 0
    assert status.openings == 1
    assert "milepost serve" in status.next


def test_a_second_run_does_nothing_again(finished: Project) -> None:
    before = len(finished.ledger.all())
    assert finished.run(yes=True).done
    assert len(finished.ledger.all()) == before
    assert finished.status().openings == 1


def test_the_model_has_learnt_the_relation(finished: Project) -> None:
    found = finished.found("final")
    assert found.score > 0.75
    assert found.low <= found.score


def test_predictions_come_in_order_with_every_column(finished: Project, shop: pl.DataFrame) -> None:
    answers = finished.predict(shop.head(20))
    assert answers.columns == ["prediction", "proba_no", "proba_yes", "decision"]
    again = finished.predict(shop.head(20).reverse())
    assert again.reverse()["proba_yes"].to_list() == pytest.approx(answers["proba_yes"].to_list(), abs=1e-6)
    assert set(answers["prediction"]) <= {"yes", "no"}


def test_the_package_is_proven_again(finished: Project) -> None:
    proof = finished.verify()
    assert proof.passed
    assert proof.rows == 500
    assert max(proof.worst.values()) < 1e-5


def test_pandas_in_is_pandas_out(finished: Project, shop: pl.DataFrame) -> None:
    rows = shop.head(5).to_pandas().set_index(pd.Index([9, 7, 5, 3, 1]))
    answers = finished.predict(rows)
    assert isinstance(answers, pd.DataFrame)
    assert answers.index.tolist() == [9, 7, 5, 3, 1]


def test_a_changed_brief_makes_stale_what_reads_it_and_nothing_else(copied: Project) -> None:
    brief = copied.brief.changed({"value.cost_miss": 20.0, "value.cost_false_alarm": 1.0})
    brief.write(copied.folder)
    states = {mile.step: mile.state for mile in Project(copied.folder).status().miles}
    assert states["measure"] == "stale"
    assert states["understand"] in OPEN
    assert states["collect"] in OPEN


def test_new_infers_and_explains(tmp_path: Path, shop: pl.DataFrame) -> None:
    shop.write_csv(tmp_path / "rows.csv")
    project = Project.new(tmp_path / "p", tmp_path / "rows.csv", "bought", seed=3)
    assert project.brief.target.task == "binary"
    assert project.brief.budget.seed == 3
    assert "(inferred:" in (tmp_path / "p" / "milepost.toml").read_text()


def test_a_sorted_date_column_is_taken_as_time(tmp_path: Path, shop: pl.DataFrame) -> None:
    project = Project.new(tmp_path / "p", shop.sort("joined"), "bought")
    assert project.brief.data.time == "joined"
    assert "future is predicted from the past" in (tmp_path / "p" / "milepost.toml").read_text()


def test_bad_use_is_refused_with_a_sentence(tmp_path: Path, shop: pl.DataFrame, finished: Project) -> None:
    with pytest.raises(InputError, match="no column 'bougt' in the data. Did you mean 'bought'"):
        Project.new(tmp_path / "a", shop, "bougt")
    with pytest.raises(UsageError, match="no option 'bugdet'. Did you mean 'budget'"):
        Project.new(tmp_path / "b", shop, "bought", bugdet="5s")
    with pytest.raises(BriefError, match="no milepost.toml"):
        Project(tmp_path / "c")
    with pytest.raises(UsageError, match="already holds a project"):
        Project.new(finished.folder, shop, "bought")
    with pytest.raises(UsageError, match="no milepost 'tunee'. Did you mean 'tune'"):
        finished.run(until="tunee")
    with pytest.raises(UsageError, match="'tune', from which to run, comes after 'frame'"):
        finished.run(start="tune", until="frame")
    with pytest.raises(UsageError, match="no milepost 'tunee'. Did you mean 'tune'"):
        finished.waive("tunee", "because")
    with pytest.raises(UsageError, match="no target 'moon'"):
        finished.ship("moon")
    with pytest.raises(UsageError, match="'frame' has not failed"):
        finished.waive("frame", "because")
    with pytest.raises(UsageError, match="needs a reason"):
        finished.waive("frame", " ")
    with pytest.raises(UsageError, match="no setting 'speed'"):
        finished.step("tune", speed=3)


def test_predicting_without_a_package_says_what_to_do(tmp_path: Path, shop: pl.DataFrame) -> None:
    project = Project.new(tmp_path / "p", shop, "bought")
    with pytest.raises(UsageError, match="has no package yet. Run the road"):
        project.predict(shop)


def test_questions_wait_and_are_answered(tmp_path: Path, shop: pl.DataFrame) -> None:
    project = Project.new(tmp_path / "p", shop, "bought")
    status = project.run(until="frame")
    assert status.code == 4
    names = [question["name"] for question in status.waiting]
    assert names == ["frame.ethics.harm", "frame.ethics.consent"]
    with pytest.raises(UsageError, match="Did you mean 'frame.ethics.harm'"):
        project.answer("frame.ethics.ham", "nobody")
    for name in names:
        project.answer(name, "thought about", by="Ada")
    assert project.run(until="frame").miles[0].state == "passed"
    assert project.ledger.answers()["frame.ethics.harm"]["by"] == "Ada"


def test_a_failed_gate_stops_until_it_is_waived(tmp_path: Path, shop: pl.DataFrame) -> None:
    project = Project.new(tmp_path / "p", shop, "bought", metric="accuracy", budget="5s")
    rare = shop.with_columns(
        bought=pl.when(pl.int_range(pl.len()) < 40).then(pl.lit("yes")).otherwise(pl.lit("no"))
    )
    rare.write_parquet(tmp_path / "p" / "data.parquet")
    status = project.run(until="measure", yes=True)
    assert status.code == 3
    assert status.miles[4].state == "failed"
    assert "accuracy" in status.miles[4].reason
    made = project.waive("measure", "the buyer insists", by="Ada")
    assert "Waived by Ada: the buyer insists" in made.reason
    assert project.run(until="prepare", yes=True).miles[5].state in OPEN
    assert "the buyer insists" in project.report().read_text()


def test_the_report_is_one_file_that_needs_no_network(copied: Project) -> None:
    html = copied.report().read_text()
    assert html.count("<html") == 1
    assert "http://" not in html.replace("http://www.w3.org", "")
    assert "<script src" not in html
    assert "<link" not in html
    for mile in copied.status().miles:
        assert mile.question.split("?")[0] in html


def test_a_project_may_move(finished: Project, tmp_path: Path, shop: pl.DataFrame) -> None:
    import shutil

    shutil.copytree(finished.folder, tmp_path / "moved")
    (tmp_path / "moved" / "data.parquet").stat()
    assert Project(tmp_path / "moved").predict(shop.head(3)).height == 3


def test_a_setting_that_cannot_work_is_not_kept(copied: Project) -> None:
    with pytest.raises(UsageError, match="between 0 and 1"):
        copied.step("collect", share=2.0)
    assert copied.ledger.settings("collect") == {}
    assert copied.status().done


def test_a_step_behind_one_that_waits_says_which(tmp_path: Path, shop: pl.DataFrame) -> None:
    project = Project.new(tmp_path / "p", shop, "bought")
    with pytest.raises(Waits, match="'collect' was not reached. 'frame' waits"):
        project.step("collect")


def test_what_cannot_be_shipped_is_not_handed_out(copied: Project, tmp_path: Path) -> None:
    copied.brief.changed({"constraints.size_mb": 0.001}).write(copied.folder)
    project = Project(copied.folder)
    project.run(until="explain", yes=True)
    with pytest.raises(GateFailed, match="constraint"):
        project.ship(out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    project.waive("ship", "only a trial")
    assert project.ship(out=tmp_path / "out").is_dir()
