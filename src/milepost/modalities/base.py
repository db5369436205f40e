"""What a kind of column must be able to do, and what its fitted form yields."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl

from milepost.graphs.builder import Builder
from milepost.modalities.doors import TEXT_BYTES as TEXT_BYTES
from milepost.modalities.doors import utf8 as utf8
from milepost.modalities.kin import Kin
from milepost.registry import Registry

Array = np.ndarray[Any, Any]
View = Literal["trees", "dense", "network", "embedded", "maps", "signals"]
"""How learners want to see columns: "trees" keeps numbers as they are, NaN for missing, categories as few
ordered and target-mean features; "dense" is imputed, scaled and one-hot, for linear models; "network" is the
same with a code where a category has more than a few levels, for which a network learns an embedding.
Text, images and sound have two more: "embedded" is what a pretrained network makes of them, beside the dense
view of other columns; "signals" is their bytes, pixels or spectrogram in blocks of features, beside the
network view of other columns. Images have a third: "maps" is what a pretrained network sees before its last
blocks, as a block of features beside the dense view of other columns."""
RICH: Mapping[View, View] = {"embedded": "dense", "maps": "dense", "signals": "network"}
"""The views that text, images and sound may have of their own, and what other columns show in them."""

RARE = 5
"""A mark that fewer training rows bear, a level or a missing value, is no feature of its own: a network would
learn those rows by heart."""


@dataclass(frozen=True)
class Facts:
    """What is known of a column before its modality is chosen.

    Args:
        name: the column's name.
        dtype: "float", "int", "bool", "text", "date", "datetime", or the kind of media: "image" or "sound".
        rows: number of rows.
        missing: number of missing values.
        distinct: number of distinct values that are not missing.
        low, high: range of a number, else None; of media the smallest and largest size (the longer side of an
            image in pixels, the length of a sound in seconds) where it was measured.
        length: mean length in characters of a text, else 0.
        words: mean number of words of a text, else 0.
        channels: of images 1 where all that were looked at are grey, 3 where not; else 0.
        pretrained: False where neither time nor size allow a pretrained network to look at the values.
        vectors: the digest of the table of word vectors that the brief names for a text, else "".
        holidays: public holidays of the country that the brief names for a moment, in days since 1970.
    """

    name: str
    dtype: str
    rows: int
    missing: int
    distinct: int
    low: float | None = None
    high: float | None = None
    length: float = 0.0
    words: float = 0.0
    channels: int = 0
    pretrained: bool = True
    vectors: str = ""
    holidays: tuple[int, ...] = ()


@dataclass(frozen=True)
class Block:
    """Neighbouring features that are one signal: the bytes of a text, the pixels of an image.

    Args:
        kind: "bytes" (UTF-8, 0 beyond the end), "pixels" (0 to 255), "spectrogram" (log energies) or "maps"
            (what a pretrained network sees).
        start: the place of its first feature.
        shape: its form for one row, such as (256,), (height, width, channels) or (frames, bands).
    """

    kind: str
    start: int
    shape: tuple[int, ...]

    @property
    def width(self) -> int:
        """How many features it has."""
        return math.prod(self.shape)

    @property
    def columns(self) -> slice:
        """The places of its features."""
        return slice(self.start, self.start + self.width)


class Frozen(ABC):
    """The first stage of a field's transform where it learns nothing: its answers are kept by value.

    Pretrained networks and resized pictures are such stages; each distinct value goes through once.
    """

    name: str
    """What it does with which weights; answers are kept under this name, so it changes when they would."""
    width: int
    dtype: str = "float32"
    """How answers are kept: "float32", "float16", or "uint8" where they are whole numbers from 0 to 255."""
    share: float = 1.0
    """The share of the budget that it is worth."""
    lasting: ClassVar[bool] = True
    """Whether its answers are kept; not where rows say more of it, and making them anew takes little time."""

    @abstractmethod
    def emit(self, builder: Builder, raw: tuple[str, ...]) -> str:
        """Adds its nodes from the field's raw tensors; returns a float tensor (rows, width)."""

    def model(self, wire: str) -> Any:
        """The stage alone as an ONNX model, from a door of this type, named "raw", to "answer"."""
        builder = Builder()
        answer = self.emit(builder, (builder.input("raw", wire),))
        builder.output(answer, "answer", "float", self.width)
        return builder.model()


class Fitted(ABC):
    """A field's fitted transform: statistics of training rows, as ONNX nodes."""

    features: tuple[str, ...]
    """The names of the numbers it yields, such as `age`, `age is missing`, `carrier=UA`."""
    codes: tuple[int, ...] = ()
    """For each feature the number of its codes 0, 1, ..., or 0 for a number; empty where all are numbers.
    Code 0 is for what training rows do not show, or hardly."""
    rising: tuple[int, ...] | None = None
    """Of a number: for each feature 1 where it never falls as the number grows, 0 where it tells only whether
    the number is there; None where nothing of the kind holds."""
    blocks: tuple[Block, ...] = ()
    """The features that are signals, in the "signals" view, or maps, in the "maps" view."""
    frozen: Frozen | None = None
    """The first stage where it learns nothing."""
    kin: Kin | None = None
    """What it shares with others that go through the same nodes; None where it has its own."""

    def emit(self, builder: Builder, raw: tuple[str, ...]) -> str:
        """Adds its nodes from the field's raw tensors; returns a float tensor (rows, features)."""
        frozen = self.frozen
        assert frozen is not None
        first = builder.once((frozen.name, *raw), lambda: frozen.emit(builder, raw))
        return self.finish(builder, first)

    def finish(self, builder: Builder, frozen: str) -> str:  # noqa: ARG002
        """Adds what comes after the frozen stage: from its float tensor to the features."""
        return frozen

    def shortcut(self, columns: pl.DataFrame) -> Array | None:  # noqa: ARG002
        """The features of raw columns without the graph, where that is much faster.

        They are the same bit by bit, or up to the rounding that it names.

        None where there is no such way.
        """
        return None


class Vectorizer(ABC):
    """Learns a field's transform from training rows.

    `uses_target` marks statistics of the target: their training features are made out of fold by the recipe.
    """

    uses_target: bool = False

    @abstractmethod
    def fit(self, columns: pl.DataFrame, target: Array | None, weight: Array | None) -> Fitted:
        """Fits on the field's raw columns.

        Args:
            columns: the field's raw columns.
            target: what the statistics are of: (rows,) or (rows, k) floats: 0/1 for binary, one-hot for
                multiclass, the standardised value(s) for regression; None where `uses_target` is false.
            weight: row weights or None.
        """

    def refit(
        self,
        fitted: Fitted,  # noqa: ARG002
        columns: pl.DataFrame,
        target: Array | None,
        weight: Array | None,
    ) -> Fitted:
        """Fits statistics of the target again on other rows, with the same features as `fitted`.

        The recipe calls it once a fold to make training features out of fold; it matters where `uses_target`.
        What is not a statistic of the target should stay as in `fitted`.
        """
        return self.fit(columns, target, weight)


class Modality(ABC):
    """A kind of column: how it is recognised, carried, summarised and turned into numbers."""

    name: ClassVar[str]
    becomes: ClassVar[str] = "what its own code makes of it"
    """What is made of such a column, in half a sentence."""

    @abstractmethod
    def recognize(self, facts: Facts) -> tuple[float, str]:
        """Returns how sure it is that a column is of this kind (0 to 1), and why, in one sentence."""

    def measure(self, known: pl.Series) -> Mapping[str, Any]:  # noqa: ARG002
        """Looks at media for facts: fields of `Facts` such as `low` and `high`; `known` misses no value."""
        return {}

    @abstractmethod
    def wire(self, facts: Facts) -> str:
        """Returns the tensor type of such a column at the graph's door."""

    @abstractmethod
    def summarize(self, column: pl.Series) -> Mapping[str, Any]:
        """Returns plain facts for the profile: counts, quantiles, histogram bins or top values."""

    @abstractmethod
    def vectorizer(self, view: View, facts: Mapping[str, Facts]) -> Vectorizer:
        """Returns the vectorizer of one field of this kind for a view."""

    def views(self, facts: Mapping[str, Facts]) -> frozenset[View]:  # noqa: ARG002
        """The views of their own that such columns have beyond trees, dense and network."""
        return frozenset()

    def pretrained(self, facts: Facts) -> Frozen | None:  # noqa: ARG002
        """The pretrained network that values would go through, or None where there is none for them."""
        return None

    def coded(self, facts: Mapping[str, Facts]) -> bool:  # noqa: ARG002
        """Whether its "network" view may hold codes; where not, it is the "dense" view."""
        return False

    @abstractmethod
    def examples(self, column: pl.Series) -> list[Any]:
        """Returns edge values for golden rows: missing, extreme, unseen, Unicode; never a row of the data."""


modalities: Registry[Modality] = Registry("modality", "milepost.modalities")


def selected(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Returns some columns of a table; `select` plans a query, a millisecond where there are a thousand.

    Raises:
        polars.exceptions.ColumnNotFoundError: there is no such column.
    """
    if len(names) == 1:
        return frame.get_column(names[0]).to_frame()
    return pl.DataFrame([frame.get_column(name) for name in names])


def feed(series: pl.Series, wire: str) -> Array:
    """Turns a raw column into the tensor that the graph takes: (rows, 1), or (rows, bytes) of texts.

    Args:
        series: the raw column.
        wire: "float", "double", "int64" (moments), "string" or "bytes"; media are read by `media.tensors`.

    >>> feed(pl.Series(["a", None]), "string").tolist()
    [['a'], ['']]
    >>> feed(pl.Series([1.5, None]), "float").tolist()
    [[1.5], [nan]]
    """
    if wire == "string":
        return text(series).fill_null("").to_numpy().astype(object).reshape(-1, 1)
    if wire == "bytes":
        return utf8(text(series).fill_null("").to_list())
    if wire == "int64":
        moments = series if series.dtype == pl.Int64 else series.cast(pl.Datetime("us")).dt.epoch("s")
        return moments.fill_null(np.iinfo(np.int64).min).to_numpy().reshape(-1, 1)
    numbers = series.cast(pl.Float64).to_numpy().reshape(-1, 1)  # what is null becomes NaN
    with np.errstate(over="ignore"):
        return numbers.astype(np.float32 if wire == "float" else np.float64)


def text(series: pl.Series) -> pl.Series:
    """Returns a column as text: whole floats without their point, booleans as true and false, NaN as null.

    >>> text(pl.Series([1.0, 2.5, None])).to_list()
    ['1', '2.5', None]
    """
    if not series.dtype.is_float():
        return series.cast(pl.String)
    series = series.fill_nan(None)
    known = series.drop_nulls()
    if bool(((known % 1 == 0) & (known.abs() < 2.0**53)).all()):
        return series.cast(pl.Int64).cast(pl.String)
    values = [None if v is None else str(int(v)) if float(v).is_integer() else repr(float(v)) for v in series]
    return pl.Series(series.name, values, dtype=pl.String)
