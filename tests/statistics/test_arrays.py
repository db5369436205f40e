import math

import numpy as np
import pytest

from milepost.errors import InputError
from milepost.statistics.arrays import alike, codes, members, scatter, vector, widening


def test_vector_quotes_what_is_wrong() -> None:
    with pytest.raises(InputError, match="2 axes"):
        vector(np.zeros((2, 2)))
    with pytest.raises(InputError, match="holds 1 value"):
        vector([1.0], "losses", least=2)
    with pytest.raises(InputError, match=r"losses holds 2 value.*not finite"):
        vector([1.0, math.nan, math.inf], "losses")


def test_codes_number_any_kind_of_group_and_refuse_one() -> None:
    numbers = codes(np.array(["x", "z", "x", "y"]), 4)
    assert numbers is not None
    assert numbers.tolist() == [0, 2, 0, 1]
    assert [part.tolist() for part in members(numbers)] == [[0, 2], [3], [1]]
    assert codes(None, 4) is None
    assert codes([5, 3, 4, 9], 4) is None
    with pytest.raises(InputError, match="one group"):
        codes([7, 7, 7], 3)
    with pytest.raises(InputError, match="shape"):
        codes([7, 8], 3)


def test_alike_names_both_lengths() -> None:
    with pytest.raises(InputError, match="3 and 2 rows"):
        alike(np.zeros(3), np.zeros(2), "truth and scores")


@pytest.mark.parametrize(
    ("folds", "factor"), [(None, 1.0), (2, math.sqrt(3)), (5, 1.5), (10, math.sqrt(19) / 3)]
)
def test_widening_is_the_corrected_over_the_plain_variance(folds: int | None, factor: float) -> None:
    assert widening(folds) == pytest.approx(factor)


def test_widening_refuses_one_fold() -> None:
    with pytest.raises(InputError, match="1 fold"):
        widening(1)


def test_the_scatter_of_what_is_known_warns_of_nothing() -> None:
    assert scatter([1.0, 3.0, math.nan]) == pytest.approx(math.sqrt(2))
    assert math.isnan(scatter([math.nan, math.nan]))
    assert math.isnan(scatter([]))
