"""Fields whose features are rows of a table, some of them statistics of the target."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import Any, cast

import numpy as np
import polars as pl

from milepost.modalities.base import Array, Fitted, Vectorizer
from milepost.modalities.statistics import Statistics, two


class Tabled(Fitted):
    """A table with a row of features for each known value; its last row is for all others."""

    table: Array
    """float32 (values + 1, features); statistics of the target come last."""
    statistics: Statistics | None
    """How the last columns were made, or None."""

    @abstractmethod
    def rows(self, columns: pl.DataFrame) -> Array:
        """The row of the table for each row, int64 (rows,)."""

    def shortcut(self, columns: pl.DataFrame) -> Array | None:
        """The features without the graph: the same bits."""
        return np.asarray(self.table[self.rows(columns)])

    def filled(self, rows: Array, target: Array, weight: Array | None) -> Array:
        """The table with statistics of these rows, given by their row of the table; all else stays."""
        assert self.statistics is not None
        return self.statistics.filled(self.table, rows, two(target), weight)

    def out_of_fold(self, columns: pl.DataFrame, given: tuple[Array, Array | None, Array]) -> Array:
        """The features of training rows, each fold's made from the rows of the others: (rows, features).

        Args:
            columns: the field's raw columns.
            given: the target (rows,) or (rows, k), row weights or None, and the fold of each row.
        """
        target, weight, folds = given
        rows = self.rows(columns)
        result = self.table[rows]
        for fold in np.unique(folds):
            inside, outside = folds == fold, folds != fold
            if outside.any():
                heavy = None if weight is None else weight[outside]
                result[inside] = self.filled(rows[outside], target[outside], heavy)[rows[inside]]
        return result


class TabledVectorizer(Vectorizer):
    """Learns a table; its statistics can be learnt again from other rows."""

    def refit(
        self, fitted: Fitted, columns: pl.DataFrame, target: Array | None, weight: Array | None
    ) -> Fitted:
        """Makes the means of the target anew from other rows; values, priors, smoothing and scales stay."""
        if not isinstance(fitted, Tabled) or fitted.statistics is None or target is None:
            return fitted
        table = fitted.filled(fitted.rows(columns), target, weight)
        return cast(Fitted, replace(cast(Any, fitted), table=table))
