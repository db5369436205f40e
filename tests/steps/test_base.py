"""A step's fields are its settings, and findings come back as their dataclass."""

from dataclasses import dataclass

import pytest

from milepost.digest import plain
from milepost.errors import UsageError
from milepost.steps.base import typed
from milepost.steps.tune import Tune
from milepost.steps.workflow import BEYOND, ROAD


@dataclass(frozen=True)
class Inner:
    name: str
    score: float


@dataclass(frozen=True)
class Outer:
    inner: tuple[Inner, ...]
    low: float | None


@pytest.mark.parametrize("kind", [*ROAD, *BEYOND], ids=lambda kind: kind.name)
def test_every_step_says_what_it_is(kind) -> None:
    assert kind.question.endswith("?")
    assert (kind.__doc__ or "").strip()
    step = kind.configured({})
    assert kind.configured(step.settings()) == step
    for option in kind.options().values():
        assert option.metadata["help"]


def test_settings_are_read_and_unknown_ones_refused() -> None:
    assert Tune.configured({"budget": 5}).settings()["budget"] == 5.0
    with pytest.raises(UsageError, match="tune has no setting 'budgt'. Did you mean 'budget'"):
        Tune.configured({"budgt": 5})


def test_findings_survive_the_ledger() -> None:
    found = Outer((Inner("a", 0.5), Inner("b", 1.0)), None)
    assert typed(Outer, plain(found)) == found
