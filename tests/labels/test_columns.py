"""Names of the queues of columns."""

import pytest

from milepost.errors import UsageError
from milepost.labels.columns import LONGEST, column_of, queue_of


def test_a_column_has_a_queue_of_its_own_and_the_target_none() -> None:
    assert column_of(queue_of("photo: quality")) == "photo: quality"
    assert len(queue_of("x" * LONGEST)) == 200
    assert column_of("labels") == column_of("production") == ""


@pytest.mark.parametrize("column", ["", "  ", "__row__", "x" * 400])
def test_names_that_cannot_be_are_refused(column: str) -> None:
    with pytest.raises(UsageError, match="cannot be labelled by that name"):
        queue_of(column)
