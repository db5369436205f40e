"""The step itself: what it may be told, and that a model meets its equal as an equal."""

from __future__ import annotations

import shutil
from dataclasses import replace

import polars as pl
import pytest

from milepost import Project
from milepost.digest import digest
from milepost.errors import InputError, UsageError
from milepost.shipping.manifest import open_package
from milepost.steps.generation import Against, record
from milepost.steps.renew import Renew
from milepost.steps.run import current, key_of, work_of
from milepost.steps.work import Talk, kept, outlet


@pytest.fixture
def twins(challenged: Project):
    """Work in which the champion meets itself, on its own sealed rows called generation 2."""
    champion = open_package(challenged.package).manifest.digest
    shutil.copytree(challenged.package, kept(challenged.folder, champion))
    shutil.copytree(challenged.package, outlet(challenged.folder, 2) / "package")
    record(challenged.ledger, replace(challenged.dataset(1), generation=2, base=1), "ada")
    evidence = current(challenged.road)

    def work(step: Renew):
        road = replace(challenged.road, generation=2, beside=True, against=Against(champion))
        return work_of(road, step, Talk(by="ada"), evidence)

    return work


def test_settings_that_cannot_be_are_refused_when_they_are_given() -> None:
    assert set(Renew.options()) == {"share", "keep", "rule", "expired", "labels", "most"}
    for settings, words in [
        ({"rule": "best"}, "no rule 'best'"),
        ({"share": 0.0}, "share is 0"),
        ({"most": -1}, "most is -1"),
    ]:
        with pytest.raises(UsageError, match=words):
            Renew(**settings)


def test_an_answer_about_labels_is_new_or_pairs() -> None:
    Renew.refuse("renew.labels.2", "new")
    Renew.refuse("renew.labels.2", "a>b, a>c")
    with pytest.raises(InputError, match="does not say what a label became"):
        Renew.refuse("renew.labels.2", "whatever")


def test_a_model_that_meets_its_equal_does_not_take_over(twins) -> None:
    step = Renew()
    outcome = step.run(twins(step))
    found = outcome.findings
    assert outcome.verdict == "passed"
    assert (found.promoted, found.verdict, found.gain) == (False, "as good", 0.0)
    assert (found.flips.negative, found.flips.positive) == (0, 0)
    assert [score.gain for score in found.scores] == [0.0, 0.0]


@pytest.mark.parametrize("step", [Renew(expired=True), Renew(rule="equal")], ids=lambda step: step.rule)
def test_an_equal_takes_over_where_that_is_enough(twins, step: Renew) -> None:
    found = step.run(twins(step)).findings
    assert found.promoted
    assert found.worn == ("it expired" if step.expired else "")


def test_the_comparison_is_written_down_before_the_rows_are_read_and_counts_once(twins) -> None:
    step = Renew()
    work = twins(step)
    before = len(work.ledger.openings(2))
    step.run(work)
    step.run(work)
    openings = work.ledger.openings(2)
    assert len(openings) == before + 1
    assert openings[-1]["rule"] == "better"
    assert openings[-1]["champion"] == work.against.champion


def test_a_champion_that_cannot_answer_is_worn_out(twins, challenged: Project) -> None:
    step, made = Renew(), challenged.dataset(2)
    test = challenged.blobs.get_frame(made.test).with_columns(x0=pl.lit("warm"))
    record(challenged.ledger, replace(made, test=challenged.blobs.put_frame(test)), "ada")
    work = twins(step)
    work.evidence = {name: e for name, e in work.evidence.items() if name != "collect"}
    found = step.run(work).findings
    assert "it cannot answer the new rows: row 0: 'x0' cannot be" in found.worn
    assert (found.verdict, found.promoted) == ("cannot be compared", True)
    assert [score.generation for score in found.scores] == [1]


def test_another_champion_or_pool_asks_anew(challenged: Project) -> None:
    road, found = challenged.road, current(challenged.road)
    keys = {
        key_of(replace(road, against=a), Renew(), found)
        for a in (Against("a"), Against("b"), Against("a", "p"))
    }
    assert len(keys) == 3
    assert key_of(replace(road, against=Against("a")), Renew(), found) in keys
    assert digest(Against("a")) != digest(Against("a", "p"))
