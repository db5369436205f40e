"""Settings are read as they are typed, on every door."""

import pytest

from milepost.errors import UsageError
from milepost.project.settings import read, shown


def test_what_is_typed_becomes_the_field_s_type() -> None:
    assert read("budget", "1m30s", float | None) == 90.0
    assert read("rows", "12", int) == 12
    assert read("alpha", "0.01", float) == 0.01
    assert read("families", "linear, network", tuple[str, ...]) == ["linear", "network"]
    assert read("bag", "Yes", bool) is True
    assert read("to", "server", str) == "server"
    for name, text, hint, wanted in (
        ("rows", "many", int, "a whole number"),
        ("least_gap", "abc", float, "a number"),
        ("bag", "perhaps", bool, "yes or no"),
    ):
        with pytest.raises(UsageError, match=f"'{name.replace('_', '-')}' got '{text}'. Expected {wanted}"):
            read(name, text, hint)


def test_a_default_is_shown_as_it_is_typed() -> None:
    assert [shown(value) for value in (("a", "b"), None, 0.5)] == ["a,b", "its share", "0.5"]
