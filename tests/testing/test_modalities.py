"""The property checks find faults."""

# ruff: noqa: ARG002

import numpy as np
import polars as pl
import pytest

from milepost.modalities.base import Fitted, Vectorizer
from milepost.modalities.number import Number
from milepost.testing.modalities import check_modality

FRAME = pl.DataFrame({"x": [1.0, 2.0, None, 5.0, -3.0, 0.5, 9.0]})


class Plain(Fitted):
    features = ("x",)

    def emit(self, builder, raw):
        missing = builder.node("IsNaN", raw[0])
        return builder.node(
            "Where", missing, builder.const(np.float32([[0]])), self.body(builder, raw[0], missing)
        )

    def body(self, builder, value, missing):
        far = builder.node("IsInf", value)
        return builder.node("Where", far, builder.const(np.float32([[0]])), value)


class Batchwise(Plain):
    def body(self, builder, value, missing):
        zero = builder.const(np.float32([[0]]))
        known = builder.node("Where", missing, zero, value)
        held = builder.node("Clip", known, builder.const(np.float32(-9)), builder.const(np.float32(9)))
        return builder.node("Sub", held, builder.node("ReduceMean", held))


class Infinite(Plain):
    def body(self, builder, value, missing):
        return builder.node("Div", value, builder.const(np.float32([[0]])))


class Doubled(Plain):
    features = ("x", "x")

    def emit(self, builder, raw):
        one = super().emit(builder, raw)
        return builder.node("Concat", one, one, axis=1)


class Random(Plain):
    def __init__(self):
        self.factor = np.random.default_rng().random()

    def body(self, builder, value, missing):
        return builder.node(
            "Mul", builder.const(np.float32([[self.factor]])), super().body(builder, value, missing)
        )


class Wide(Plain):
    features = ("x", "y")


class Kind(Number):
    def __init__(
        self, fitted=Plain, sure=0.5, why="because.", summary=None, wire="float", examples=(None, 1e300)
    ):
        self.form, self.sure, self.why = fitted, sure, why
        self.summary, self.kind, self.edges = summary or {"rows": 7}, wire, list(examples)

    def recognize(self, facts):
        return self.sure, self.why

    def wire(self, facts):
        return self.kind

    def summarize(self, column):
        return self.summary

    def examples(self, column):
        return self.edges

    def vectorizer(self, view, facts):
        class Made(Vectorizer):
            def fit(inner, columns, target, weight):
                return self.form()

        return Made()


def test_a_good_modality_passes():
    check_modality(Kind(), FRAME)
    check_modality(Number(), FRAME)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Kind(Batchwise), "differs by .* between batch"),
        (Kind(Infinite), "not finite"),
        (Kind(Doubled), "features of one name"),
        (Kind(Random), "fitted again"),
        (Kind(Wide), "gives shape"),
        (Kind(sure=1.5), "between 0 and 1"),
        (Kind(why=" "), "no reason"),
        (Kind(wire="float16"), "no tensor type"),
        (Kind(examples=(1.0,)), "no missing value"),
    ],
)
def test_a_fault_is_named(fault, words):
    with pytest.raises(AssertionError, match=words):
        check_modality(fault, FRAME)


def test_a_summary_that_is_no_json():
    with pytest.raises(ValueError, match="JSON"):
        check_modality(Kind(summary={"mean": float("nan")}), FRAME)
