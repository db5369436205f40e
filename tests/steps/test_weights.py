"""Row weights are numbers of at least 0, and only their proportions count."""

from __future__ import annotations

import polars as pl
import pytest

from milepost.brief import Brief
from milepost.errors import InputError
from milepost.steps.weights import weights

BRIEF = Brief.of({"columns": {"w": {"role": "weight"}}})


def test_without_a_weight_column_no_row_is_weighted() -> None:
    assert weights(pl.DataFrame({"w": [1.0]}), Brief.of({})) is None


def test_only_proportions_count() -> None:
    one, other = (
        weights(pl.DataFrame({"w": values}), BRIEF) for values in ([1, 2, 1], [1e300, 2e300, 1e300])
    )
    assert one is not None
    assert other is not None
    assert one.tolist() == pytest.approx(other.tolist())
    assert one.tolist() == pytest.approx([0.75, 1.5, 0.75])


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (["big", None], "no numbers, such as 'big'"),
        ([1.0, None], "missing in 1 labelled rows"),
        ([1.0, float("inf")], "missing in 1 labelled rows"),
        ([1.0, -0.5], "negative in 1 labelled rows"),
        ([0, 0], "all weights in 'w' are 0"),
    ],
)
def test_what_is_no_weight_is_refused(values: list[object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        weights(pl.DataFrame({"w": values}), BRIEF)
