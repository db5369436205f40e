"""Quick scores of parts of the inputs."""

import numpy as np
import polars as pl
import pytest

from milepost.data.facts import facts_of
from milepost.data.infer import infer_schema
from milepost.data.recipe import Recipe
from milepost.data.schema import Schema
from milepost.tasks.infer import infer
from milepost.testing import toys
from milepost.training.panel import Panel


def panel(frame: pl.DataFrame, target: str, groups=None) -> Panel:
    task, _ = infer(frame.select(target))
    return Panel(frame, task.encode(frame.select(target)), task, 0, groups)


def test_more_columns_score_more_and_none_score_nothing() -> None:
    frame = toys.shop(1500).drop("visit", "tier", "spent")
    schema = infer_schema(frame, ["bought"])
    made = panel(frame, "bought")
    every = made.score(schema)
    few = made.score(schema.without(["income", "city"], "tried"))
    assert every > few + 0.05 > 0.5
    assert made.score(schema.without([c.name for c in schema.inputs], "tried")) == 0.5
    assert made.score(schema) == every
    both = panel(frame, "bought")
    both.threads = 2
    assert both.score(schema) == every


@pytest.mark.parametrize(("target", "floor"), [("tier", 0.5), ("spent", 0.0)])
def test_classes_and_numbers_are_scored(target: str, floor: float) -> None:
    frame = toys.shop(1200, noise=0.5).select("income", "age", "city", "member", target)
    made = panel(frame, target)
    assert made.floor == floor
    assert made.score(infer_schema(frame, [target])) > floor + 0.2
    assert 0 < made.error(0.7) < 0.05


def test_vectors_take_their_best_output() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=800)
    frame = pl.DataFrame({"x": x, "a": 2 * x + rng.normal(size=800), "b": rng.normal(size=800)})
    task, _ = infer(frame.select("a", "b"), "vector")
    made = Panel(frame, task.encode(frame.select("a", "b")), task, 0)
    assert made.score(infer_schema(frame, ["a", "b"])) > 0.5


def test_features_are_those_that_each_field_learns_on_the_other_half() -> None:
    frame = toys.shop(1400).with_columns(
        far=pl.Series(2.0**40 + np.arange(1400)), code=pl.Series(np.arange(1400) % 40)
    )
    schema, made = infer_schema(frame, ["bought"]), panel(frame, "bought")
    fields, facts = schema.fields(), {name: facts_of(frame[name]) for name in frame.columns}
    assert {"number", "category"} <= {part.modality for part in fields}
    for some in (fields, fields[::2], fields[::-1]):
        for fold in (0, 1):
            inside, outside = made.sides[1 - fold], made.sides[fold]
            target = made.heads[fold].statistics_target(made.truth[made.half != fold])
            fits = [Recipe(Schema(f.columns), facts).fit(inside, "trees", target, seed=0) for f in some]
            train, valid = made._sides(some, fold)
            np.testing.assert_array_equal(train, np.hstack([x for _, x in fits]))
            np.testing.assert_array_equal(valid, np.hstack([t.matrix(outside) for t, _ in fits]))


def test_rows_of_a_group_share_a_half() -> None:
    groups, frame = np.repeat(np.arange(100), 6), toys.shop(600)
    made = panel(frame, "bought", groups)
    assert all(len(set(made.half[groups == g])) == 1 for g in range(100))
    schema, single = infer_schema(frame, ["bought"]), panel(frame, "bought")
    assert single.score(schema) != single.grouped(groups).score(schema) == made.score(schema)


def test_the_label_that_is_known_best_counts() -> None:
    frame = toys.tickets(1000, noise=0.3)
    task, _ = infer(frame.select("topics"))
    truth = task.encode(frame.select("topics"))
    inputs = frame.drop("ticket", "topics")
    made = Panel(inputs, truth, task, 0)
    schema = infer_schema(inputs, (), {}, None, None, ())
    assert made.floor == 0.5
    assert made.score(schema) > 0.9
    only = schema.without([name for name in inputs.columns if name != "hour"], "not tried")
    assert 0.7 < made.score(only) < made.score(schema)
    assert 0 < made.error(0.8) < 0.2
