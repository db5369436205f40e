"""A sample of the rows is told in plain sentences."""

from milepost.steps.sampled import Sampled, fitted


def test_all_rows_need_no_word() -> None:
    assert Sampled(0, 1000).why == ""


def test_a_sample_says_how_many_and_why() -> None:
    timed = Sampled(300_000, 2_000_000, 95.0, 12.0, 1e-6)
    assert timed.why.startswith("The search trained on 300,000 of 2,000,000 rows, because one fit on all")
    assert "1 min 35 s" in timed.why
    asked = Sampled(300_000, 2_000_000)
    assert asked.why.endswith("as the settings ask or memory allows.")


def test_so_does_the_refit() -> None:
    said = fitted(300_000, 2_000_000, 95.0, 12.0)
    assert said.startswith("Fitted on 300,000 of 2,000,000 rows because")
    assert "12 s left" in said
