"""A renewal from the seal to the decision, on toys whose truth is known."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from milepost import Project
from milepost.errors import InputError, UsageError
from milepost.ledger import OPEN
from milepost.serving.log import Log, Record
from milepost.shipping.manifest import open_package
from milepost.steps.work import kept

TOY = {"yes": True, "waive_all": "a toy"}


@pytest.fixture(scope="module")
def renewed(champion: Project, table, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose concept turned, renewed on 900 rows of the new concept."""
    folder = tmp_path_factory.mktemp("renewed") / "p"
    shutil.copytree(champion.folder, folder)
    project = Project(folder)
    made = project.renew(table(900, 1, -1.0), **TOY)
    assert (made.generation, made.promoted, made.code) == (2, True, 0), made.reason
    return project


@pytest.fixture
def again(renewed: Project, tmp_path: Path) -> Project:
    shutil.copytree(renewed.folder, tmp_path / "again")
    return Project(tmp_path / "again")


def digest(project: Project) -> str:
    return open_package(project.package).manifest.digest


def test_a_concept_that_changed_promotes_the_new_generation(renewed: Project, champion: Project) -> None:
    found = renewed.found("renew")
    assert found.verdict == "better"
    assert found.rows == 180
    assert found.gain > 0.2
    assert 0 < found.low < found.gain < found.high
    first, fresh = found.scores
    assert (first.generation, fresh.generation) == (1, 2)
    assert first.gain < 0 < fresh.gain, "the old test set still holds the old concept, and is only reported"
    assert found.flips.positive > found.flips.negative > 0
    assert digest(renewed) == found.candidate != found.champion == digest(champion)
    assert renewed.verify().passed


def test_the_project_goes_on_with_the_new_generation(renewed: Project) -> None:
    status = renewed.status()
    assert (status.generation, status.done, status.code) == (2, True, 0)
    assert [mile.step for mile in status.beyond if mile.state != "todo"] == ["renew"]
    assert "renew" in str(status)
    before = len(renewed.ledger.all())
    assert renewed.run(yes=True).done
    assert len(renewed.ledger.all()) == before, "the champion's road is walked already"


def test_every_generation_stays_readable_and_its_package_runs(
    renewed: Project, champion: Project, table
) -> None:
    assert renewed.dataset(1).rows == (240, 0, 60)
    assert renewed.dataset(2).rows == (240 + 720, 0, 180)
    assert renewed.rows("development", 1).height == 240
    assert renewed.rows("development", 2).height == 960
    old = kept(renewed.folder, renewed.found("renew").champion)
    from milepost.project.answer import predict

    assert predict(old, table(5, 9)).equals(champion.predict(table(5, 9)))
    assert renewed.ledger.last("final", 1) is not None
    assert "the first" in renewed.report().read_text()


def test_the_fresh_rows_are_opened_once_by_each_and_counted(renewed: Project) -> None:
    opened = [opening.get("champion") for opening in renewed.ledger.openings(2)]
    assert opened == [None, renewed.found("renew").champion], "by final, then to compare"
    assert len(renewed.ledger.openings(1)) == 2
    assert [w["because"] for w in renewed.ledger.waivers()] == ["a toy"] * len(renewed.ledger.waivers())


def test_the_same_command_again_does_nothing_twice(again: Project, table) -> None:
    rows = {name: len(again.ledger.rows.select(name)) for name in again.ledger.rows.streams()}
    made = again.renew(table(900, 1, -1.0), **TOY)
    assert (made.generation, made.promoted) == (2, True)
    assert {name: len(again.ledger.rows.select(name)) for name in again.ledger.rows.streams()} == rows


def test_where_nothing_changed_the_champion_stays(again: Project, table) -> None:
    before = digest(again)
    made = again.renew(table(400, 2, -1.0), **TOY)
    assert (made.generation, made.promoted, made.code) == (3, False, 0)
    assert made.reason.startswith("The champion stays, for generation 3 is")
    assert digest(again) == before
    status = again.status()
    assert (status.generation, status.done) == (2, True)
    assert again.run(yes=True).done
    assert digest(again) == before
    assert [score["generation"] for score in made.findings["scores"]] == [1, 2, 3]


def test_what_to_label_next_is_listed_and_hard_rows_are_never_sealed(again: Project, table) -> None:
    pool = table(300, 3, -1.0).with_columns(y=pl.lit(None, pl.String))
    again.renew(pl.concat([table(400, 2, -1.0), pool]), most=60, **TOY)
    listed = pl.read_csv(again.folder / "label-next.csv")
    assert 40 <= listed.height <= 60
    assert set(listed.columns) == {"x0", "x1", "x2", "x3", "reason", "weight", "may_test"}
    hard = listed.filter(~pl.col("may_test"))
    truth = table(300, 3, -1.0).filter(pl.col("x0").is_in(hard["x0"].to_list()))
    made = again.renew(pl.concat([truth, table(300, 4, -1.0)]), **TOY)
    assert made.generation == 4
    test = again.blobs.get_frame(again.dataset(4).test)
    assert not set(test["x0"]) & set(hard["x0"])
    assert set(hard["x0"]) <= set(again.rows("development", 4)["x0"])
    assert again.dataset(4).rows[1] == 300 - hard.height, "what was labelled left the pool"


def test_a_column_that_production_lost_wears_the_champion_out(challenged: Project, table) -> None:
    made = challenged.renew(table(600, 5).drop("x3"), **TOY)
    found = made.findings
    assert "'x3', which the new rows no longer have" in found["worn"]
    assert made.promoted is (found["verdict"] in ("better", "as good"))
    columns = {
        c.name for c in open_package(challenged.folder / ".milepost/generations/2/package").manifest.columns
    }
    assert columns == {"x0", "x1", "x2"}
    if made.promoted:
        assert "x3" not in {c.name for c in open_package(challenged.package).manifest.columns}
    assert Project(challenged.folder).status().done


def test_a_question_waits_with_the_rows_sealed_and_the_answer_goes_on(challenged: Project, table) -> None:
    fresh = table(600, 6).with_columns(z=pl.int_range(600))
    made = challenged.renew(fresh)
    assert (made.code, made.promoted) == (4, None)
    assert "milepost answer" in made.next
    with pytest.raises(UsageError, match="is no answer"):
        challenged.answer("renew.column.z", "perhaps")
    challenged.answer("renew.column.z", "use")
    made = challenged.renew(fresh, **TOY)
    assert made.code == 0
    assert len(challenged.ledger.rows.select("sealing")) == 1
    assert "z" in challenged.rows("development", 2).columns


def test_a_gate_that_the_candidate_fails_leaves_the_champion(challenged: Project, table) -> None:
    before = digest(challenged)
    leaking = table(600, 7, -1.0)
    shuffled = leaking.with_columns(leaking["y"].shuffle(seed=0))
    made = challenged.renew(shuffled, yes=True)
    assert (made.code, made.promoted) == (3, None), made.reason
    assert made.reason.startswith("The champion stays for now: generation 2 stopped at '")
    assert "milepost waive" in made.next
    (mile,) = (m for m in challenged.status().beyond if m.step == "renew")
    assert (mile.state, mile.reason[:30]) == ("waiting", "Generation 2 is not decided ye")
    assert digest(challenged) == before
    assert challenged.status().done


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: rows.head(0), "no row"),
        (lambda rows: rows.drop("y"), "lack the column 'y'"),
        (lambda rows: rows.with_columns(y=pl.lit("no")), "all of one class"),
        (lambda rows: rows.with_columns(y=pl.lit("maybe")), "all of one class|'maybe', and a binary task"),
        (lambda rows: rows.head(30), "are left to compare two models on"),
    ],
)
def test_rows_that_will_not_do_leave_everything_as_it_was(
    challenged: Project, table, change, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        challenged.renew(change(table(300, 8)))
    assert not challenged.ledger.rows.select("sealing")


def test_rows_that_were_learnt_from_are_no_news(challenged: Project) -> None:
    with pytest.raises(InputError, match="is in the project already"):
        challenged.renew(challenged.rows("development").drop("__row__"))


def test_settings_that_cannot_be_are_refused_before_anything_is_read(challenged: Project) -> None:
    for settings, words in [
        ({"rule": "best"}, "no rule 'best'"),
        ({"share": 1.5}, "share is 1.5"),
        ({"labels": ("x",)}, "does not say what a label became"),
        ({"speed": 3}, "no setting 'speed'"),
    ]:
        with pytest.raises((UsageError, InputError), match=words):
            challenged.renew("nowhere.csv", **settings)


def test_a_road_that_is_not_done_has_no_champion(tmp_path: Path, table) -> None:
    project = Project.new(tmp_path / "p", table(60, 0), "y")
    with pytest.raises(UsageError, match="no champion to renew: 'frame' has not passed"):
        project.renew(table(100, 1))
    with pytest.raises(UsageError, match="has a command of its own"):
        project.step("renew")
    with pytest.raises(UsageError, match="nothing was collected yet"):
        project.dataset(1)


def test_the_request_log_is_a_pool(again: Project, table) -> None:
    with pytest.raises(InputError, match="holds no request"):
        again.renew(table(400, 2, -1.0), pool="requests", **TOY)
    log = Log(again.folder / "requests", "toy", "1")
    for number, row in enumerate(table(50, 9, -1.0).drop("y").to_dicts()):
        log.put(Record(float(number), str(number), "predict", 1, lambda r=row: [r], lambda: [{}], 0.001))
    log.put(Record(60.0, "refused", "predict", 0, list, list, 0.001, 400, "x0: no number"))
    log.close()
    made = again.renew(table(400, 2, -1.0), pool="requests", most=20, **TOY)
    assert made.findings["listed"] > 10
    asked = set(table(50, 9, -1.0)["x0"].round(9))
    assert set(pl.read_csv(again.folder / "label-next.csv")["x0"].round(9)) <= asked


def test_sealed_rows_are_not_for_reading(renewed: Project) -> None:
    with pytest.raises(UsageError, match="not for reading"):
        renewed.rows("test", 1)
    assert all(mile.state in OPEN for mile in renewed.status().miles)
