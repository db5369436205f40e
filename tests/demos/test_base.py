"""Demos are found by name."""

import pytest

from milepost.demos.base import Demo, demos
from milepost.errors import UsageError


def test_demos_are_found_by_name_and_say_what_they_show() -> None:
    assert "late-flights" in demos
    for name in demos:
        demo = demos[name]
        assert isinstance(demo, Demo)
        assert demo.name == name
        assert demo.title.endswith(".")


def test_an_unknown_demo_offers_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean 'late-flights'"):
        demos["late-flight"]
