from milepost.digest import plain
from milepost.steps.base import typed
from milepost.steps.explain import Explain
from milepost.steps.insight import Findings


def test_findings_come_back_from_the_ledger_as_they_were(staged):
    for task in ("binary", "regression"):
        made = Explain().run(staged(task).work("explain", people__columns=["sex"])).findings
        back = typed(Findings, plain(made))
        assert back.expected.sentence == made.expected.sentence
        assert back.expected.tables == made.expected.tables
        assert back.importances == made.importances
        assert back.asked.gallery == made.asked.gallery
        assert back.slices == made.slices
        assert back.card == made.card
