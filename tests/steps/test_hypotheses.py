import dataclasses

import pytest

from milepost.steps.final import Findings as Final
from milepost.steps.hypotheses import judged


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "supported"),
        ({"score": 0.52, "score_low": 0.45, "score_high": 0.6}, "open"),
        ({"score": 0.42, "score_low": 0.35, "score_high": 0.49}, "refuted"),
        ({"verdict": "below"}, "refuted"),
        ({"metric": "log_loss"}, "refuted"),
        ({"metric": "log_loss", "score": 0.3, "score_low": 0.2, "score_high": 0.4}, "supported"),
    ],
)
def test_the_second_is_judged_by_the_sealed_rows(staged, changes, state):
    stage = staged("binary")
    work = stage.work("explain")
    found = dataclasses.replace(work.found("final", Final), **changes)
    evidence = dataclasses.replace(work.evidence["final"], findings=dataclasses.asdict(found))
    work.evidence = {**work.evidence, "final": evidence}
    first, second = judged(work)
    assert (first.text, first.state, first.evidence) == ("It can be.", "supported", "It beats it.")
    assert second.state == state
    assert "100 sealed rows" in second.evidence
