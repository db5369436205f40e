"""Single values: paths stay inside the project, costs and lists of names are what they must be."""

from pathlib import Path

import pytest

from milepost.brief import Brief, checks
from milepost.brief.checks import climbs, cost, delay, duration, file, inside, locate, names, rule
from milepost.errors import BriefError


@pytest.mark.parametrize(
    "path", ["../../etc/passwd.py", "a/../../b.py", "/etc/x.py", "\\\\host\\x.py", "C:\\x.py", "~/x.py", ".."]
)
def test_paths_that_leave_the_folder_are_seen(path: str) -> None:
    assert climbs(path)


@pytest.mark.parametrize("path", ["rules.py", "plugins/rules.py", "./rules.py", "a..b.py"])
def test_paths_that_stay_are_let_pass(path: str) -> None:
    assert not climbs(path)


def test_a_link_out_of_the_project_is_refused(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "outside.py").write_text("x = 1")
    (project / "rules.py").symlink_to(tmp_path / "outside.py")
    with pytest.raises(BriefError, match=r"rules\.py' leads out of the project"):
        inside(project, "rules.py")
    (project / "own.py").write_text("x = 1")
    assert inside(project, "own.py") == project / "own.py"


@pytest.mark.parametrize(
    "value", ["rules", "rules.py", "rules.py:", ":late", "rules.py:two words", "../r.py:late"]
)
def test_a_rule_names_a_file_here_and_a_function(value: str) -> None:
    with pytest.raises(ValueError, match="expected a file"):
        rule(value)


def test_a_file_stays_in_the_project() -> None:
    assert (file("a/words.vec"), file("")) == ("a/words.vec", "")
    with pytest.raises(ValueError, match="inside this folder"):
        file("/words.vec")


@pytest.mark.parametrize("value", [True, -1.0, -3, [1], ""])
def test_a_cost_is_a_number_or_a_column(value: object) -> None:
    with pytest.raises(ValueError, match="expected a number"):
        cost(value)
    assert cost(5) == 5.0
    assert cost("amount") == "amount"


def test_a_name_listed_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        names(["a", "a"])
    assert names("") == ()


def test_delays_and_budgets_are_durations() -> None:
    assert (delay("30d"), delay(""), duration("2m")) == ("30d", "", 120.0)
    with pytest.raises(ValueError, match="2m"):
        delay("later")
    with pytest.raises(ValueError, match="2m"):
        duration(True)


def test_sources_may_lie_anywhere(tmp_path: Path) -> None:
    assert locate(tmp_path, "rows.csv") == str(tmp_path / "rows.csv")
    assert locate(tmp_path, "/data/rows.csv") == "/data/rows.csv"
    assert locate(tmp_path, "sqlite:///rows.db?table=a") == "sqlite:///rows.db?table=a"


def test_a_student_cannot_be_asked_for_before_it_is_priced():
    assert [checks.point(name) for name in ("", "small")] == ["", "small"]
    with pytest.raises(BriefError, match=r"sealed rows only.*milepost ship --point student"):
        Brief.of({"constraints": {"point": "student"}})
