"""Who was lost is told with what it raised and with what is left."""

from milepost.errors import UsageError
from milepost.steps.lost import LENGTH, Lost, Missing, absent, gone, raised, told

OUT, SEED, LATE = Lost("a", "ValueError: no"), Lost("b", "MemoryError", 2), Lost("c", "no numbers", late=True)


def test_only_members_without_a_seed_left_are_gone() -> None:
    assert gone([OUT, SEED, LATE]) == {"a", "c"}


def test_what_is_raised_is_one_line() -> None:
    assert raised(MemoryError()) == "MemoryError"
    assert raised(ValueError("x" * 1000 + "\nmore")) == "ValueError: " + "x" * LENGTH
    assert raised(UsageError("it is wrong.", todo="Mend it.")) == "it is wrong"


def test_each_kind_of_loss_is_one_sentence() -> None:
    assert told([], 3) == ""
    assert told([OUT], 2) == (
        "Could not be fitted again: a (ValueError: no); promised, judged and shipped is the rest of the "
        "ensemble, 2 members calibrated anew."
    )
    assert told([OUT, SEED, LATE], 1).count(".") == 3
    assert "stand for them: b (MemoryError)." in told([SEED], 1)
    assert told([LATE], 1).startswith("Promised with, but judged and shipped without c (no numbers)")
    assert told([Lost("d", "no nodes", graph=True)], 1).startswith(
        "Could not be proven as graph: d (no nodes);"
    )


def test_what_else_is_missing_is_one_sentence() -> None:
    assert absent([]) == ""
    assert absent([Missing("a", "no"), Missing("b", "never")]) == (
        "Left out because they could not be made or proven: a (no) and b (never)."
    )
