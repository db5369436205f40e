"""The source is read once; a changed file is seen, an unchanged one comes from its snapshot."""

import os
from pathlib import Path

from milepost.brief import Brief
from milepost.steps.source import code, place, state
from milepost.steps.work import Talk
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


def test_a_file_that_was_only_touched_changes_nothing_below(copied) -> None:
    road, before = copied.road, copied.status()
    path = copied.folder / copied.brief.data.source
    os.utime(path, (1, 1))
    assert road.source != copied.road.source
    assert copied.status().miles[0].state == "stale"
    ran = []
    status = copied.run(talk=Talk(done=lambda made, now: ran.append(made.step) if now else None))
    assert ran == ["frame", "collect"]
    assert [mile.at for mile in status.miles[2:]] == [mile.at for mile in before.miles[2:]]


def test_the_projects_own_code_makes_steps_that_use_it_stale(copied) -> None:
    assert code(copied.folder, copied.brief) == ""
    (copied.folder / "plugins").mkdir()
    (copied.folder / "plugins" / "mine.py").write_text("A = 1")
    first = code(copied.folder, copied.brief)
    states = {mile.step: mile.state for mile in copied.status().miles}
    assert states["collect"] == "passed"
    assert {states[name] for name in ("understand", "measure", "tune", "final", "ship")} == {"stale"}
    (copied.folder / "plugins" / "mine.py").write_text("A = 2")
    assert code(copied.folder, copied.brief) != first != ""


def test_a_changed_file_beside_a_plug_in_is_seen(tmp_path: Path) -> None:
    brief = Brief.of({"data": {"source": "rows.csv"}})
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "model.onnx").write_bytes(b"one")
    first = code(tmp_path, brief)
    (tmp_path / "plugins" / "model.onnx").write_bytes(b"two")
    assert code(tmp_path, brief) != first


def test_a_changed_rule_is_seen(tmp_path: Path) -> None:
    brief = Brief.of({"existing": {"rule": "rules.py:late"}})
    assert code(tmp_path, brief) == ""
    (tmp_path / "rules.py").write_text("def late(frame): return [0] * len(frame)")
    first = code(tmp_path, brief)
    (tmp_path / "rules.py").write_text("def late(frame): return [1] * len(frame)")
    assert code(tmp_path, brief) not in ("", first)
