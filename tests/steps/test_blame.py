"""What a change costs is estimated near what it really costs, and the odd rows are those that changed."""

import numpy as np
import polars as pl
import pytest

from milepost import metrics
from milepost.data.infer import infer_schema
from milepost.digest import digest_bytes as media_digest
from milepost.modalities import media
from milepost.monitors.base import Reference, Window
from milepost.steps.blame import cost, shown
from milepost.tasks.infer import infer
from milepost.testing.media import png, shape


def rows(count, seed, spread=1.0, share=0.3):
    """The model is sure where |x| is large, and lost in group b."""
    rng = np.random.default_rng(seed)
    x, g = rng.normal(0, spread, count), np.where(rng.random(count) < share, "b", "a")
    p = 1 / (1 + np.exp(-3 * x))
    truth = (rng.random(count) < np.where(g == "b", 0.5, p)).astype(int)
    return pl.DataFrame({"x": x, "g": g, "idle": rng.normal(size=count)}), truth, p


@pytest.fixture(scope="module")
def normal():
    frame, truth, p = rows(20_000, 0)
    task, _ = infer(pl.DataFrame({"y": truth}), "binary", "1")
    schema = infer_schema(frame, roles={"g": {"modality": "category"}})
    return Reference(task, metrics.get("roc_auc"), schema, frame, truth, p, None, 0.5)


@pytest.mark.parametrize(("column", "change"), [("g", {"share": 0.8}), ("x", {"spread": 0.4})])
def test_the_cost_is_that_of_the_change(normal, column, change) -> None:
    frame, truth, p = rows(8000, 1, **change)
    found = cost(Window("w", frame, p), normal, column)
    real = normal.score - metrics.get("roc_auc")(truth, p)
    assert real > 0.05
    assert found.loss == pytest.approx(real, abs=0.04)
    for other in {"x", "g", "idle"} - {column}:
        assert abs(cost(Window("w", frame, p), normal, other).loss) < 0.02


def test_values_never_seen_cost_what_knowing_nothing_does(normal) -> None:
    frame, _, p = rows(1000, 2)
    far = frame.with_columns(x=pl.col("x") + 100, g=pl.lit("new"))
    for column in ("x", "g"):
        found = cost(Window("w", far, p), normal, column)
        assert found.unseen == 1.0
        assert found.loss == pytest.approx(normal.gain)
    assert cost(Window("w", frame.drop("x"), p), normal, "x").loss == pytest.approx(normal.gain)
    empty = frame.with_columns(x=pl.lit(None, pl.Float64))
    assert cost(Window("w", empty, p), normal, "x").unseen == 1.0


def test_pictures_unlike_all_before_cost_what_knowing_nothing_does() -> None:
    pytest.importorskip("PIL")
    rng = np.random.default_rng(4)
    frame, truth, p = rows(120, 5)
    seen = [shape("disc", rng) for _ in range(240)]
    stored = {
        media_digest(one): one for one in (*seen, *(png(np.full((32, 32, 3), 250 - i)) for i in range(60)))
    }
    media.shelve("blame", stored.get)
    names = [media.reference("image", name) for name in stored]
    frame = frame.with_columns(photo=pl.Series(names[:120]))
    task, _ = infer(pl.DataFrame({"y": truth}), "binary", "1")
    schema = infer_schema(frame.select("photo"))
    before = Reference(task, metrics.get("roc_auc"), schema, frame, truth, p, None, 0.5)
    white = Window("w", pl.DataFrame({"photo": names[240:]}), p[:60])
    found = cost(white, before, "photo")
    assert found.unseen > 0.9
    assert found.loss == pytest.approx(before.gain, rel=0.2)
    alike = cost(Window("w", pl.DataFrame({"photo": names[120:240]}), p), before, "photo")
    assert alike.unseen < 0.1
    assert abs(alike.loss) < 0.3 * before.gain


def test_the_rows_that_are_odd_are_shown(normal) -> None:
    frame, _, p = rows(500, 3)
    odd = frame.with_columns(g=pl.when(pl.int_range(pl.len()) == 77).then(pl.lit("strange")).otherwise("g"))
    window = Window("w", odd, p)
    table = shown(window, cost(window, normal, "g"), "g", ["x"])
    assert table[0] == ("g", "x", "answer")
    assert "strange" in {row[0] for row in table[1:]}
    assert len(table) == 6
    assert shown(Window("w", odd.drop("g"), p), cost(window, normal, "g"), "g", []) == ()
