"""The road is in order: every step comes after the steps it reads."""

from milepost.brief import Brief, part
from milepost.steps.workflow import BEYOND, ROAD


def test_every_step_comes_after_what_it_reads() -> None:
    seen: set[str] = set()
    for kind in (*ROAD, *BEYOND):
        assert set(kind.after) <= seen, kind.name
        assert kind.name not in seen
        seen.add(kind.name)


def test_every_step_reads_sections_that_exist() -> None:
    for kind in (*ROAD, *BEYOND):
        part(Brief.of({}).plain(), "budget.seed", *kind.reads)
