import pytest

from milepost.errors import InputError
from milepost.steps.sign import QUESTION, each, refuse, share, sign
from milepost.steps.tune import Findings as Tuned


def test_shares_and_percent_are_understood():
    assert [share(v) for v in ("0.3", " 0.3 ", "30%", "30 %", 0, 1, 0.25)] == [
        0.3,
        0.3,
        0.3,
        0.3,
        0.0,
        1.0,
        0.25,
    ]


@pytest.mark.parametrize("wrong", ["", "high", "1.01", "-0.1", "101 %", "nan", "inf", None, "0,3"])
def test_what_is_no_threshold_is_refused_with_a_sentence(wrong):
    with pytest.raises(InputError) as problem:
        share(wrong)
    assert problem.value.what == f"'{wrong}' is no threshold."
    assert "from 0 to 1" in problem.value.expected
    assert QUESTION in problem.value.todo


def test_nothing_is_asked_where_no_threshold_is_needed(staged):
    work = staged("regression").work("explain", yes=False)
    assert sign(work, work.found("tune", Tuned)) == (None, {})
    assert not work.open_questions


def test_the_question_names_class_proposal_and_reason(staged):
    stage = staged("binary", anew=True)
    work = stage.work("explain", yes=False)
    value, signed = sign(work, work.found("tune", Tuned))
    assert (value, signed) == (0.3, {})
    assert "late = 1" in work.open_questions[0].text
    assert "Proposed: 0.3000 (a test" in work.open_questions[0].text
    stage.project.ledger.answer(QUESTION, 0.4, "Ada", "it is cheap")
    value, signed = sign(stage.work("explain", yes=False), work.found("tune", Tuned))
    assert (value, signed["by"], signed["because"]) == (0.4, "Ada", "it is cheap")


def test_labels_are_signed_one_by_one_or_all_at_once(staged):
    stage = staged("multilabel", anew=True)
    work = stage.work("explain", yes=False)
    value, signed = sign(work, work.found("tune", Tuned))
    assert (value, signed) == ((0.3, 0.4, 0.2), {})
    assert 'Proposed: {"big": 0.3, "late": 0.4, "rush": 0.2}' in work.open_questions[0].text
    for given, expected in (('{"late": "50 %"}', (0.3, 0.5, 0.2)), (0.25, (0.25, 0.25, 0.25))):
        stage.project.ledger.answer(QUESTION, given, "Ada")
        assert sign(stage.work("explain", yes=False), work.found("tune", Tuned))[0] == expected


@pytest.mark.parametrize(
    ("wrong", "says"),
    [('{"b": 2}', "'2' is no threshold"), ("{b}", "no JSON object"), ("much", "'much' is no threshold")],
)
def test_what_is_no_threshold_of_a_label_is_refused(wrong, says):
    with pytest.raises(InputError, match=says):
        refuse(wrong)
    with pytest.raises(InputError, match="no label 'd'"):
        each('{"d": 0.5}', {"a": 0.3})
