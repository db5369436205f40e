"""The measure is chosen by the task, an unfit one is refused, and a project may bring its own."""

import polars as pl

from milepost.testing import toys

OWN = """
from milepost.metrics import metric

@metric(better="higher", reads="probabilities", tasks=("binary",), says="{value}", kind="other", perfect=1.0)
def top_heavy(truth, probability, weight=None):
    order = (-probability).argsort()[: max(1, len(truth) // 10)]
    return float(truth[order].mean())
"""


def test_the_default_comes_with_its_reason(finished) -> None:
    found = finished.found("measure")
    assert (found.metric, found.better, found.loss) == ("roc_auc", "higher", "log_loss")
    assert found.why


def test_accuracy_among_few_positives_is_refused(make) -> None:
    table = toys.shop(1000).with_columns(
        bought=pl.when(pl.int_range(pl.len()) % 50 == 0).then(pl.lit("yes")).otherwise(pl.lit("no"))
    )
    status = make(table, "bought", success__metric="accuracy").run(until="measure", yes=True)
    assert status.miles[4].state == "failed"
    assert "average_precision" in status.miles[4].reason


def test_a_project_brings_its_own_metric(make) -> None:
    project = make(toys.shop(300), "bought", success__metric="top_heavy")
    (project.folder / "plugins").mkdir()
    (project.folder / "plugins" / "mine.py").write_text(OWN)
    project = type(project)(project.folder)
    project.run(until="measure", yes=True)
    assert project.found("measure").metric == "top_heavy"


def test_costs_and_capacity_are_taken_down(make) -> None:
    project = make(
        toys.shop(300), "bought", until="measure", value__cost_miss=9.0, value__cost_false_alarm="income",
        value__capacity_per_day=20.0, success__bar=0.7,
    )  # fmt: skip
    found = project.found("measure")
    assert (found.cost_miss, found.cost_false, found.capacity, found.bar) == (9.0, "income", 20.0, 0.7)
