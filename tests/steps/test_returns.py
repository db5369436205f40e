"""Audits are a random share whose chance is known; hard cases never count for how good the model is."""

import numpy as np
import polars as pl
import pytest

from milepost.data.traffic import Traffic
from milepost.steps.returns import AUDIT, DISAGREEMENT, MARGIN, UNSEEN, pick


def asked(rows: int = 2_000) -> Traffic:
    rng = np.random.default_rng(1)
    p = rng.random(rows)
    city = np.where(np.arange(rows) % 100 == 7, "Atlantis", "Rome")
    answers = pl.DataFrame({"proba_no": 1 - p, "proba_yes": p})
    names = pl.Series("id", [f"r{at}" for at in range(rows)])
    return Traffic(pl.DataFrame({"city": city}), names, None, None, answers, {})


LEARNT = pl.DataFrame({"city": ["Rome", "Paris"]})


def test_audits_are_drawn_with_the_chance_that_is_kept() -> None:
    made = asked()
    drawn = pick(made, LEARNT, 0.1, 20, "salt")
    frame = drawn.frame(made.id)
    audits = frame.filter(pl.col("reason") == AUDIT)
    assert 160 <= audits.height <= 240  # 200 expected, sd 13
    assert audits["chance"].unique().to_list() == [0.1]
    assert frame.filter(pl.col("reason") != AUDIT)["chance"].null_count() == 20
    more = pick(made, LEARNT, 0.2, 20, "salt")
    assert set(audits["__key__"]) <= {made.id[int(row)] for row in more.rows}
    other = pick(made, LEARNT, 0.1, 20, "pepper").frame(made.id).filter(pl.col("reason") == AUDIT)
    assert len(set(other["__key__"]) & set(audits["__key__"])) < 60  # 20 expected


def test_audits_say_how_good_the_model_is_and_hard_cases_would_not() -> None:
    made = asked()
    p = made.answers["proba_yes"].to_numpy()
    confidence = np.maximum(p, 1 - p)  # were the model calibrated, this is how often it is right
    drawn = pick(made, LEARNT, 0.2, 100, "salt")
    reasons = np.array(drawn.reasons)
    assert confidence[drawn.rows[reasons == AUDIT]].mean() == pytest.approx(confidence.mean(), abs=0.02)
    assert confidence[drawn.rows[reasons == MARGIN]].mean() < 0.6


def test_unseen_values_come_first_and_nothing_twice() -> None:
    made = asked()
    drawn = pick(made, LEARNT, 0.1, 30, "salt")
    unseen = drawn.rows[np.array(drawn.reasons) == UNSEEN]
    assert len(unseen) == 15
    assert set(made.frame["city"][unseen]) == {"Atlantis"}
    assert len(set(drawn.rows.tolist())) == len(drawn.rows)


def test_disagreements_come_before_close_calls_and_are_no_audits() -> None:
    made = asked()
    doubted = np.arange(1999, 1899, -1)
    drawn = pick(made, LEARNT, 0.1, 30, "salt", doubted)
    reasons = np.array(drawn.reasons)
    against = drawn.rows[reasons == DISAGREEMENT]
    audits = set(drawn.rows[reasons == AUDIT].tolist())
    strange = set(drawn.rows[reasons == UNSEEN].tolist())
    expected = [row for row in doubted.tolist() if row not in audits | strange][:8]
    assert against.tolist() == expected
    assert len(drawn.rows) - len(audits) == 30
    frame = drawn.frame(made.id).filter(pl.col("reason") == DISAGREEMENT)
    assert frame["chance"].null_count() == 8, "nobody drew them: they have no weight"
