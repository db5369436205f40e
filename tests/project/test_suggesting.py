"""Suggestions come from the shipped model, to choices alone."""

from __future__ import annotations

import shutil
from pathlib import Path

from milepost import Project
from milepost.labels.labels import Labels
from milepost.labels.labelset import LabelSet
from milepost.labels.rules import Rules
from milepost.project.suggesting import suggestions
from milepost.shipping.manifest import open_package
from milepost.steps.assign import plainly
from milepost.store.stock import NewItem
from milepost.testing import toys


def test_suggestions_are_the_packages_predictions(finished: Project, tmp_path: Path) -> None:
    shutil.copytree(finished.folder, tmp_path / "p")
    project = Project(tmp_path / "p")
    labels = Labels(project.ledger.rows)
    labels.start(LabelSet.start("labels", "choice", ["no", "yes"]), "me", Rules(blind=False, suggest=True))
    rows = toys.shop(40, seed=7).drop("tier", "spent", "bought")
    plain = [{k: plainly(v) for k, v in row.items() if v is not None} for row in rows.to_dicts()]
    labels.add_items([NewItem(row, str(at)) for at, row in enumerate(plain)], "me")
    numbers = labels.answers.numbers([str(at) for at in range(40)])
    found = project.labels.suggest(list(numbers.values()))
    assert 20 < len(found) < 40, "a fifth or so has none"
    expected = project.predict(rows)
    for at in range(40):
        if (one := found.get(numbers[str(at)])) is not None:
            sure = expected["proba_yes"][at]
            assert one.value == ("yes" if sure > 0.5 else "no")
            assert abs(one.score - max(sure, 1 - sure)) < 1e-4
    labels.change_rules(Rules(suggest=True), "me")
    assert project.labels.suggest(list(numbers.values())) == {}
    other = Labels(project.ledger.rows, "other")
    other.start(LabelSet.start("labels", "choice", ["a", "b"]), "me")
    other.add_items([NewItem(plain[0], "0")], "me")
    package = open_package(project.package)
    assert suggestions(other, package, list(other.answers.numbers(["0"]).values())) == {}, (
        "it knows other labels"
    )
