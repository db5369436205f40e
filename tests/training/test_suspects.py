"""The detective on tables with planted leaks, and on tables without any."""

import numpy as np
import polars as pl
import pytest

from milepost.data.infer import infer_schema
from milepost.tasks.infer import infer
from milepost.training.suspects import CELLS, Detective, Evidenced

N = 3000


def clean(rng: np.random.Generator, rows: int = N, width: int = 8) -> dict[str, np.ndarray]:
    """Weak honest columns and the score that makes the target."""
    x = rng.normal(size=(rows, width))
    return {**{f"x{j}": x[:, j] for j in range(width)}, "score": x[:, :4].sum(axis=1)}


def detect(columns: dict, y, pool: pl.DataFrame | None = None) -> tuple[Detective, Evidenced]:
    frame = pl.DataFrame({**columns, "y": y})
    task, _ = infer(frame.select("y"))
    pool = frame.clear() if pool is None else pool
    detective = Detective(frame, task.encode(frame.select("y")), pool, task, 0)
    return detective, detective.look(infer_schema(frame.drop("y").with_columns(y=frame["y"]), ["y"]))


def binary(seed: int = 0) -> tuple[np.random.Generator, dict, np.ndarray]:
    rng = np.random.default_rng(seed)
    columns = clean(rng)
    y = (columns.pop("score") + rng.normal(0, 3, N) > 1).astype(int)
    return rng, columns, y


def test_a_noisy_copy_is_named_and_proposed_to_leave() -> None:
    rng, columns, y = binary()
    _, seen = detect({**columns, "leak": y + rng.normal(0, 0.35, N)}, y)
    assert [(s.name, s.drop) for s in seen.suspects] == [("leak", True)]


def test_two_copies_of_one_leak_do_not_hide_each_other() -> None:
    rng, columns, y = binary()
    copies = {f"leak{k}": y + rng.normal(0, 0.3, N) for k in range(2)}
    _, seen = detect({**columns, **copies}, y)
    assert {s.name for s in seen.suspects if s.drop} == {"leak0", "leak1"}


def test_honest_columns_raise_no_question() -> None:
    _, columns, y = binary()
    _, seen = detect(columns, y)
    assert seen.suspects == ()
    assert seen.full > max(seen.scores.values())


@pytest.mark.parametrize("sd", [1.0, 0.75, 0.5])
def test_strong_honest_columns_are_kept_by_default(sd: float) -> None:
    rng, columns, y = binary()
    strong = {f"strong{k}": y + rng.normal(0, sd, N) for k in range(3)}
    _, seen = detect({**columns, **strong}, y)
    assert 0.7 < seen.scores["strong0"] < 0.94
    assert not any(s.drop for s in seen.suspects)


def test_one_strong_honest_column_is_at_most_asked_about() -> None:
    rng, columns, y = binary()
    _, seen = detect({**columns, "strong": y + rng.normal(0, 0.5, N)}, y)
    assert not any(s.drop for s in seen.suspects)


def test_jointly_strong_and_singly_weak_columns_are_not_flagged() -> None:
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, N)
    x = rng.normal(size=(N, 40)) + 0.65 * (2 * y[:, None] - 1) * 0.8
    _, seen = detect({f"pixel{j}": x[:, j] for j in range(40)}, y)
    assert seen.full > 0.97
    assert max(seen.scores.values()) < 0.85
    assert seen.suspects == ()


def test_missing_only_for_positives_is_named() -> None:
    rng, columns, y = binary()
    gone = np.where(y == 1, rng.random(N) < 0.97, rng.random(N) < 0.01)
    values = [None if g else float(v) for g, v in zip(gone, rng.normal(size=N), strict=True)]
    _, seen = detect({**columns, "closed": values}, y)
    (suspect,) = seen.suspects
    assert (suspect.name, suspect.drop) == ("closed", True)
    assert "missing" in suspect.says


def test_leaks_of_numbers_and_of_many_classes_are_named() -> None:
    rng, columns, _y = binary()
    amount = columns["x0"] + columns["x1"] + rng.normal(0, 2, N)
    _, seen = detect({**columns, "leak": amount + rng.normal(0, 0.1, N)}, amount)
    assert [(s.name, s.drop) for s in seen.suspects] == [("leak", True)]
    tier = np.digitize(amount, [-1.5, 1.5])
    tiers = np.array(["low", "mid", "high"])[tier]
    _, seen = detect({**columns, "code": np.array(["A", "B", "C"])[tier]}, tiers)
    assert [(s.name, s.drop) for s in seen.suspects] == [("code", True)]


def test_single_scores_are_computed_once() -> None:
    rng, columns, y = binary()
    frame = pl.DataFrame({**columns, "leak": y + rng.normal(0, 0.3, N), "y": y})
    task, _ = infer(frame.select("y"))
    detective = Detective(frame, task.encode(frame.select("y")), frame.clear(), task, 0)
    schema = infer_schema(frame, ["y"])
    first = detective.look(schema)
    detective.alone = lambda name: pytest.fail(f"'{name}' was scored again")  # type: ignore[method-assign]
    second = detective.look(schema.without(["leak"], "left out"))
    assert "leak" in first.scores
    assert "leak" not in second.scores
    assert second.full < first.full


def test_a_sorted_file_shows_in_the_place_of_rows() -> None:
    _, columns, y = binary()
    detective, _ = detect(columns, y)
    assert detective.position(np.argsort(np.argsort(y, kind="stable"))) > 0.99
    assert detective.position(np.arange(N)) < 0.55


def test_groups_that_a_model_remembers_are_told() -> None:
    rng = np.random.default_rng(2)
    person = np.repeat(np.arange(300), 10)
    tastes = (rng.random(300) < 0.5).astype(int)
    y = np.where(rng.random(N) < 0.95, tastes[person], 1 - tastes[person])
    traits = rng.normal(size=(300, 3))[person]
    columns = {"person": [f"P{p}" for p in person], **{f"t{j}": traits[:, j] for j in range(3)}}
    detective, _ = detect(columns, y)
    schema = infer_schema(pl.DataFrame({**columns, "y": y}), ["y"])
    (memory,) = detective.remembered(schema, ["person"])
    assert memory.mixed > 0.9
    assert memory.apart < 0.6
    assert "--group person" in memory.says


def test_of_many_columns_fewer_rows_are_read_and_a_leak_is_still_found(monkeypatch) -> None:
    monkeypatch.setattr("milepost.training.suspects.CELLS", CELLS // 16)
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, 4_000)
    noise = {f"x{i}": rng.integers(0, 9, 4_000).astype(np.float64) for i in range(120)}
    detective, seen = detect({**noise, "leak": y + rng.normal(0, 0.3, 4_000)}, y)
    assert len(detective.case.truth) == seen.rows == 2_000
    assert [(s.name, s.drop) for s in seen.suspects] == [("leak", True)]
