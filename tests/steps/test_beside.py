"""The comparison with production as blocks."""

from dataclasses import dataclass
from typing import Any

from milepost.report.blocks import Chart, Details, Notice, Table
from milepost.steps.beside import clipped, production, sentence, upright
from milepost.steps.corrections import Correction
from milepost.steps.likeness import Likeness, Moved


@dataclass
class Kept:
    artifacts: Any


@dataclass
class Found:
    production: Likeness | None
    correction: Correction


@dataclass
class Said:
    evidence: Kept


SAID: Any = Said(Kept({}))
INCOME = Moved(
    "income",
    "ks",
    0.4,
    0.05,
    (0.0, 0.0),
    True,
    0.2,
    "It differs.",
    {"edges": [0, 1, 2], "one": [5, 1], "other": [1, 5]},
)
CITY = Moved(
    "city", "total variation", 0.5, 0.1, (0.0, 0.0), True, 0.1, "It differs.",
    {"names": ["Wien", "Oslo"], "one": [0.5, 0.5], "other": [1.0, 0.0]},
)  # fmt: skip


def likeness(different: bool, effect: str = "marked") -> Likeness:
    return Likeness(500, 500, 0.7, 0.01, 1e-9, effect, different, (INCOME, CITY), (), ("income",))


def test_a_difference_is_told_drawn_and_tabled() -> None:
    blocks = production(
        Found(likeness(True), Correction("weights", "", "Ada", 300.0, says="Weights: fine.")), SAID
    )
    assert isinstance(blocks[0], Notice)
    assert blocks[0].kind == "noted"
    assert "40 % of the pairs" in blocks[0].text
    assert [b.caption for b in blocks if isinstance(b, Chart)] == ["'income' here and in production"]
    details = blocks[-1]
    assert isinstance(details, Details)
    assert [t.caption for t in details.blocks if isinstance(t, Table)] == [
        "Column by column",
        "'city', where shares differ most",
    ]


def test_no_sample_no_words_and_a_problem_is_shown() -> None:
    assert production(Found(None, Correction()), SAID) == []
    (notice,) = production(Found(None, Correction("raking", problem="Raking needs shares.")), SAID)
    assert notice.kind == "failed"


def test_likeness_is_told_plainly() -> None:
    assert "cannot be told apart" in sentence(likeness(False))
    assert "to a strong degree" in sentence(likeness(True, "strong"))


def test_wide_rows_stand_upright() -> None:
    narrow = upright([{"a": 1, "b": 2}], "rows")
    assert (narrow.head, narrow.rows) == (("a", "b"), (("1", "2"),))
    wide = upright([{f"c{i}": i for i in range(9)}] * 2, "rows")
    assert wide.head == ("column", "1", "2")
    assert len(wide.rows) == 9
    assert upright([], "rows").rows == ()
    assert clipped("x" * 50) == "x" * 23 + "…"
