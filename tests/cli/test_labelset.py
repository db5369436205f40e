"""The label set is shown, and changes are told before they are made."""

from tests.labelling import pool

from milepost import Project
from milepost.cli.labelset import listed


def test_a_change_is_told_before_it_is_made(milepost, tmp_path) -> None:
    folder = Project.new(tmp_path / "p", pool(40)[0], "y", labels="no,yes").folder
    milepost("labels", "start", folder)
    told = milepost("labels", "set", folder, "--rename", "yes=sure")
    assert "'yes' is renamed 'sure'" in told.out
    assert "yes: 0 labels" in milepost("labels", "set", folder).out
    assert milepost("labels", "set", folder, "--rename", "yes=sure", "--yes").code == 0
    assert "sure: 0 labels" in milepost("labels", "set", folder).out
    assert milepost("labels", "set", folder, "--split", "sure=quite,very", "--json").json["requeued"] == 0
    assert milepost("labels", "set", folder, "--merge", "never=sure").code == 2
    assert milepost("labels", "set", folder, "--add", "a", "--retire", "no").code == 2


def test_names_are_separated_by_commas() -> None:
    assert listed(" a, b c ,") == ["a", "b c"]
