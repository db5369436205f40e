"""The source is read once; a changed file is seen, an unchanged one comes from its snapshot."""

from pathlib import Path

from milepost.brief import Brief
from milepost.steps.source import place, state
from milepost.testing import toys


def test_paths_are_relative_to_the_project_and_urls_stay(tmp_path: Path) -> None:
    assert place(tmp_path, "rows.csv") == str(tmp_path / "rows.csv")
    assert place(tmp_path, "/data/rows.csv") == "/data/rows.csv"
    assert place(tmp_path, "sqlite:///rows.db?table=t") == "sqlite:///rows.db?table=t"


def test_a_changed_file_is_seen(tmp_path: Path) -> None:
    brief = Brief.of({"data": {"source": "rows.csv"}})
    absent = state(tmp_path, brief)
    (tmp_path / "rows.csv").write_text("a\n1\n")
    first = state(tmp_path, brief)
    assert state(tmp_path, brief) == first != absent
    (tmp_path / "rows.csv").write_text("a\n1\n2\n")
    assert state(tmp_path, brief) != first


def test_reading_happens_once_until_the_file_changes(make) -> None:
    project = make(toys.shop(120), "bought", until="collect")
    assert len(project.ledger.rows.select("snapshot")) == 1
    toys.shop(140).write_parquet(project.folder / "data.parquet")
    assert project.status().miles[1].state == "stale"
    project.run(until="collect", yes=True)
    assert len(project.ledger.rows.select("snapshot")) == 2
    assert project.found("collect").rows == 140
