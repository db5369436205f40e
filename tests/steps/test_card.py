import pytest

from milepost.report.blocks import Table
from milepost.steps.card import card, markdown
from milepost.steps.explain import Explain


@pytest.fixture
def found(staged):
    def explained(task="binary", **brief):
        work = staged(task).work("explain", **brief)
        return work, Explain().run(work).findings

    return explained


def test_the_card_says_what_a_reader_needs(found):
    work, findings = found(
        problem__name='the "late" ones', problem__for_whom="the desk", data__licence="CC0-1.0",
        data__absent="Cancelled flights.", people__columns=["sex"],
    )  # fmt: skip
    text = findings.card
    assert text == card(work, findings)
    head, body = text.split("---\n", 2)[1:]
    assert 'pipeline_tag: tabular-classification\nlicense: "CC0-1.0"\nlibrary_name: milepost' in head
    assert body.strip().startswith('# the "late" ones')
    for title in ("Intended use", "What may be expected", "Decision", "Measured", "Data", "Groups",
                  "Hypotheses", "Waivers", "Limits"):  # fmt: skip
        assert f"\n## {title}\n\n" in text
    assert findings.expected.sentence in text
    assert "- sex = f: " in text
    assert "It never saw: Cancelled flights." in text
    assert "- It is enough. **supported**: roc_auc 0.9000" in text
    assert "signed by ada (--yes)" in text


def test_waivers_warnings_and_a_spent_seal_are_not_hidden(found, staged):
    stage = staged("multiclass")
    rows = stage.project.ledger.rows
    waiver = {"because": "there is no time", "by": "Ada", "reason": "It failed.", "key": ""}
    rows.append("waiver", "baseline", waiver)
    text = found("multiclass")[1].card
    assert "- baseline: It failed. Waived by Ada: there is no time" in text
    assert "No decision threshold is needed." in text
    loud = found("binary", value__events_per_day=500.0, value__capacity_per_day=5.0)[1].card
    assert "reviews a day exceed your capacity of 5." in loud
    assert "**" in loud.split("exceed your capacity")[0].splitlines()[-1]


def test_a_table_in_markdown_keeps_its_bars():
    made = markdown(Table(("a", "b"), (("x|y", 1),), "Things"))
    assert made.splitlines() == ["Things:", "", "| a | b |", "| --- | --- |", "| x\\|y | 1 |"]
