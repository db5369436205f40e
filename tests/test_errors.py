"""Errors say what happened, what was expected and what to do, and carry their exit code."""

import pickle

import pytest

from milepost import errors


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.MilepostError, 1),
        (errors.MissingExtra, 1),
        (errors.Corrupt, 1),
        (errors.Sealed, 1),
        (errors.InputError, 2),
        (errors.BriefError, 2),
        (errors.GateFailed, 3),
        (errors.Waits, 4),
        (errors.Interrupted, 130),
    ],
)
def test_each_kind_has_its_exit_code(kind: type[errors.MilepostError], code: int) -> None:
    problem = kind("it broke.", expected="It holds.", todo="Mend it.")
    assert problem.exit_code == code
    assert str(problem) == "it broke. It holds. Mend it."


def test_an_error_survives_the_way_to_another_process() -> None:
    sent = pickle.loads(pickle.dumps(errors.InputError("a", expected="b", todo="c")))
    assert (type(sent), sent.what, sent.expected, sent.todo) == (errors.InputError, "a", "b", "c")


def test_a_missing_extra_names_its_pip_line() -> None:
    assert "pip install 'milepost[network]'" in str(errors.MissingExtra.of("network", "The network"))


def test_did_you_mean_offers_the_nearest_and_else_lists() -> None:
    assert errors.did_you_mean("Targett", ["target", "age"]) == "Did you mean 'target'?"
    assert errors.did_you_mean("zzz", ["target", "age"]) == "There are: 'target', 'age'."
    assert "and 3 more" in errors.did_you_mean("zzz", range(errors.MOST + 3))
    assert errors.did_you_mean("zzz", []) == ""
