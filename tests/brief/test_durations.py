"""Durations: what people write, read back exactly or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.brief import seconds, spell
from milepost.errors import UsageError


@pytest.mark.parametrize(
    ("text", "expected"),
    [("120s", 120), ("2m", 120), ("1h30m", 5400), ("2 d", 172800), ("250ms", 0.25), ("90", 90), (1.5, 1.5)],
)
def test_durations_are_read(text: str | float, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "soon", "2 parsecs", "-5", "-2m", "nan", "inf", "5m!", "m", True])
def test_what_is_no_duration_is_refused_and_quoted(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        seconds(text)
    assert repr(text) in str(caught.value)
    assert "2m" in str(caught.value)


@given(st.one_of(st.integers(0, 10**7).map(float), st.floats(0, 1e6, allow_subnormal=False)))
def test_what_is_spelled_is_read_back(duration: float) -> None:
    assert seconds(spell(duration)) == duration
