"""Toy tables with a known relation, small enough to go down the whole road in seconds."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl

CITIES = ("Wien", "Zürich", "東京", "Oslo", "Lima")


def shop(rows: int = 600, seed: int = 0, noise: float = 1.0) -> pl.DataFrame:
    """Returns visits to a shop: two numbers (one with gaps), two categories, a moment, a place, and targets.

    `bought` is yes more often for high `income`, for members and in some cities; `tier` has three classes and
    `spent` is a number, both from the same score; `visit` names each row.

    Args:
        rows: number of rows.
        seed: seed of all values.
        noise: 0 makes the targets follow from the inputs, large values drown the relation.

    >>> shop(5).columns
    ['visit', 'income', 'age', 'city', 'member', 'joined', 'latitude', 'longitude', 'bought', 'tier', 'spent']
    """
    rng = np.random.default_rng(seed)
    income, age = rng.lognormal(10, 0.5, rows), rng.normal(45, 15, rows).round()
    city, member = rng.integers(0, len(CITIES), rows), rng.random(rows) < 0.4
    days = rng.integers(0, 700, rows)
    score = (
        1.5 * (np.log(income) - 10) / 0.5
        + 1.2 * member
        + np.array([0.8, -0.8, 0.4, 0.0, -1.2])[city]
        - 0.02 * (age - 45)
        - 0.4
    )
    felt = score + noise * rng.logistic(0, 1, rows)
    start = datetime(2021, 1, 4, 9)
    return pl.DataFrame(
        {
            "visit": [f"V{n:06d}" for n in range(rows)],
            "income": income,
            "age": [None if gap else float(a) for a, gap in zip(age, rng.random(rows) < 0.1, strict=True)],
            "city": [CITIES[c] for c in city],
            "member": ["yes" if m else "no" for m in member],
            "joined": [
                start + timedelta(days=int(d), hours=int(h)) for d, h in zip(days, days % 9, strict=True)
            ],
            "latitude": rng.normal(48, 3, rows),
            "longitude": rng.normal(14, 5, rows),
            "bought": ["yes" if f > 0 else "no" for f in felt],
            "tier": np.where(felt < -1, "bronze", np.where(felt < 1, "silver", "gold")).tolist(),
            "spent": 100 + 40 * score + 20 * noise * rng.normal(0, 1, rows),
        }
    )


TOPICS = ("billing", "bug", "legal", "login", "refund")


def tickets(rows: int = 600, seed: int = 0, noise: float = 1.0) -> pl.DataFrame:
    """Returns tickets of a help desk with the topics of each, none, one or several, joined by ";".

    `billing` follows `amount` and the kind of customer, `refund` comes mostly with `billing`, `login` follows
    the hour and the device, `bug` the device and the length; `legal` is rare. `ticket` names each row.

    Args:
        rows: number of rows.
        seed: seed of all values.
        noise: 0 makes the topics follow from the inputs, large values drown the relation.

    >>> tickets(5).columns
    ['ticket', 'amount', 'length', 'hour', 'customer', 'device', 'topics']
    """
    rng = np.random.default_rng(seed)
    amount, length = rng.lognormal(4, 1, rows), rng.gamma(2, 120, rows).round()
    hour, firm, device = rng.integers(0, 24, rows), rng.random(rows) < 0.3, rng.integers(0, 3, rows)
    size = np.log(amount) - 4
    night = (hour < 6) | (hour > 21)
    billing = 1.6 * size + 1.0 * firm - 0.6
    scores = {
        "billing": billing,
        "bug": np.array([1.5, -1.5, 0.2])[device] + (length - 240) / 130 - 0.7,
        "legal": 1.5 * size + 1.5 * firm + (length - 240) / 200 - 5.5,
        "login": 2.4 * night + np.array([-0.8, 1.0, 0.0])[device] - 1.4,
    }
    felt = {name: score + noise * rng.logistic(0, 1, rows) > 0 for name, score in scores.items()}
    felt["refund"] = 0.8 * size + 2.4 * felt["billing"] - 2.6 + noise * rng.logistic(0, 1, rows) > 0
    topics = [";".join(name for name in TOPICS if felt[name][i]) for i in range(rows)]
    return pl.DataFrame(
        {
            "ticket": [f"T{n:06d}" for n in range(rows)],
            "amount": amount,
            "length": length,
            "hour": hour,
            "customer": np.where(firm, "firm", "person").tolist(),
            "device": [("phone", "desktop", "tablet")[d] for d in device],
            "topics": topics,
        }
    )


def plain(rows: int = 120, **columns: pl.Expr | pl.Series) -> pl.DataFrame:
    """Returns two numbers, a category and a target `y` that follows from `x`, with further columns as given.

    >>> plain(3, w=pl.lit(1)).columns
    ['x', 'z', 'c', 'y', 'w']
    """
    rng = np.random.default_rng(0)
    x = rng.normal(size=rows)
    frame = pl.DataFrame(
        {
            "x": x,
            "z": rng.normal(size=rows),
            "c": rng.choice(["a", "b", "c"], rows),
            "y": np.where(x + 0.5 * rng.normal(size=rows) > 0, "yes", "no"),
        }
    )
    return frame.with_columns(**columns)


def cycle(*values: object, rows: int = 120) -> pl.Series:
    """Returns values over and over.

    >>> cycle(1, None, rows=3).to_list()
    [1, None, 1]
    """
    return pl.Series([values[i % len(values)] for i in range(rows)], strict=False)


def columns(rows: int = 900, seed: int = 0) -> pl.DataFrame:
    """Returns columns of every plain kind, without a target.

    Numbers with gaps and heavy tails, whole and large ones, few and many categories, a moment and a place.

    Args:
        rows: number of rows.
        seed: seed of all values.
    """
    rng = np.random.default_rng(seed)
    amount = rng.lognormal(0, 2, rows)
    amount[rng.random(rows) < 0.1] = np.nan
    start = datetime(2013, 1, 1)
    return pl.DataFrame(
        {
            "amount": pl.Series(amount).fill_nan(None),
            "count": rng.integers(0, 9, rows),
            "big": rng.integers(2**40, 2**40 + 5000, rows),
            "colour": pl.Series(rng.choice(["red", "grün", "蓝", ""], rows).tolist()).replace("", None),
            "shop": [f"shop {k}" for k in rng.integers(0, 80, rows)],
            "when": [start + timedelta(minutes=int(m)) for m in rng.integers(0, 600_000, rows)],
            "lon": rng.normal(-74, 0.1, rows),
            "lat": rng.normal(40, 0.1, rows),
        }
    )
