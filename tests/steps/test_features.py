"""Feature work keeps what a paired test agrees with, remembers it, counts it, and ships it in the graph."""

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from milepost.report.blocks import Details, Text
from milepost.steps import features as module
from milepost.steps.crafted import Features, Gain, Judged
from milepost.steps.features import told
from milepost.steps.final import Final
from milepost.steps.material import material
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol
from milepost.steps.tune import Tune
from milepost.training.features import Proposed

TRIALS = {"budget": {"seconds": 20.0, "threads": 1, "trials": 2}}
QUICK = ("linear", "lightgbm")


def planted(rows=900, kind="ratio"):
    rng = np.random.default_rng(3)
    a, b = rng.uniform(1, 9, rows), rng.uniform(1, 9, rows)
    group = rng.integers(0, 6, rows)
    pay = rng.normal(size=rows) + 4.0 * group
    truth = {"ratio": a / b, "deviation": pay - 4.0 * group, "noise": np.zeros(rows)}[kind]
    target = truth + rng.normal(0, 0.1, rows)
    return pl.DataFrame(
        {
            "a": a,
            "b": b,
            "pay": pay,
            "group": pl.Series(group).replace_strict(dict(enumerate("uvwxyz"))),
            "y": target,
        }
    )


def ready(road, frame, **brief):
    bench = road(frame, "regression", "rmse", **{**TRIALS, **brief})
    bench.run(Prepare())
    bench.run(Protocol())
    return bench


@pytest.mark.parametrize(
    ("truth", "family", "columns"),
    [("ratio", "pairs", {"a", "b"}), ("deviation", "groups", {"pay", "group"})],
)
def test_planted_features_are_kept_counted_and_seen_below(road, truth, family, columns) -> None:
    bench = ready(road, planted(kind=truth))
    found = bench.run(Tune(families=QUICK)).findings.features
    (kept,) = [one for one in found.judged if one.family == family]
    assert kept.kept
    assert (truth, columns) in [(kind, set(names)) for kind, names in kept.made]
    assert min(gain.p for gain in kept.gains) < 0.01
    looks = [look for look in bench.ledger.looks() if look["step"] == "features"]
    assert {look["name"] for look in looks} == {"pairs", "groups"}
    text, details = told(found)
    assert isinstance(text, Text)
    assert text.text.startswith("Made of the columns and kept")
    assert isinstance(details, Details)
    # What ships reads the same columns.
    assert {field.names for field in material(bench.work(Final())).recipe.made} == {
        names for _, names in found.kept
    }
    assert material(bench.work(Tune())).recipe.made == ()


def test_noise_keeps_nothing(road) -> None:
    found = ready(road, planted(kind="noise")).run(Tune(families=QUICK)).findings.features
    assert len(found.judged) == 2
    assert found.kept == ()


def test_a_decision_is_remembered_and_not_made_twice(road, monkeypatch) -> None:
    bench = ready(road, planted(300))
    first = bench.run(Tune(families=QUICK))
    looks = len(bench.ledger.looks())
    monkeypatch.setattr(module, "attempt", None)
    again = bench.run(Tune(families=QUICK))
    assert again.findings.features == first.findings.features
    assert len(bench.ledger.looks()) == looks


def test_few_rows_and_little_time_try_nothing_and_say_why(road) -> None:
    few = ready(road, planted(120)).run(Tune(families=QUICK)).findings.features
    assert few.judged == ()
    assert "too few" in few.why
    hasty = ready(road, planted(1500), budget={"seconds": 0.5, "threads": 1})
    found = hasty.run(Tune(families=("linear",))).findings.features
    assert found.judged == ()
    assert "more than" in found.why


def test_what_cannot_end_is_not_begun(road, monkeypatch) -> None:
    bench = ready(road, planted(300))
    work = bench.work(Tune())

    def never(*_: object) -> None:
        raise AssertionError("it was begun")

    monkeypatch.setattr(module, "PARTS", 1e9)
    monkeypatch.setattr(module, "based", never)
    _, found = module.featured(work, material(work), timed=True)
    assert "would take more than" in found.why


@pytest.mark.parametrize(
    ("size", "known", "rows"),
    [(2_000, 1.0, 10_000), (2_000, 1.1, 0), (20_000, 2.0, 10_000), (20_000, 3.9, 5_000), (20_000, 4.1, 0)],
)
def test_of_many_rows_fewer_train_before_nothing_is_tried(size: int, known: float, rows: int) -> None:
    data = SimpleNamespace(folds=[SimpleNamespace(train=np.arange(size))])
    assert module._rows(data, known, 4.0) == rows  # type: ignore[arg-type]


def test_families_are_tried_as_far_as_there_is_time() -> None:
    families = dict.fromkeys(("pairs", "groups", "others"), Proposed((), ((), ())))
    assert [*module._affordable(families, 3.0)[0]] == [*families]
    some, skipped = module._affordable(families, 2.9)
    assert ([*some], skipped) == (["pairs", "groups"], ("others",))
    assert [*module._affordable(families, 1.2)[0]] == ["pairs"]
    assert module._affordable({}, 1.0) == ({}, ())


def test_a_judge_that_fails_ends_no_search(road, monkeypatch) -> None:
    def fails(*_: object) -> None:
        raise ArithmeticError("no numbers")

    monkeypatch.setattr(module, "based", fails)
    found = ready(road, planted(300)).run(Tune(families=("linear",))).findings
    assert found.features.judged == ()
    assert found.features.why == "a model that judges them failed (ArithmeticError: no numbers)."
    assert len(found.tried) == 2


def test_what_was_not_tried_is_told_with_its_reason() -> None:
    (block,) = told(Features(why="fewer than 200 rows judge."))
    assert isinstance(block, Text)
    assert "fewer than 200 rows judge" in block.text
    assert told(Features()) == []
    gain = Gain("lightgbm", 0.1, 0.05, 0.15, 0.001)
    one = Judged("pairs", 3, (("ratio", ("a", "b")),), (gain,), True)
    text, _ = told(Features((one,), "there was no time to try groups."))
    assert isinstance(text, Text)
    assert text.text.endswith("Beside that there was no time to try groups.")
