"""What is told of people matches what was planted: pace, price, agreement, who guesses."""

from itertools import combinations

import numpy as np
import pytest
from tests.labelling import ACCURACIES, Crowded, truth_of

from milepost.steps.labelled import present
from milepost.steps.team import team


def test_nobody_was_asked(finished) -> None:
    assert team(finished.ledger) is None


def test_counts_pace_and_price(crowded: Crowded) -> None:
    found = crowded.project.labels.status()
    assert (found.items, found.left, found.wanted) == (240, 0, 1200)
    assert crowded.said == 1200
    assert found.spent == pytest.approx(0.05 * 1200)  # sealed labels cost as much
    assert found.answers == 5 * found.labelled < 1200
    assert sum(found.counts.values()) == found.labelled == found.shared
    assert found.seconds == pytest.approx(4 * 0.8 + 0.4 * 0.2, rel=0.1)
    assert found.days[-1][1] == found.answers


def test_agreement_is_what_the_errors_make_it(crowded: Crowded) -> None:
    found = crowded.project.labels.status()
    a = list(ACCURACIES.values())
    same = float(np.mean([p * q + (1 - p) * (1 - q) for p, q in combinations(a, 2)]))
    assert found.raw is not None
    assert found.raw.value == pytest.approx(same, abs=0.03)
    assert found.alpha is not None
    assert found.alpha.value == pytest.approx(2 * same - 1, abs=0.06)  # two classes of one size
    assert found.reading == "not reliable"
    worst = {name for span in found.pairs[:4] for name in span.name.split(" and ")}
    assert "hasty-hal" in worst
    assert all("hasty-hal" in span.name for span in found.pairs[:4])


def test_who_guesses_is_found(crowded: Crowded) -> None:
    signs = {worker.name: " ".join(worker.signs) for worker in crowded.project.labels.status().people}
    assert "less than a quarter of the usual" in signs["hasty-hal"]
    assert "The consensus contradicts" in signs["hasty-hal"]
    assert not any(text for name, text in signs.items() if name != "hasty-hal")


def test_the_consensus_is_as_good_as_it_says(crowded: Crowded) -> None:
    found, truth = present(crowded.project.labels.store), truth_of(crowded.table, crowded.truth)
    right = np.mean([truth[key] == value for key, value in zip(found.keys, found.values, strict=True)])
    assert right >= 0.97
    assert float(found.soft["sure"].mean()) == pytest.approx(right, abs=0.03)
    assert found.method in ("one-coin", "dawid-skene")
