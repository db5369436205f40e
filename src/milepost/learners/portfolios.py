"""Configurations of boosted trees that complement each other, and the order in which they are tried.

Orders below 10,000 rows were learnt by `benchmarks/portfolio.py`, greedily by what each next configuration
lowers the loss of the best and of a blend for its seconds: with few rows on 16 tables cut to 600 rows, among
configurations that had been written down and random ones (18 of LightGBM, 9 of CatBoost); with more on 11
tables cut to 3,000 rows, among the former and the best of the latter. Above 10,000 rows the order is by
hand; from 20,000 on many leaves come first: four tables of four had lower losses with 127 than with 31, three
of them in less time.
"""

from __future__ import annotations

from dataclasses import dataclass

from milepost.learners.space import Params

ALL = 2**63


@dataclass(frozen=True)
class Portfolio:
    """Configurations, and in which order they are tried.

    Args:
        configs: the configurations.
        orders: below so many rows, the places of configurations in the order in which they are tried.
    """

    configs: tuple[Params, ...]
    orders: tuple[tuple[int, tuple[int, ...]], ...]

    def order(self, rows: int) -> tuple[int, ...]:
        """The places of the configurations that are tried with so many rows, the first one first."""
        return next(order for most, order in self.orders if rows < most)

    def tried(self, rows: int) -> tuple[Params, ...]:
        """The configurations that are tried with so many rows, the first one first."""
        return tuple(self.configs[place] for place in self.order(rows))


BOOSTED = Portfolio(
    (
    {"learning_rate": 0.1, "num_leaves": 31, "feature_fraction": 0.8, "bagging_fraction": 0.8},
    {
        "learning_rate": 0.05, "num_leaves": 63, "feature_fraction": 0.5, "min_data_in_leaf": 40,
        "lambda_l2": 5.0,
    },
    {"learning_rate": 0.1, "num_leaves": 6, "feature_fraction": 0.5, "min_data_in_leaf": 10},
    {
        "learning_rate": 0.05, "num_leaves": 127, "feature_fraction": 0.7, "bagging_fraction": 0.9,
        "min_data_in_leaf": 10,
    },
    {"learning_rate": 0.1, "num_leaves": 15, "feature_fraction": 0.6, "lambda_l2": 3.0},
    {"learning_rate": 0.1, "num_leaves": 63, "extra_trees": True, "feature_fraction": 0.9},
    {
        "learning_rate": 0.03, "num_leaves": 31, "feature_fraction": 0.3, "bagging_fraction": 0.5,
        "lambda_l2": 10.0,
    },
    {
        "learning_rate": 0.05, "num_leaves": 255, "feature_fraction": 0.7, "bagging_fraction": 0.7,
        "min_data_in_leaf": 50, "lambda_l2": 10.0,
    },
    {
        "learning_rate": 0.059, "num_leaves": 10, "extra_trees": True, "feature_fraction": 0.78,
        "bagging_fraction": 0.9, "min_data_in_leaf": 3, "lambda_l2": 3.8,
    },
    {
        "learning_rate": 0.13, "num_leaves": 13, "bagging_fraction": 0.55, "min_data_in_leaf": 29,
        "lambda_l2": 0.061,
    },
    {
        "learning_rate": 0.065, "num_leaves": 56, "extra_trees": True, "feature_fraction": 0.75,
        "bagging_fraction": 0.87, "min_data_in_leaf": 6, "lambda_l2": 19.0,
    },
    {
        "learning_rate": 0.03, "num_leaves": 16, "feature_fraction": 0.54, "bagging_fraction": 0.46,
        "min_data_in_leaf": 3, "lambda_l2": 0.11,
    },
    {
        "learning_rate": 0.051, "num_leaves": 27, "extra_trees": True, "feature_fraction": 0.63,
        "bagging_fraction": 0.6, "min_data_in_leaf": 3, "lambda_l2": 10.0,
    },
    {"learning_rate": 0.1, "num_leaves": 127, "feature_fraction": 0.8, "min_data_in_leaf": 10},
    ),
    (
        (2_000, (5, 8, 2, 9, 10, 3, 11, 12)),
        (10_000, (4, 5, 3, 7, 8, 0, 1, 2)),
        (20_000, (0, 1, 2, 3, 4, 5, 6, 7)),
        (ALL, (13, 3, 0, 7, 5, 1, 2, 4)),
    ),
)  # fmt: skip
OBLIVIOUS = Portfolio(
    (
    {
        "learning_rate": 0.1, "depth": 5, "l2_leaf_reg": 9.0, "random_strength": 1.2, "bootstrap_type": "MVS",
        "subsample": 0.48,
    },
    {
        "learning_rate": 0.076, "depth": 4, "l2_leaf_reg": 0.45, "random_strength": 3.0,
        "bootstrap_type": "MVS", "subsample": 0.57,
    },
    {"learning_rate": 0.1, "depth": 6, "l2_leaf_reg": 3.0},
    {
        "learning_rate": 0.035, "depth": 6, "l2_leaf_reg": 13.0, "random_strength": 2.4,
        "bootstrap_type": "Bayesian", "bagging_temperature": 0.52,
    },
    {"learning_rate": 0.1, "depth": 8, "l2_leaf_reg": 3.0, "random_strength": 0.0},
    ),
    ((2_000, (0, 1, 2, 3)), (10_000, (0, 2, 1, 3)), (ALL, (0, 2, 4, 1))),
)  # fmt: skip
