"""People are asked to label on a page, at a price that is told before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.labelling import pool
from tests.web.conftest import Visitor, visitor

from milepost import Project
from milepost.web.app import create
from milepost.web.site import Door


@pytest.fixture
def unlabelled(tmp_path: Path) -> Iterator[Visitor]:
    """An owner of a project whose rows have no label."""
    table, _ = pool(120)
    table.write_csv(tmp_path / "rows.csv")
    Project.new(tmp_path / "p", tmp_path / "rows.csv", "y", labels="yes,no", budget="3s")
    app = create(tmp_path / "p", Door(True, "ada", "k", 1))
    yield visitor(app, "ada")
    app.state.site.runs.close()


def test_terms_are_reckoned_with_before_anybody_is_asked(unlabelled: Visitor) -> None:
    first = unlabelled.json("/ask.json")
    assert not first["begun"]
    assert first["names"] == "yes, no"
    form = {"who": "crowd", "price": "0.05", "people": "8", "width": "0.05", "reckon": "yes", "names": ""}
    to = unlabelled.send("/ask", form).headers["location"]
    assert "csrf" not in to
    assert "who=crowd" in to
    told = unlabelled.json(to.replace("/ask", "/ask.json"))
    assert told["terms"]["who"] == "crowd"
    assert told["plan"]["money"] == pytest.approx(told["plan"]["labels"] * 0.05)
    assert told["plan"]["labels"] < first["plan"]["labels"], "a wider interval takes fewer labels"
    assert not told["begun"], "nobody was asked"


def test_asking_draws_the_seal_and_says_how_items_are_labelled(unlabelled: Visitor) -> None:
    form = {"who": "crowd", "people": "8", "overlap": "3", "share": "50", "gold": "0"}
    assert unlabelled.send("/ask", form).headers["location"] == "/ask"
    labels = unlabelled.site.labels
    assert (labels.rules().labels, labels.rules().share) == (3, 0.5)
    assert labels.answers.counts()[0]["items"] == 120
    page = unlabelled.json("/ask.json")
    assert page["begun"]
    assert page["rules"] == {"labels": 3, "share": 0.5, "gold": 0.0}
    assert "still want labels" in unlabelled.get("/ask").text


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("price", "much", "price is"),
        ("gold", "200", "from 0 to 100"),
        ("width", "0.9", "half-width"),
        ("who", "nobody", "who is"),
        ("overlap", "-1", "overlap is"),
        ("names", "only", "choose among"),
    ],
)
def test_what_cannot_be_is_refused_and_stays_filled_in(
    unlabelled: Visitor, field: str, value: str, says: str
) -> None:
    answer = unlabelled.send("/ask", {"who": "we", field: value})
    assert answer.status_code == 400
    assert says in answer.text
    assert unlabelled.json("/ask.json")["begun"] is False
