"""People label columns beside the target: gaps are filled, new columns are looked at unless opened."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from milepost import Project
from milepost.errors import InputError, Sealed, UsageError
from milepost.labels.labels import Labels
from milepost.labels.queue import Reply
from milepost.steps.columns import asked, keyed
from milepost.steps.divided import ROW
from milepost.steps.labelled import keys
from milepost.steps.run import stale
from milepost.store.people import Person

COLOURS = ["red", "blue", "green"]


def table(rows: int = 120, seed: int = 0) -> pl.DataFrame:
    """Rows with a target, a column of colours in which a third is missing, and what the colour truly is."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 2))
    true = [COLOURS[i] for i in rng.integers(0, 3, rows)]
    shift = np.array([{"red": 2.0, "blue": -2.0, "green": 0.0}[colour] for colour in true])
    y = np.where(x[:, 0] + shift + 0.5 * rng.logistic(size=rows) > 0, "yes", "no")
    gaps = pl.Series([None if i % 3 == 0 else true[i] for i in range(rows)], dtype=pl.String)
    return pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "colour": gaps, "y": y}).with_columns(
        true=pl.Series(true)
    )


def begun(folder: Path, frame: pl.DataFrame) -> Project:
    return Project.new(folder, frame.drop("true"), "y", budget="4s")


def label(project: Project, column: str, said: dict[str, object], name: str, most: int = 10_000) -> int:
    """One person says of each item, by its key, what `said` holds; returns how many."""
    store, done = project.labels.column(column).store, 0
    number = {id: key for key, id in store.answers.numbers(list(said)).items()}
    who = store.people.find(name) or store.people.add(Person(0, name, ("labeller",)), "test")
    while done < most and (items := store.queue.next(who.id, 5)):
        for item in items[: most - done]:
            store.queue.submit(who.id, Reply(item.id, f"{column}-{name}-{item.id}", said[number[item.id]]))
            done += 1
    return done


def by_key(frame: pl.DataFrame, values: list) -> dict[str, object]:
    return dict(zip(keys(frame.drop("true"), ["y"]), values, strict=True))


def frames(project: Project) -> pl.DataFrame:
    """Development and sealed rows as `collect` kept them, in the order of the source."""
    last = project.ledger.last("collect")
    parts = [project.blobs.get_frame(last.artifacts[name]) for name in ("development", "test")]
    return pl.concat(parts, how="vertical_relaxed").sort(ROW)


def test_two_people_two_columns_one_in_dispute_the_other_settled(tmp_path) -> None:
    frame = table()
    project = begun(tmp_path / "p", frame)
    assert project.run(until="collect", yes=True).code == 0
    colour, quality = project.labels.column("colour"), project.labels.column("quality")
    made = colour.start(overlap=2, gold=0.0)
    assert (made.kind, made.labels, made.lacking, made.items) == ("choice", tuple(sorted(COLOURS)), False, 40)
    other = quality.start(names=["good", "bad"], overlap=2)
    assert (other.lacking, other.items, other.cells) == (True, 120, True)
    assert 0 < other.sealed < 120, "rows that are sealed are labelled blind"
    assert project.labels.columns == ("colour", "quality")
    shown = dict(quality.store.answers.contents(everything=True))
    assert all(set(content) <= {"a", "b", "colour"} for content in shown.values()), (
        "neither target nor column"
    )

    true = by_key(frame, frame["true"].to_list())
    good = ["good" if a > 0 else "bad" for a in frame["a"]]
    for name in ("ann", "ben"):
        assert label(project, "colour", true, name) == 40
    label(project, "quality", by_key(frame, good), "ann")
    rng = np.random.default_rng(1)
    by_ben = [str(rng.choice(["good", "bad"])) for _ in good]
    label(project, "quality", by_key(frame, by_ben), "ben")
    assert colour.status().alpha.value == pytest.approx(1.0)
    assert quality.status().alpha.value < 0.4
    assert quality.status().reading == "not reliable"

    assert "collect" in stale(project.road), "labels of a column make evidence stale"
    assert project.run(until="collect", yes=True).code == 0
    rows = frames(project)
    assert rows["colour"].to_list() == frame["true"].to_list(), "gaps filled by what both said"
    assert rows["quality"].null_count() == 0
    agreed = [one == two for one, two in zip(good, by_ben, strict=True)]
    same = rows.filter(pl.Series(agreed))["quality"].to_list()
    assert same == [one for one, alike in zip(good, agreed, strict=True) if alike], "where both said it"
    found = {one.column: one for one in project.found("collect").filled}
    assert (found["colour"].filled, found["colour"].empty, found["colour"].added) == (40, 0, False)
    assert (found["quality"].filled, found["quality"].available) == (120, False)
    assert found["quality"].reading == "not reliable"
    page = project.report().read_text()
    assert "Columns beside the target that people label" in page


def test_numbers_likes_and_tags_fill_a_cell(tmp_path) -> None:
    frame = table(60)
    project = begun(tmp_path / "p", frame)
    number = project.labels.column("age")
    number.start(kind="number", overlap=2)
    label(project, "age", by_key(frame, [float(i) for i in range(60)]), "ann")
    label(project, "age", by_key(frame, [float(i + 2) for i in range(60)]), "ben")
    like = project.labels.column("fine")
    like.start(kind="like", overlap=1, share=1.0)
    label(project, "fine", by_key(frame, [i % 2 == 0 for i in range(60)]), "ann")
    tags = project.labels.column("seen")
    tags.start(kind="tags", names=["dust", "rain"], overlap=1, share=1.0)
    label(project, "seen", by_key(frame, [["dust", "rain"] if i % 2 else [] for i in range(60)]), "ann")
    project.run(until="collect", yes=True)
    rows = frames(project)
    assert rows["age"].to_list() == [float(i + 1) for i in range(60)], "the median of both"
    assert rows["fine"].dtype == pl.Boolean
    assert rows["fine"].to_list() == [i % 2 == 0 for i in range(60)]
    assert rows["seen"].to_list() == ['["dust","rain"]' if i % 2 else "[]" for i in range(60)]


def test_labels_of_a_column_move_no_row_across_the_seal_and_stay_behind_it(tmp_path) -> None:
    frame = table()
    project = begun(tmp_path / "p", frame)
    project.run(until="collect", yes=True)
    sealed = project.blobs.get_frame(project.ledger.last("collect").artifacts["test"])[ROW].to_list()
    project.labels.column("colour").start(overlap=1, share=1.0)
    label(project, "colour", by_key(frame, frame["true"].to_list()), "ann")
    project.run(until="collect", yes=True)
    after = project.blobs.get_frame(project.ledger.last("collect").artifacts["test"])
    assert after[ROW].to_list() == sealed
    assert after["colour"].null_count() == 0, "inputs of sealed rows are filled like those of others"
    store = project.labels.column("colour").store
    behind = {key for key, row in zip(keyed_of(project, after), sealed, strict=True) if row % 3 == 0}
    assert behind
    assert behind.isdisjoint(store.answers.all().keys), "they are shown to nobody"
    assert behind <= set(store.answers.every("collect").keys)
    with pytest.raises(Sealed):
        project.labels.column("colour").store.answers.history(
            store.answers.numbers(sorted(behind))[min(behind)]
        )


def keyed_of(project: Project, rows: pl.DataFrame) -> list[str]:
    """Keys of filled rows, which are those of the rows as they came."""
    return keyed(project.labels.column("colour")._work("collect"), rows)


def test_a_new_column_is_an_input_only_where_the_brief_says_so(tmp_path) -> None:
    frame = table()
    project = begun(tmp_path / "p", frame)
    project.labels.column("tone").start(names=COLOURS, overlap=1, share=1.0)
    label(project, "tone", by_key(frame, frame["true"].to_list()), "ann")
    assert project.run(until="understand", yes=True).code == 0

    def role() -> str:
        schema = Project(project.folder).found("understand").schema
        return next(column["role"] for column in schema if column["name"] == "tone")

    assert role() == "ignored"
    brief = project.folder / "milepost.toml"
    kept = brief.read_text()
    brief.write_text(f'{kept}\n[columns.tone]\nbecause = "we look at it"\n')
    assert Project(project.folder).run(until="understand", yes=True).code == 0
    assert role() == "ignored", "only `available` opens it"
    brief.write_text(f"{kept}\n[columns.tone]\navailable = true\n")
    assert Project(project.folder).run(until="understand", yes=True).code == 0
    assert role() == "input"


def test_an_export_comes_back_with_as_many_labels(tmp_path) -> None:
    frame = table(60)
    project = begun(tmp_path / "p", frame)
    tone = project.labels.column("tone")
    tone.start(names=["good", "bad"], overlap=1, share=1.0)
    label(project, "tone", by_key(frame, ["good" if i % 2 else "bad" for i in range(60)]), "ann", most=30)
    out = tone.write(tmp_path / "tone.csv", "csv")
    assert (out.items, out.answers) == (60, 30)
    twin = begun(tmp_path / "q", frame)
    twin.labels.column("tone").start(names=["good", "bad"], overlap=1, share=1.0)
    back = twin.labels.column("tone").read(tmp_path / "tone.csv", "csv")
    assert (back.answers, back.bad) == (30, ())
    first, second = (p.labels.column("tone").store.answers.all() for p in (project, twin))
    assert dict(zip(first.keys, first.values, strict=True)) == dict(
        zip(second.keys, second.values, strict=True)
    )
    assert twin.labels.column("tone").read(tmp_path / "tone.csv", "csv").answers == 30, (
        "told, and counted once"
    )
    assert len(twin.labels.column("tone").store.answers.all()) == 30


def test_shapes_stay_in_the_queue(tmp_path) -> None:
    project = begun(tmp_path / "p", table(60))
    made = project.labels.column("spots").start(kind="boxes", names=["spot"], overlap=1)
    assert not made.cells
    project.run(until="collect", yes=True)
    assert "spots" not in frames(project).columns
    assert project.found("collect").filled[0].filled == 0


def test_what_cannot_be_asked_is_refused(tmp_path) -> None:
    frame = table(60)
    project = begun(tmp_path / "p", frame)
    with pytest.raises(UsageError, match="what is predicted"):
        project.labels.column("y").start()
    with pytest.raises(UsageError, match="nothing says"):
        project.labels.column("quality").start()
    with pytest.raises(InputError, match="every row has a 'a'"):
        project.labels.column("a").start()
    with pytest.raises(UsageError, match="no kind of label 'chioce'"):
        project.labels.column("quality").start(kind="chioce")
    assert asked(project.ledger.rows) == ()
    assert project.labels.column("colour").start(most=10).items == 10
    assert project.labels.column("colour").start(most=10).added == 0
    assert project.labels.column("colour").start().added == 10
    with pytest.raises(UsageError, match="labelled already"):
        project.labels.column("colour").start(kind="number")


def test_the_road_goes_to_its_end_on_rows_whose_target_and_gaps_people_gave(tmp_path) -> None:
    frame = table(240)
    bare = frame.with_columns(y=pl.lit(None, pl.String))
    project = Project.new(tmp_path / "p", bare.drop("true"), "y", labels="no,yes", task="binary", budget="4s")
    project.labels.start(overlap=1, share=1.0, gold=0.0)
    project.labels.column("colour").start(overlap=1, share=1.0, gold=0.0)
    true = dict(zip(keys(bare.drop("true"), ["y"]), frame["y"].to_list(), strict=True))
    say(project, project.labels.store, true, "ann")
    label(project, "colour", dict(zip(true, frame["true"].to_list(), strict=True)), "ben")
    status = project.run(yes=True, waive_all="a toy")
    assert status.done, str(status)
    sealed = project.labels.store.answers.hidden()
    assert project.found("final").rows == len(sealed) > 20, "each sealed row has the label people gave it"
    colours = project.predict(frame.with_columns(colour=frame["true"]).head(30).drop("true", "y"))
    assert colours.height == 30
    doubted = project.labels.doubts().doubts
    assert {one.key for one in doubted} <= set(true), "rows are known by what they held before"


def say(project: Project, store: Labels, said: dict[str, object], name: str) -> None:
    """One person labels all of the target."""
    number = {id: key for key, id in store.answers.numbers(list(said)).items()}
    who = store.people.find(name) or store.people.add(Person(0, name, ("labeller",)), "test")
    while items := store.queue.next(who.id, 5):
        for item in items:
            store.queue.submit(who.id, Reply(item.id, f"{name}-{item.id}", said[number[item.id]]))


def test_a_test_file_need_not_have_what_people_gave_the_rows(tmp_path) -> None:
    frame = table(150)
    frame[:110].drop("true").write_csv(tmp_path / "rows.csv")
    frame[110:].drop("true").write_csv(tmp_path / "test.csv")
    project = Project.new(
        tmp_path / "p", tmp_path / "rows.csv", "y", budget="4s", test=str(tmp_path / "test.csv")
    )
    for column, how in (("colour", {}), ("tone", {"names": ["good", "bad"]})):
        project.labels.column(column).start(overlap=1, share=1.0, gold=0.0, **how)
    rows = frame[:110]
    label(project, "colour", by_key(rows, rows["true"].to_list()), "ann")
    label(project, "tone", by_key(rows, ["good", "bad"] * 55), "ann")
    status = project.run(until="collect", yes=True)
    assert status.code == 0, str(status)
    kept = project.ledger.last("collect")
    test = project.blobs.get_frame(kept.artifacts["test"])
    assert test.height == 40
    assert test["tone"].null_count() == 40
    assert project.blobs.get_frame(kept.artifacts["development"])["tone"].null_count() == 0


def test_a_renewal_of_rows_without_a_column_that_people_gave_keeps_it_closed(tmp_path) -> None:
    frame = table(240)
    project = begun(tmp_path / "p", frame)
    project.labels.column("tone").start(names=COLOURS, overlap=1, share=1.0)
    label(project, "tone", by_key(frame, frame["true"].to_list()), "ann")
    assert project.run(yes=True, waive_all="a toy").done
    project.renew(table(200, seed=5).drop("true"), yes=True, waive_all="a toy")
    made = project.ledger.last("understand", 2)
    assert made is not None
    assert {c["name"]: c["role"] for c in made.findings["schema"]}["tone"] == "ignored"
    assert "tone" in project.blobs.get_frame(project.dataset(2).development).columns
    with pytest.raises(UsageError, match="later generation"):
        project.labels.column("fresh").start(kind="number")
