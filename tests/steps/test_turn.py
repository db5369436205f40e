"""What a renewal says: the decision with its numbers, and a chapter in which nothing is hidden."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from milepost.ledger import Ledger
from milepost.report.blocks import Sheet, charts, plain
from milepost.report.gallery import Shown
from milepost.statistics.promote import Flips
from milepost.steps.turn import Findings, reason, story
from milepost.steps.versus import Flip, Score
from milepost.store.rows import Rows

OLD = Score(1, 100, 0.80, 0.75, 0.85, 0.70, 0.65, 0.75, -0.10, -0.15, -0.05)
NEW = Score(2, 200, 0.70, 0.66, 0.74, 0.78, 0.74, 0.82, 0.08, 0.05, 0.11, "decides")
FOUND = Findings(
    generation=2,
    against=1,
    champion="c" * 64,
    candidate="d" * 64,
    metric="roc_auc",
    rule="better",
    worn="",
    scores=(OLD, NEW),
    known=3,
    overlap=1,
    notes=("'x' is gone.",),
    promoted=True,
    verdict="better",
    rows=200,
    units=200,
    gain=0.08,
    low=0.05,
    high=0.11,
    p=0.001,
    equal=0.999,
    rope=0.01,
    method="DeLong on roc_auc",
    detectable=0.04,
    needed=60,
    flips=Flips(9, 20, 200, 0.045, 0.02, 0.08),
    gallery=(Flip("yes", "y = yes: 80 %", "y = yes: 20 %", {"x": "1"}),),
    fresh={"newt": (10, 8)},
    parts={"duck or goose": (20, 15)},
    wanted={"a close call": 40},
    listed=90,
)


def test_a_promotion_says_why_and_what_was_lost() -> None:
    assert reason(FOUND) == (
        "Generation 2 takes over, for it is better: roc_auc 0.7800 against 0.7000 on 200 fresh rows, a gain "
        "of 0.08 (0.05 to 0.11, p = 0.001). 9 answers that were right are now wrong."
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"verdict": "as good", "worn": "it expired"}, "as good and the champion is worn out: it expired"),
        ({"verdict": "as good", "rule": "equal"}, "as good and the rule asks for no more"),
        ({"verdict": "as good", "promoted": False}, "stays, for generation 2 is as good, but not better"),
        ({"verdict": "worse", "promoted": False}, "stays, for generation 2 is worse"),
        ({"verdict": "not better", "promoted": False}, "about 60 fresh rows are needed"),
        (
            {"verdict": "not better", "promoted": False, "needed": None},
            "no gain that more rows could confirm",
        ),
        ({"verdict": "not better", "promoted": False, "needed": 10**7}, "no number of rows within reach"),
        ({"verdict": "cannot be compared", "promoted": False}, "cannot be compared with it"),
        ({"verdict": "cannot be compared", "worn": "it expired"}, "takes over: the champion is worn out"),
    ],
)
def test_every_decision_has_its_words(change, words: str) -> None:
    assert words in reason(replace(FOUND, **change))


def test_the_chapter_holds_scores_flips_classes_and_generations(tmp_path: Path) -> None:
    blocks = story(FOUND, Ledger(Rows(tmp_path / "rows.db")))
    drawn = charts(blocks)
    assert [chart.caption for chart in drawn] == [
        "Champion and candidate on the sealed rows of each generation (higher is better)",
        "What the candidate gains on them",
    ]
    said = str(plain(blocks))
    for words in (
        "test 2 (fresh): candidate",
        "4.5 % (2 % to 8 %)",
        "+11 rows",
        "never learnt from",
        "'newt', '10', '80 %",
        "'duck or goose', '20', '75 %",
        "'x' is gone.",
        "90 rows to label next",
        "Generations of the dataset",
        "one-sided p below 0.05",
    ):
        assert words in said, words


def test_flips_of_pictures_and_texts_are_a_sheet_of_them(tmp_path: Path) -> None:
    one = replace(FOUND.gallery[0], shown=(Shown("said", "text", "", (("win a prize", 0.0),)),))
    blocks = story(replace(FOUND, gallery=(one,)), Ledger(Rows(tmp_path / "rows.db")))
    (sheet,) = (block for block in blocks if isinstance(block, Sheet))
    ((_, (tile,)),) = sheet.bands
    assert tile.title == "y = yes: 20 %, before y = yes: 80 %; it was yes"
    assert (tile.text, tile.note) == ((("win a prize", 0.0),), "x = 1")
