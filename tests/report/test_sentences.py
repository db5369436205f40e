from __future__ import annotations

import math

import pytest

from milepost.report.sentences import count, duration, interval, listed, number, percent, plural, size


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.5, "50 %"),
        (0.7234, "72.3 %"),
        (0.0019, "0.19 %"),
        (0.000012, "0.0012 %"),
        (0.9985, "99.85 %"),
        (-0.031, "-3.1 %"),
        (math.nan, "not known"),
    ],
)
def test_percent(share: float, words: str) -> None:
    assert percent(share) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"),
        (1e6, "1,000,000"),
        (123456.7, "123,457"),
        (-0.5, "-0.5"),
        (1e-12, "1e-12"),
        (math.inf, "not known"),
    ],
)
def test_number(value: float, words: str) -> None:
    assert number(value) == words


def test_interval_shows_all_three_to_the_same_place() -> None:
    assert interval(0.5, 0.5, 0.5, share=True) == "50.00 % (50.00 to 50.00)"
    assert interval(1234.5, 1000, 1500) == "1,234 (1,000 to 1,500)"
    assert interval(0.70001, 0.69991, 0.70011, share=True) == "70.00 % (69.99 to 70.01)"
    assert interval(0.7, math.nan, 1, share=True) == "70 %"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (1.04, "1 s"),
        (59.4, "59 s"),
        (59.7, "1 min"),
        (3600, "1 h"),
        (3659, "1 h"),
        (1e-5, "0.01 ms"),
    ],
)
def test_duration(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("bytes_", "words"), [(0, "0 bytes"), (1000, "1 kB"), (999_600, "1 MB"), (5e13, "50 TB")]
)
def test_size(bytes_: float, words: str) -> None:
    assert size(bytes_) == words


def test_counts_and_lists() -> None:
    assert count(1e9) == "1,000,000,000"
    assert count(math.nan) == "not known"
    assert listed([]) == "none"
    assert listed(["a", "b"], 2) == "a and b"
    assert plural(0, "row") == "0 rows"
